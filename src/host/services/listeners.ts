/**
 * Lists sockets that accept traffic from others: TCP in LISTEN, UDP without a fixed peer. Reads /proc/net, which lists
 * listening TCP sockets before connections. The kernel still walks its whole connection table, some 10 ms. To check in
 * microseconds that a known socket is still open, use `isStillOpen` with its owner.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { type Family, type Ip, ipFromBits, parseIp } from "../../domain/ip.ts";
import { readTable } from "./read-table.ts";
import { commandOf, processIds } from "../process/running-programs.ts";

export interface Listener {
  readonly protocol: "tcp" | "udp";
  /** Family of the socket. An IPv6 socket at "::" also accepts IPv4 unless disabled, which /proc does not show. */
  readonly family: Family;
  readonly address: Ip;
  readonly port: number;
  /** The socket's inode, the same in every namespace. */
  readonly inode: number;
}

export interface Owner {
  readonly pid: number;
  /** The kernel's name of the process, truncated to 15 characters. */
  readonly command: string;
  /** Path of the socket's descriptor: "/proc/7/fd/3". */
  readonly descriptor: string;
}

const TABLES = [
  { file: "tcp", protocol: "tcp", family: "ipv4" },
  { file: "tcp6", protocol: "tcp", family: "ipv6" },
  { file: "udp", protocol: "udp", family: "ipv4" },
  { file: "udp6", protocol: "udp", family: "ipv6" },
] as const;

/** States of these sockets: TCP_LISTEN, and for UDP TCP_CLOSE, which means no peer (net/tcp_states.h). */
const WAITING = { tcp: "0A", udp: "07" } as const;
/** Maximum number of bytes read of each table: about 3,500 sockets. */
const MAX_BYTES = 1 << 19;

/** Lists sockets of this network namespace, or of that of a process. Empty if they cannot be read. */
export function listListeners(where?: { readonly pid: number }): readonly Listener[] {
  const folder = where === undefined ? "/proc/net" : `/proc/${where.pid}/net`;
  return TABLES.flatMap(({ file, protocol, family }) =>
    [...tableLines(`${folder}/${file}`, protocol)].flatMap((fields) => {
      const [host, port] = fields[1]?.split(":") ?? [];
      if (host === undefined || port === undefined) return [];
      const inode = Number(fields[9]);
      return [
        {
          protocol,
          family,
          address: addressIn(host, family),
          port: Number.parseInt(port, 16),
          inode,
        },
      ];
    }),
  );
}

/**
 * Returns the numbers of open sockets of each kind in this network namespace, as text. Cheap to read, and changes when
 * a socket opens or closes.
 */
export function countSockets(): string {
  return ["sockstat", "sockstat6"]
    .flatMap((file) => [...linesOf(`/proc/net/${file}`)])
    .filter((line) => /^(?:TCP|UDP)6?:/.test(line))
    .map((line) => /^\w+: inuse \d+/.exec(line)?.[0] ?? "")
    .join(" ");
}

/**
 * Finds the owners of these sockets. A socket may have several (a server and its workers); systemd (PID 1) holds the
 * sockets of socket-activated services. Searches only `pids`, if given. Processes that may not be read are left out.
 */
export function ownersOf(
  listeners: readonly Listener[],
  pids: readonly number[] = processIds(),
): ReadonlyMap<number, readonly Owner[]> {
  const wanted = new Map(listeners.map(({ inode }) => [`socket:[${inode}]`, inode]));
  const owners = new Map<number, Owner[]>();
  for (const pid of pids) {
    for (const [inode, descriptor] of socketsOf(pid, wanted)) {
      const owner = { pid, command: commandOf(pid) ?? "?", descriptor };
      owners.set(inode, [...(owners.get(inode) ?? []), owner]);
    }
  }
  return owners;
}

/** Returns whether the owner still holds this socket. */
export function isStillOpen(inode: number, { descriptor }: Owner): boolean {
  return linkOf(descriptor) === `socket:[${inode}]`;
}

/**
 * Maximum number of descriptors searched. A server's listening sockets are among its first ones, so the 100,000
 * connections of a proxy are skipped.
 */
const MAX_DESCRIPTORS = 512;

/** Returns socket inodes of a process, each with one descriptor. */
function socketsOf(pid: number, wanted: ReadonlyMap<string, number>): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const folder = `/proc/${pid}/fd`;
  try {
    const descriptors = readdirSync(folder);
    for (const descriptor of descriptors.slice(0, MAX_DESCRIPTORS)) {
      const path = `${folder}/${descriptor}`;
      const inode = wanted.get(linkOf(path));
      if (inode !== undefined) found.set(inode, path);
    }
  } catch {
    // The process ended in the meantime, or belongs to another user (CAP_SYS_PTRACE), so its sockets are unknown.
  }
  return found;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // The descriptor was closed in the meantime.
    return "";
  }
}

/** Yields the fields of each socket without a peer. */
function* tableLines(path: string, protocol: "tcp" | "udp"): Generator<readonly string[]> {
  for (const line of linesOf(path)) {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === "sl") continue;
    if (fields[3] === WAITING[protocol]) yield fields;
    // Only connections follow.
    else if (protocol === "tcp") return;
  }
}

function* linesOf(path: string): Generator<string> {
  for (const text of readTable(path, MAX_BYTES)) yield* text.slice(0, -1).split("\n");
}

/** Parses 32-bit words in host byte order (little-endian on supported machines), as net/ipv4/tcp_ipv4.c prints them. */
function addressIn(hex: string, family: Family): Ip {
  let bits = 0n;
  for (let word = 0; word < hex.length; word += 8) {
    for (let byte = word + 6; byte >= word; byte -= 2)
      bits = (bits << 8n) | BigInt(Number.parseInt(hex.slice(byte, byte + 2), 16));
  }
  const ip = ipFromBits(bits, family);
  // An IPv6 socket bound to a mapped address accepts only IPv4, so it is listed as IPv4.
  return parseIp(ip) ?? ip;
}
