/**
 * Checks whether connections are established, by the peer's address and port, from /proc/net. The port distinguishes
 * the connection of a login from that of a guesser at the same address.
 */
import { type Ip, ipToBits } from "../../domain/ip.ts";
import { readTable } from "../services/read-table.ts";

export interface Endpoint {
  readonly ip: Ip;
  readonly port: number;
}

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"] as const;
/** Maximum number of bytes read: about 100,000 connections. */
const MAX_BYTES = 1 << 24;
/** State TCP_ESTABLISHED (net/tcp_states.h). */
const ESTABLISHED = "01";

/** Returns those endpoints of `wanted` that are established in this network namespace. */
export function findEstablished(wanted: readonly Endpoint[]): readonly Endpoint[] {
  let missing = wanted.map((endpoint) => ({ endpoint, spellings: tableEntriesOf(endpoint) }));
  for (const table of TABLES) {
    if (missing.length === 0) break;
    for (const text of readTable(table, MAX_BYTES)) {
      missing = missing.filter(({ spellings }) => !spellings.some((one) => text.includes(one)));
    }
  }
  return wanted.filter((endpoint) => !missing.some((one) => one.endpoint === endpoint));
}

/**
 * Formats a remote address and state as the kernel prints them: plain in `tcp`, mapped in `tcp6`. Words are
 * little-endian.
 */
function tableEntriesOf({ ip, port }: Endpoint): readonly string[] {
  const ipv6 = ip.includes(":");
  const bits = ipToBits(ip);
  const end = `:${port.toString(16).padStart(4, "0")}`.toUpperCase();
  const spell = (address: string): string => ` ${address}${end} ${ESTABLISHED} `;
  if (ipv6) return [spell(words(bits, 4))];
  return [spell(words(bits, 1)), spell(words((0xffffn << 32n) | bits, 4))];
}

function words(bits: bigint, count: number): string {
  const hex = bits.toString(16).padStart(count * 8, "0");
  return (hex.match(/.{8}/g) ?? [])
    .map((word) => (word.match(/../g) ?? []).toReversed().join(""))
    .join("")
    .toUpperCase();
}
