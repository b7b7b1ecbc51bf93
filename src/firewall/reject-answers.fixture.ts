/** Lists what connect(2) reports of each way to reject a packet: to a TCP client of IPv4, of IPv6, and to UDP. */
import type { RejectWith } from "./verdict.ts";

export interface RejectAnswer {
  readonly reason: RejectWith;
  readonly v4: string;
  readonly v6: string;
}

export const REJECT_ANSWERS: readonly RejectAnswer[] = [
  { reason: "tcp-reset", v4: "ECONNREFUSED", v6: "ECONNREFUSED" },
  { reason: "icmp-port-unreachable", v4: "ECONNREFUSED", v6: "ECONNREFUSED" },
  { reason: "icmp-host-unreachable", v4: "EHOSTUNREACH", v6: "EHOSTUNREACH" },
  { reason: "icmp-net-unreachable", v4: "ENETUNREACH", v6: "ENETUNREACH" },
  { reason: "icmp-admin-prohibited", v4: "EHOSTUNREACH", v6: "EACCES" },
  { reason: "icmp-host-prohibited", v4: "EHOSTUNREACH", v6: "EACCES" },
  { reason: "icmp-net-prohibited", v4: "ENETUNREACH", v6: "EACCES" },
];
