/**
 * Remembers from which networks users logged in during the last 90 days: IPv4 by /24 and /16, IPv6 by /48 and /32.
 * Bounded to 8,192 networks of each size; those with logins on the fewest days are forgotten first.
 */
import { maskIp } from "../../../domain/cidr.ts";
import { familyOf, type Ip, ipv4FromNumber, ipv4ToNumber } from "../../../domain/ip.ts";
import {
  isLoginKnown,
  type LoginDays,
  rememberLogin,
  restoreDays,
  type SavedLogin,
  saveLogins,
} from "../login-days.ts";

const MAX_NETWORKS = 8192;

/** close: users log in from the same /24 or /48; near: from the same /16 or /32. */
export type Familiarity = "close" | "near" | "unknown";

export interface LoginMemoryState {
  readonly close: readonly SavedLogin<string>[];
  readonly near: readonly SavedLogin<string>[];
}

export class LoginMemory {
  readonly #close = new Map<Network, LoginDays>();
  readonly #near = new Map<Network, LoginDays>();

  note(ip: Ip, at: number): void {
    const login = { at, limit: MAX_NETWORKS };
    rememberLogin(this.#close, networkOf(ip, CLOSE), login);
    rememberLogin(this.#near, networkOf(ip, NEAR), login);
  }

  familiarity(ip: Ip, at: number): Familiarity {
    if (!isLoginKnown(this.#near.get(networkOf(ip, NEAR)), at)) return "unknown";
    return isLoginKnown(this.#close.get(networkOf(ip, CLOSE)), at) ? "close" : "near";
  }

  state(): LoginMemoryState {
    return { close: writeAll(this.#close, CLOSE), near: writeAll(this.#near, NEAR) };
  }

  restore({ close, near }: LoginMemoryState): void {
    for (const [network, at, days] of close)
      this.#close.set(readNetwork(network), restoreDays(at, days));
    for (const [network, at, days] of near)
      this.#near.set(readNetwork(network), restoreDays(at, days));
  }
}

/** Returns a key of the /16 or /32 of an address. */
export function nearNetwork(ip: Ip): string {
  return String(networkOf(ip, NEAR));
}

/** Returns a key of the /24 or /48 of an address. */
export function closeNetwork(ip: Ip): string {
  if (familyOf(ip) === "ipv4") return ip.slice(0, ip.lastIndexOf("."));
  return maskIp(ip, 48);
}

/** An IPv4 network as the number of its first octets, which is quicker to find than a text. */
type Network = number | string;

interface NetworkSize {
  readonly octets: number;
  readonly ipv6: number;
}

const CLOSE: NetworkSize = { octets: 3, ipv6: 48 };
const NEAR: NetworkSize = { octets: 2, ipv6: 32 };

function networkOf(ip: Ip, { octets, ipv6 }: NetworkSize): Network {
  const number = ipv4ToNumber(ip);
  return number < 0 ? maskIp(ip, ipv6) : number >>> (32 - 8 * octets);
}

function writeAll(
  networks: ReadonlyMap<Network, LoginDays>,
  { octets }: NetworkSize,
): readonly SavedLogin<string>[] {
  return saveLogins(networks).map(([network, ...login]) => [
    writeNetwork(network, octets),
    ...login,
  ]);
}

function writeNetwork(network: Network, octets: number): string {
  if (typeof network === "string") return network;
  return ipv4FromNumber(network).split(".").slice(-octets).join(".");
}

function readNetwork(text: string): Network {
  return text.includes(":") ? text : ipv4ToNumber(text);
}
