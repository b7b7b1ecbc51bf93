/**
 * Remembers from which networks users logged in during the last 90 days: IPv4 by /24 and /16, IPv6 by /48 and /32.
 * Bounded to 8,192 networks of each size; those with the oldest logins are forgotten first.
 */
import { maskIp } from "../../../domain/cidr.ts";
import { familyOf, type Ip, ipv4FromNumber, ipv4ToNumber } from "../../../domain/ip.ts";
import { trimOldest } from "../trim-oldest.ts";

export const LOGINS_KNOWN_MS: number = 90 * 86_400_000;
const MAX_NETWORKS = 8192;

/** close: users log in from the same /24 or /48; near: from the same /16 or /32. */
export type Familiarity = "close" | "near" | "unknown";

/** Networks with their newest login. */
export interface LoginMemoryState {
  readonly close: readonly (readonly [network: string, at: number])[];
  readonly near: readonly (readonly [network: string, at: number])[];
}

export class LoginMemory {
  readonly #close = new Map<Network, number>();
  readonly #near = new Map<Network, number>();

  note(ip: Ip, at: number): void {
    remember(this.#close, networkOf(ip, CLOSE), at);
    remember(this.#near, networkOf(ip, NEAR), at);
  }

  familiarity(ip: Ip, at: number): Familiarity {
    if (isRecent(this.#near.get(networkOf(ip, NEAR)), at))
      return isRecent(this.#close.get(networkOf(ip, CLOSE)), at) ? "close" : "near";
    return "unknown";
  }

  state(): LoginMemoryState {
    return { close: writeAll(this.#close, CLOSE), near: writeAll(this.#near, NEAR) };
  }

  restore({ close, near }: LoginMemoryState): void {
    for (const [network, at] of close) remember(this.#close, readNetwork(network), at);
    for (const [network, at] of near) remember(this.#near, readNetwork(network), at);
  }
}

/** The networks of logins of an account, with the newest login. */
export type AccountLoginsState = readonly (readonly [key: string, at: number])[];

/**
 * Remembers from which networks (IPv4 /16, IPv6 /32) each account logged in during the last 90 days, where anybody can
 * register one. Bounded to 8,192 networks of accounts; those with the oldest logins are forgotten first.
 */
export class AccountLogins {
  readonly #logins = new Map<string, number>();

  /** `account`: a text that names it. */
  note(account: string, ip: Ip, at: number): void {
    remember(this.#logins, keyOf(account, ip), at);
  }

  has(account: string, ip: Ip, at: number): boolean {
    return isRecent(this.#logins.get(keyOf(account, ip)), at);
  }

  state(): AccountLoginsState {
    return [...this.#logins];
  }

  restore(state: AccountLoginsState): void {
    for (const [key, at] of state) remember(this.#logins, key, at);
  }
}

function keyOf(account: string, ip: Ip): string {
  return `${networkOf(ip, NEAR)} ${account}`;
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
  networks: ReadonlyMap<Network, number>,
  { octets }: NetworkSize,
): LoginMemoryState["close"] {
  return Array.from(networks, ([network, at]) => [writeNetwork(network, octets), at]);
}

function writeNetwork(network: Network, octets: number): string {
  if (typeof network === "string") return network;
  return ipv4FromNumber(network).split(".").slice(-octets).join(".");
}

function readNetwork(text: string): Network {
  return text.includes(":") ? text : ipv4ToNumber(text);
}

function remember<K>(networks: Map<K, number>, network: K, at: number): void {
  const newest = Math.max(at, networks.get(network) ?? 0);
  networks.delete(network);
  networks.set(network, newest);
  trimOldest(networks, MAX_NETWORKS);
}

function isRecent(loginAt: number | undefined, at: number): boolean {
  return loginAt !== undefined && at - loginAt <= LOGINS_KNOWN_MS;
}
