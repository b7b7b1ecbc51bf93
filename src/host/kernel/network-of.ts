/**
 * The network namespace of another program: whether it is ours, and if not, how it is joined to the world. Read from
 * /proc/PID/net, which needs no rights over the program.
 */
import { readFileSync, statSync } from "node:fs";
import { type Ip, ipFromBits, parseIp } from "../../domain/ip.ts";

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

/** Whom it hands what is not for its own links: everything, or what is for some networks only. */
export interface Gateways {
  readonly forAll: readonly Ip[];
  readonly forSome: readonly Ip[];
}

interface Route {
  readonly gateway: Ip;
  readonly forAll: boolean;
}

export function gatewaysOf(pid: number): Gateways {
  const folder = `/proc/${pid}/net`;
  const routes = [...ipv4Routes(folder), ...ipv6Routes(folder)];
  const of = (forAll: boolean): readonly Ip[] => [
    ...new Set(routes.filter((route) => route.forAll === forAll).map(({ gateway }) => gateway)),
  ];
  return { forAll: of(true), forSome: of(false) };
}

/** include/uapi/linux/route.h */
const RTF_GATEWAY = 0x2;
/** Routes to read at most: a router with a full table is no place to look for one gateway. */
const MOST_ROUTES = 10_000;

function ipv4Routes(folder: string): readonly Route[] {
  return linesOf(`${folder}/route`).flatMap((line) => {
    const [, , gateway, flags, , , , mask] = line.split("\t");
    if (gateway === undefined || (Number.parseInt(flags ?? "", 16) & RTF_GATEWAY) === 0) return [];
    // In the host's byte order, little-endian.
    const octets = gateway.match(/../g)?.reverse() ?? [];
    const ip = parseIp(octets.map((octet) => Number.parseInt(octet, 16)).join("."));
    return ip === undefined ? [] : [{ gateway: ip, forAll: mask === "00000000" }];
  });
}

function ipv6Routes(folder: string): readonly Route[] {
  return linesOf(`${folder}/ipv6_route`).flatMap((line) => {
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

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, "latin1").split("\n").slice(0, MOST_ROUTES);
  } catch {
    // It has ended, or has no IPv6.
    return [];
  }
}
