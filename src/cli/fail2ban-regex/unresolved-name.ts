/**
 * Recognizes failures with a host name and no address. They ban no one, because names are never looked up. Such a line
 * counts as missed, as in fail2ban if the name does not resolve; with --raw the name itself counts.
 */
import type { Fail2banFailure } from "../../fail2ban/dialect/fail2ban-failure.ts";
import type { RegexOptions } from "./options.ts";

export function isUnresolvedName(
  { kind, outcome }: Fail2banFailure,
  { raw, useDns }: Pick<RegexOptions, "raw" | "useDns">,
): boolean {
  return kind === "name" && outcome === "failure" && !raw && useDns !== "raw";
}
