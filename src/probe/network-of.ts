/**
 * The network namespace of another program: whether it is ours, and if not, how it is joined to the world. Read from
 * /proc/PID/net, which needs no rights over the program.
 */
import { readFileSync, statSync } from "node:fs";
import { type Ip, ipFromBits, parseIp } from "../domain/ip.ts";

export interface OtherNetwork {
  /** Its own addresses, those of its loopback and of single links left out. */
  readonly addresses: readonly Ip[];
  /** Whom it hands what is not for its own links. */
  readonly gateways: readonly Ip[];
}

/**
 * undefined when it has ended or is hidden. Every network namespace has a /proc/net of its own, and so files with
 * numbers of their own.
 */
export function sharesNetwork(pid: number): boolean | undefined {
  try {
    return statSync(`/proc/${pid}/net/dev`).ino === statSync("/proc/self/net/dev").ino;
  } catch {
    return undefined;
  }
}

export function readNetworkOf(pid: number): OtherNetwork {
  const folder = `/proc/${pid}/net`;
  return {
    addresses: [...ipv4Addresses(folder), ...ipv6Addresses(folder)],
    gateways: [...new Set([...ipv4Gateways(folder), ...ipv6Gateways(folder)])],
  };
}

/** include/uapi/linux/route.h */
const RTF_GATEWAY = 0x2;
/** Routes to read at most: a router with a full table is no place to look for one gateway. */
const MOST_ROUTES = 10_000;
const LINK_LOCAL = /^fe[89ab]/;

/** The trie's leaves: an address on one line, what it is for on the next ones. */
function ipv4Addresses(folder: string): readonly Ip[] {
  const found = new Set<Ip>();
  let address: Ip | undefined;
  for (const line of linesOf(`${folder}/fib_trie`)) {
    const leaf = /\|-- ([\d.]+)$/.exec(line)?.[1];
    if (leaf !== undefined) address = parseIp(leaf);
    else if (line.includes("/32 host LOCAL") && address !== undefined) found.add(address);
  }
  return [...found].filter((ip) => !ip.startsWith("127."));
}

function ipv6Addresses(folder: string): readonly Ip[] {
  return linesOf(`${folder}/if_inet6`)
    .flatMap((line) => hexIpv6(line.split(" ", 1)[0]) ?? [])
    .filter((ip) => ip !== "::1" && !LINK_LOCAL.test(ip));
}

function ipv4Gateways(folder: string): readonly Ip[] {
  return linesOf(`${folder}/route`).flatMap((line) => {
    const [, , gateway, flags] = line.split("\t");
    if (gateway === undefined || (Number.parseInt(flags ?? "", 16) & RTF_GATEWAY) === 0) return [];
    // In the host's byte order, little-endian.
    const octets = gateway.match(/../g)?.reverse() ?? [];
    return parseIp(octets.map((octet) => Number.parseInt(octet, 16)).join(".")) ?? [];
  });
}

function ipv6Gateways(folder: string): readonly Ip[] {
  return linesOf(`${folder}/ipv6_route`).flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    if ((Number.parseInt(fields[8] ?? "", 16) & RTF_GATEWAY) === 0) return [];
    return hexIpv6(fields[4]) ?? [];
  });
}

function hexIpv6(hex: string | undefined): Ip | undefined {
  if (hex === undefined || !/^[0-9a-f]{32}$/.test(hex)) return undefined;
  return ipFromBits(BigInt(`0x${hex}`), "ipv6");
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, "latin1").split("\n").slice(0, MOST_ROUTES);
  } catch {
    // It has ended, or has no IPv6.
    return [];
  }
}
