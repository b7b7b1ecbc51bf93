/**
 * Recognizes a failure with a host name and no address, which bans no one: names are never looked up. Like fail2ban
 * for a name that does not resolve, such a line counts as missed; only with --raw the name itself counts.
 */
import type { Fail2banFailure } from "../../fail2ban/dialect/fail2ban-failure.ts";
import type { RegexOptions } from "./options.ts";

export function isUnresolvedName(
  { kind, outcome }: Fail2banFailure,
  { raw, useDns }: Pick<RegexOptions, "raw" | "useDns">,
): boolean {
  return kind === "name" && outcome === "failure" && !raw && useDns !== "raw";
}
