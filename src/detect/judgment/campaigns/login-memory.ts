/**
 * Remembers from which networks users logged in during the last 90 days: IPv4 by /24 and /16, IPv6 by /48 and /32.
 * Bounded to 8,192 networks of each size; those with the oldest logins are forgotten first.
 */
import { maskIp } from "../../../domain/cidr.ts";
import { familyOf, type Ip } from "../../../domain/ip.ts";
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
  readonly #close = new Map<string, number>();
  readonly #near = new Map<string, number>();

  note(ip: Ip, at: number): void {
    remember(this.#close, closeNetwork(ip), at);
    remember(this.#near, nearNetwork(ip), at);
  }

  familiarity(ip: Ip, at: number): Familiarity {
    if (isRecent(this.#near.get(nearNetwork(ip)), at))
      return isRecent(this.#close.get(closeNetwork(ip)), at) ? "close" : "near";
    return "unknown";
  }

  state(): LoginMemoryState {
    return { close: [...this.#close], near: [...this.#near] };
  }

  restore({ close, near }: LoginMemoryState): void {
    for (const [network, at] of close) remember(this.#close, network, at);
    for (const [network, at] of near) remember(this.#near, network, at);
  }
}

/** Returns a key of the /24 or /48 of an address. */
export function closeNetwork(ip: Ip): string {
  if (familyOf(ip) === "ipv4") return ip.slice(0, ip.lastIndexOf("."));
  return maskIp(ip, 48);
}

function nearNetwork(ip: Ip): string {
  if (familyOf(ip) === "ipv4") return ip.slice(0, ip.indexOf(".", ip.indexOf(".") + 1));
  return maskIp(ip, 32);
}

function remember(networks: Map<string, number>, network: string, at: number): void {
  const newest = Math.max(at, networks.get(network) ?? 0);
  networks.delete(network);
  networks.set(network, newest);
  trimOldest(networks, MAX_NETWORKS);
}

function isRecent(loginAt: number | undefined, at: number): boolean {
  return loginAt !== undefined && at - loginAt <= LOGINS_KNOWN_MS;
}
