/**
 * Reads the network namespace of another program: whether it is that of this process, and which gateways it routes
 * through. Uses /proc/PID/net, which needs no privileges over the program.
 */
import { readFileSync, statSync } from "node:fs";
import { type Ip, ipFromBits, parseIp } from "../../domain/ip.ts";

/**
 * Compares inode numbers in /proc/net, which differ between network namespaces. undefined: the program has ended or is
 * hidden.
 */
export function sharesNetwork(pid: number): boolean | undefined {
  try {
    return statSync(`/proc/${pid}/net/dev`).ino === statSync("/proc/self/net/dev").ino;
  } catch {
    return undefined;
  }
}

/** Gateways of traffic that leaves the namespace: of all traffic, or of some networks only. */
export interface Gateways {
  readonly forAll: readonly Ip[];
  readonly forSome: readonly Ip[];
}

interface Route {
  readonly gateway: Ip;
  readonly forAll: boolean;
}

/** Returns undefined if the routes are unreadable, such as when the program has ended. */
export function readGateways(pid: number): Gateways | undefined {
  const folder = `/proc/${pid}/net`;
  const ipv6 = linesOf(`${folder}/ipv6_route`) ?? [];
  // Read last: every kernel has it, so the program still ran, and the other file is missing only without IPv6.
  const ipv4 = linesOf(`${folder}/route`);
  if (ipv4 === undefined) return undefined;
  const routes = [...ipv4Routes(ipv4), ...ipv6Routes(ipv6)];
  const of = (forAll: boolean): readonly Ip[] => [
    ...new Set(routes.filter((route) => route.forAll === forAll).map(({ gateway }) => gateway)),
  ];
  return { forAll: of(true), forSome: of(false) };
}

/** Flag of a route with a gateway (include/uapi/linux/route.h). */
const RTF_GATEWAY = 0x2;
/** Maximum number of routes read, so that a router with a full table costs little. */
const MAX_ROUTES = 10_000;

function ipv4Routes(lines: readonly string[]): readonly Route[] {
  return lines.flatMap((line) => {
    const [, , gateway, flags, , , , mask] = line.split("\t");
    if (gateway === undefined || (Number.parseInt(flags ?? "", 16) & RTF_GATEWAY) === 0) return [];
    // The bytes are in host byte order, little-endian.
    const octets = gateway.match(/../g)?.reverse() ?? [];
    const ip = parseIp(octets.map((octet) => Number.parseInt(octet, 16)).join("."));
    return ip === undefined ? [] : [{ gateway: ip, forAll: mask === "00000000" }];
  });
}

function ipv6Routes(lines: readonly string[]): readonly Route[] {
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    if ((Number.parseInt(fields[8] ?? "", 16) & RTF_GATEWAY) === 0) return [];
    const gateway = hexIpv6(fields[4]);
    return gateway === undefined ? [] : [{ gateway, forAll: fields[1] === "00" }];
  });
}

function hexIpv6(hex: string | undefined): Ip | undefined {
  if (hex === undefined || !/^[0-9a-f]{32}$/.test(hex)) return undefined;
  return ipFromBits(BigInt(`0x${hex}`), "ipv6");
}

function linesOf(path: string): readonly string[] | undefined {
  try {
    return readFileSync(path, "latin1").split("\n").slice(0, MAX_ROUTES);
  } catch {
    return undefined;
  }
}
