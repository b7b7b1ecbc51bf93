/** Names what happens to packets of banned addresses, for enforcers that drop or answer them. */

/** How banned clients are refused: ICMP errors by iptables' names for IPv4, or a TCP reset. */
export type RejectWith =
  | "icmp-port-unreachable"
  | "icmp-host-unreachable"
  | "icmp-net-unreachable"
  | "icmp-host-prohibited"
  | "icmp-net-prohibited"
  | "icmp-admin-prohibited"
  | "tcp-reset";

export type Verdict =
  | { readonly kind: "drop" }
  | { readonly kind: "reject"; readonly with: RejectWith };

/** Returns the verdict of the settings `verdict` and `reject_with`. */
export function verdictOf({
  verdict: kind,
  reject_with,
}: {
  readonly verdict: Verdict["kind"];
  readonly reject_with: RejectWith;
}): Verdict {
  return kind === "drop" ? { kind } : { kind, with: reject_with };
}
