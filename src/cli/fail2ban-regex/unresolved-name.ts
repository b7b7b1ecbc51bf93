/**
 * A failure that names a host and no address bans nobody: names are never looked up. fail2ban counts such a line as
 * missed when the name has no address, and so do we; only asked for hosts as they are (--raw), the name itself counts.
 */
import type { ForeignFailure } from "../../fail2ban/dialect/foreign-failure.ts";
import type { RegexOptions } from "./options.ts";

export function isUnresolvedName(
  { kind, outcome }: ForeignFailure,
  { raw, useDns }: Pick<RegexOptions, "raw" | "useDns">,
): boolean {
  return kind === "name" && outcome === "failure" && !raw && useDns !== "raw";
}
