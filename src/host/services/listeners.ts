/**
 * Sockets that wait for others to call: TCP in LISTEN, UDP without a fixed peer. Read from /proc/net, where the kernel
 * puts the listening TCP sockets before all connections. Still the kernel walks its whole table of connections, empty
 * or not: some 10 ms. Whether a known one is still there is asked of its owner instead (`isHeld`), in microseconds.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { type Family, type Ip, ipFromBits, parseIp } from "../../domain/ip.ts";
import { readTable } from "./read-table.ts";
import { commandOf, processIds } from "../process/running-programs.ts";

export interface Listener {
  readonly protocol: "tcp" | "udp";
  /** Of the socket. One of IPv6 at "::" takes IPv4 as well, unless it is told not to, which /proc does not show. */
  readonly family: Family;
  readonly address: Ip;
  readonly port: number;
  /** The socket's number, the same in every namespace. */
  readonly inode: number;
}

export interface Owner {
  readonly pid: number;
  /** As the kernel keeps it, cut to 15 characters. */
  readonly command: string;
  /** Where it holds the socket: "/proc/7/fd/3". */
  readonly descriptor: string;
}

const TABLES = [
  { file: "tcp", protocol: "tcp", family: "ipv4" },
  { file: "tcp6", protocol: "tcp", family: "ipv6" },
  { file: "udp", protocol: "udp", family: "ipv4" },
  { file: "udp6", protocol: "udp", family: "ipv6" },
] as const;

/** TCP_LISTEN and, of UDP, TCP_CLOSE: no peer (net/tcp_states.h). */
const WAITING = { tcp: "0A", udp: "07" } as const;
/** Some 3,500 sockets of one kind. */
const MOST_BYTES = 1 << 19;

/** In this network namespace, or in that of a process. Empty when it cannot be read. */
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

/** How many sockets of each kind are open in this network namespace, as one text: cheap, and it changes with them. */
export function countSockets(): string {
  return ["sockstat", "sockstat6"]
    .flatMap((file) => [...linesOf(`/proc/net/${file}`)])
    .filter((line) => /^(?:TCP|UDP)6?:/.test(line))
    .map((line) => /^\w+: inuse \d+/.exec(line)?.[0] ?? "")
    .join(" ");
}

/**
 * Who holds which of these sockets; a socket may have several owners (a server and its workers), and systemd (PID 1)
 * holds those it starts a program for. Looks at `pids` only, when given. What may not be looked at is missing.
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

/** Whether the owner still holds that very socket. */
export function isHeld(inode: number, { descriptor }: Owner): boolean {
  return linkOf(descriptor) === `socket:[${inode}]`;
}

/** A server's listening sockets are among its first descriptors; a proxy with 100,000 connections is not searched. */
const MOST_DESCRIPTORS = 512;

/** Numbers of the sockets, each with one descriptor. */
function socketsOf(pid: number, wanted: ReadonlyMap<string, number>): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const folder = `/proc/${pid}/fd`;
  try {
    const descriptors = readdirSync(folder);
    for (const descriptor of descriptors.slice(0, MOST_DESCRIPTORS)) {
      const path = `${folder}/${descriptor}`;
      const inode = wanted.get(linkOf(path));
      if (inode !== undefined) found.set(inode, path);
    }
  } catch {
    // Ended meanwhile, or another's (CAP_SYS_PTRACE): not known.
  }
  return found;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile.
    return "";
  }
}

/** The fields of each socket that waits. */
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
  for (const text of readTable(path, MOST_BYTES)) yield* text.slice(0, -1).split("\n");
}

/** Words of 32 bits in the host's byte order (little-endian wherever this runs), as net/ipv4/tcp_ipv4.c prints them. */
function addressIn(hex: string, family: Family): Ip {
  let bits = 0n;
  for (let word = 0; word < hex.length; word += 8) {
    for (let byte = word + 6; byte >= word; byte -= 2)
      bits = (bits << 8n) | BigInt(Number.parseInt(hex.slice(byte, byte + 2), 16));
  }
  const ip = ipFromBits(bits, family);
  // A socket of IPv6 bound to a mapped address takes IPv4 only, and is spelled so.
  return parseIp(ip) ?? ip;
}
