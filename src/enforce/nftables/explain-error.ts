/**
 * nft's complaints in one short line. nft repeats the whole command after the reason, which for a batch of a thousand
 * elements is most of what it says.
 */
const LONGEST = 300;

/** The reasons only: "Could not process rule: No space left on device". */
export function explainError(error: string): string {
  const reasons = error
    .split("\n")
    .map((line) => /Error: ?(.*)$/.exec(line)?.[1]?.trim())
    .filter((reason) => reason !== undefined && reason !== "");
  const text = reasons.length > 0 ? [...new Set(reasons)].join("; ") : error.trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Why nftables cannot be used at all, and what to do about it. */
export function explainUnusable(error: string): string {
  if (/not permitted|permission/i.test(error)) {
    return `no right to change the firewall (${error}): run as root or with CAP_NET_ADMIN`;
  }
  if (/not supported|no such file|cache initialization|netlink socket/i.test(error)) {
    return `the kernel offers no nf_tables (${error}): load the module with "modprobe nf_tables", or in a container on the host`;
  }
  return `nftables refuses to work: ${error}`;
}
