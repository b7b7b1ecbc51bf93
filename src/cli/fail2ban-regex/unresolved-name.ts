/**
 * Recognizes a failure with a host name and no address, which bans no one: names are never looked up. Like fail2ban
 * for a name that does not resolve, such a line counts as missed; only with --raw the name itself counts.
 */
import type { ForeignFailure } from "../../fail2ban/dialect/foreign-failure.ts";
import type { RegexOptions } from "./options.ts";

export function isUnresolvedName(
  { kind, outcome }: ForeignFailure,
  { raw, useDns }: Pick<RegexOptions, "raw" | "useDns">,
): boolean {
  return kind === "name" && outcome === "failure" && !raw && useDns !== "raw";
}
