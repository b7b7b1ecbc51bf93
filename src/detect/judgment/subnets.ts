/**
 * Finds networks of which many different addresses offended: IPv4 by /24 and /20, IPv6 by /56 and /48, of which the /64
 * count (a jail counts IPv6 by /64 itself). Exact: one bit for each address or /64. An offender counts for 3.5 to 7
 * days. Bounded to 4,096 networks /24 or /56; those with the oldest offenses are forgotten first. Only called for
 * offenses, so a failure costs nothing.
 */
import { type Cidr, maskIp, splitSubject, type Subject } from "../../domain/cidr.ts";
import { amount } from "../../domain/amount.ts";
import { formatDuration, duration } from "../../domain/duration.ts";
import { familyOf, type Ip, ipToBits } from "../../domain/ip.ts";
import { trimOldest } from "./trim-oldest.ts";

export interface SubnetOffense {
  readonly subnet: Cidr;
  /** Number of its addresses that offended; IPv6: of its /64. */
  readonly offenders: number;
}

/** Minimum number of offenders of a /24 or /56, and of a /20 or /48. */
export const SMALL_FROM = 8;
export const LARGE_FROM = 32;
/** Minimum number of parts of a /20 or /48 that have several offenders, so that no single part stands for it. */
const PARTS_FROM = 6;
const SEVERAL = 2;
const GENERATION_MS = 3.5 * 86_400_000;
const MAX_NETWORKS = 4096;
/** 256 bits as words of 32. */
const WORDS = 8;

interface Network {
  generation: number;
  /** The offenders of this generation, then those of the one before. */
  readonly bits: Uint32Array;
}

export type SubnetsState = readonly (readonly [key: string, generation: number, bits: number[]])[];

export class SubnetDetector {
  /** By the hexadecimal digits of the network: 6 of a /24, 14 of a /56. */
  readonly #networks = new Map<string, Network>();
  /** The number of offenders when a network was reported. */
  readonly #reported = new Map<string, number>();

  /** Counts an offender. Returns the largest network that has enough of them, once, and when their number doubled. */
  offense(ip: Ip, at: number): SubnetOffense | undefined {
    const { key, index, parent, small, large } = placeOf(ip);
    const generation = Math.floor(at / GENERATION_MS);
    const network = this.#take(key, generation);
    this.#networks.set(key, network);
    const word = index >>> 5;
    network.bits[word] = (network.bits[word] ?? 0) | (1 << (index & 31));
    trimOldest(this.#networks, MAX_NETWORKS);
    const parts = this.#countParts(parent, key.length - parent.length, generation);
    const several = parts.filter((count) => count >= SEVERAL).length;
    const all = parts.reduce((sum, count) => sum + count, 0);
    if (all >= LARGE_FROM && several >= PARTS_FROM) return this.#report(maskIp(ip, large), all);
    const own = countOf(network, generation);
    return own >= SMALL_FROM ? this.#report(maskIp(ip, small), own) : undefined;
  }

  state(): SubnetsState {
    return [...this.#networks].map(([key, { generation, bits }]) => [key, generation, [...bits]]);
  }

  restore(state: SubnetsState): void {
    for (const [key, generation, bits] of state.slice(-MAX_NETWORKS)) {
      const network = createNetwork(generation);
      network.bits.set(bits.slice(0, 2 * WORDS));
      this.#networks.set(key, network);
    }
  }

  #take(key: string, generation: number): Network {
    const network = this.#networks.get(key) ?? createNetwork(generation);
    this.#networks.delete(key);
    const passed = generation - network.generation;
    if (passed <= 0) return network;
    if (passed === 1) network.bits.copyWithin(WORDS, 0, WORDS);
    else network.bits.fill(0);
    network.bits.fill(0, 0, WORDS);
    network.generation = generation;
    return network;
  }

  /** Counts the offenders of each network /24 or /56 within a larger one. */
  #countParts(parent: string, digits: number, generation: number): readonly number[] {
    return Array.from({ length: 16 ** digits }, (_, part) => {
      const network = this.#networks.get(parent + part.toString(16).padStart(digits, "0"));
      return network === undefined ? 0 : countOf(network, generation);
    });
  }

  #report(subnet: Subject, offenders: number): SubnetOffense | undefined {
    const before = this.#reported.get(subnet);
    if (before !== undefined && offenders < 2 * before) return undefined;
    this.#reported.delete(subnet);
    this.#reported.set(subnet, offenders);
    trimOldest(this.#reported, MAX_NETWORKS);
    const { ip, prefix } = splitSubject(subnet);
    return { subnet: `${ip}/${prefix}` as Cidr, offenders };
  }
}

export interface SubnetFacts {
  /** The newest login from an address of the network; undefined: none in the last 90 days. */
  readonly loginAt: number | undefined;
  /** An entry of the allow-list that is in the network, or contains it. */
  readonly allowedBy: string | undefined;
  /** Networks that are banned as such already. */
  readonly banned: readonly Subject[];
}

/** Maximum number of networks that are banned at the same time, and of the IPv4 addresses in them. */
export const MAX_BANNED = 64;
export const MAX_ADDRESSES = 65_536;

/** Returns why a network must not be banned; undefined: it may be. */
export function explainRefusal(
  { subnet }: SubnetOffense,
  { loginAt, allowedBy, banned }: SubnetFacts,
  now: number,
): string | undefined {
  if (allowedBy !== undefined) return `${allowedBy} is exempt`;
  if (loginAt !== undefined)
    return `a user logged in from it ${formatDuration(duration(Math.max(1, now - loginAt)))} ago`;
  if (banned.length >= MAX_BANNED) return `${amount(MAX_BANNED, "network")} are banned already`;
  const addresses = [...banned, subnet].reduce((sum, one) => sum + ipv4Addresses(one), 0);
  return addresses > MAX_ADDRESSES
    ? `more than ${MAX_ADDRESSES} addresses would be banned as networks`
    : undefined;
}

function ipv4Addresses(subject: Subject): number {
  const { family, prefix } = splitSubject(subject);
  return family === "ipv4" ? 2 ** (32 - prefix) : 0;
}

function createNetwork(generation: number): Network {
  return { generation, bits: new Uint32Array(2 * WORDS) };
}

interface Place {
  readonly key: string;
  /** Position of the address, or of its /64, within the network. */
  readonly index: number;
  /** The digits of the larger network, with which the key begins. */
  readonly parent: string;
  readonly small: number;
  readonly large: number;
}

function placeOf(ip: Ip): Place {
  const bits = ipToBits(ip);
  if (familyOf(ip) === "ipv4") {
    const key = (bits >> 8n).toString(16).padStart(6, "0");
    const index = Number(bits & 0xffn);
    return { key, index, parent: key.slice(0, 5), small: 24, large: 20 };
  }
  const key = (bits >> 72n).toString(16).padStart(14, "0");
  const index = Number((bits >> 64n) & 0xffn);
  return { key, index, parent: key.slice(0, 12), small: 56, large: 48 };
}

function countOf({ generation, bits }: Network, now: number): number {
  const passed = now - generation;
  if (passed > 1) return 0;
  let count = 0;
  for (let word = 0; word < WORDS; word++) {
    const current = bits[word] ?? 0;
    // After one generation, only what is now the one before still counts.
    count += countBits(passed === 1 ? current : current | (bits[WORDS + word] ?? 0));
  }
  return count;
}

function countBits(word: number): number {
  let bits = word >>> 0;
  let count = 0;
  for (; bits !== 0; bits = (bits & (bits - 1)) >>> 0) count++;
  return count;
}
