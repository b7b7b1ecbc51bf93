/**
 * Finds networks of which many different addresses fail: IPv4 by /24 and /20, IPv6 by /56 and /48, and by /64 where a
 * jail counts single addresses.
 *
 * An address is an offender if it failed at least twice within 3.5 to 7 days; IPv6 by the jail's prefix, and by /64 at
 * least. A network is reported with 8 offenders, a /20 or /48 with 32 in at least six of its parts. Exact, except within
 * a /64, where addresses that share a hash of 8 bits count as one. Networks that were reported are reported again when
 * their offenders have doubled.
 *
 * Bounded to 4,096 networks, about 300 bytes each: those without offenders are forgotten first, of equals those that
 * failed least recently. Cost of a failure: one look-up, and of one that makes an offender up to 256 more.
 */
import { type Cidr, maskIp, splitSubject, type Subject } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import { familyOf, type Ip, ipToBits, ipv4ToNumber } from "../../domain/ip.ts";
import { subjectOf } from "../../domain/counting-prefix.ts";
import { hashOf } from "./decaying-scores.ts";
import {
  countOffenders,
  type Failed,
  noteFailure,
  restoreFailures,
  takeNetwork,
} from "./failed-units.ts";
import type { ObservedAttempt } from "./observed-attempt.ts";
import { trimLeast } from "./trim-least.ts";
import { trimOldest } from "./trim-oldest.ts";

export type SubnetFailure = Pick<ObservedAttempt, "ip" | "at" | "weight">;

export interface SubnetOffense {
  readonly subnet: Cidr;
  /** Number of different addresses of it that failed at least twice; IPv6: usually of its /64. */
  readonly offenders: number;
  /** Number of failures of the network, or of the part of it in which the last offender is. */
  readonly failures: number;
}

const SMALL_FROM = 8;
const LARGE_FROM = 32;
/** Minimum number of parts of a /20 or /48 that have several offenders, so that no single part stands for it. */
const PARTS_FROM = 6;
const SEVERAL = 2;
const GENERATION_MS = 3.5 * 86_400_000;
const MAX_NETWORKS = 4096;
const MAX_REPORTED = 1024;

/** A network with failures: its key, and what Failed has. Networks of a single failure are not saved. */
export type SubnetsState = readonly (readonly [
  key: string | number,
  generation: number,
  failures: number,
  bits: readonly number[],
])[];

export interface SubnetOptions {
  /** The jail's prefix of IPv6. */
  readonly ipv6Prefix: number;
  /** Further NAT64 prefixes of this network. */
  readonly nat64: readonly Subject[];
}

export class SubnetDetector {
  readonly #options: SubnetOptions;
  /** By the number of a /24, or the hexadecimal digits of a /56 or /64. */
  readonly #networks = new Map<string | number, Failed>();
  /** The number of offenders when a network was reported. */
  readonly #reported = new Map<Subject, number>();
  #shift = 0;

  constructor(options: SubnetOptions) {
    this.#options = options;
  }

  /** Observes a failure. Returns the largest network that has enough offenders, once. */
  attempt({ ip, at, weight }: SubnetFailure): SubnetOffense | undefined {
    const { ipv6Prefix, nat64 } = this.#options;
    // Where each address is another host, as behind NAT64, a network is no single client's.
    if (familyOf(ip) === "ipv6" && subjectOf(ip, 64, nat64) === ip) return undefined;
    const generation = this.#generationAt(at);
    let found: SubnetOffense | undefined;
    for (const place of placesOf(ip, ipv6Prefix))
      found = this.#count(ip, place, { generation, weight }) ?? found;
    return found;
  }

  #generationAt(at: Instant): number {
    return Math.floor((at - this.#shift) / GENERATION_MS);
  }

  #count(
    ip: Ip,
    { key, index, prefix, larger }: Place,
    { generation, weight }: { readonly generation: number; readonly weight: number },
  ): SubnetOffense | undefined {
    const network = takeNetwork(this.#networks.get(key), generation);
    this.#networks.delete(key);
    this.#networks.set(key, network);
    trimLeast(this.#networks, MAX_NETWORKS, (one) => Math.min(1, countOffenders(one, generation)));
    if (!noteFailure(network, index, weight)) return undefined;
    const all = larger && this.#judgeLarger(larger, generation);
    if (larger !== undefined && all !== undefined)
      return this.#report(maskIp(ip, larger.prefix), all);
    const offenders = countOffenders(network, generation);
    if (offenders < SMALL_FROM) return undefined;
    return this.#report(maskIp(ip, prefix), { offenders, failures: network.failures });
  }

  /** Returns the counts of a larger network, if it has enough offenders. */
  #judgeLarger(
    { parts, keyOf }: LargerNetwork,
    generation: number,
  ): Omit<SubnetOffense, "subnet"> | undefined {
    let [offenders, failures, several] = [0, 0, 0];
    for (let part = 0; part < parts; part++) {
      const network = this.#networks.get(keyOf(part));
      if (network === undefined) continue;
      const count = countOffenders(network, generation);
      offenders += count;
      failures += network.failures;
      if (count >= SEVERAL) several++;
    }
    return offenders < LARGE_FROM || several < PARTS_FROM ? undefined : { offenders, failures };
  }

  #report(subnet: Subject, counts: Omit<SubnetOffense, "subnet">): SubnetOffense | undefined {
    const before = this.#reported.get(subnet);
    if (before !== undefined && counts.offenders < 2 * before) return undefined;
    this.#reported.delete(subnet);
    this.#reported.set(subnet, counts.offenders);
    trimOldest(this.#reported, MAX_REPORTED);
    return { ...counts, subnet: subnet as Cidr };
  }

  /** Forgets a network: it was banned, or pardoned. An address stays an offender of its network. */
  forget(subject: Subject): void {
    const { ip, prefix } = splitSubject(subject);
    if (ip === subject) return;
    this.#reported.delete(subject);
    for (const { key, prefix: own, larger } of placesOf(ip, this.#options.ipv6Prefix)) {
      if (own === prefix) this.#networks.delete(key);
      if (larger?.prefix !== prefix) continue;
      for (let part = 0; part < larger.parts; part++) this.#networks.delete(larger.keyOf(part));
    }
  }

  /** Adjusts to a step of the wall clock, in milliseconds. */
  shift(step: number): void {
    this.#shift += step;
  }

  state(): SubnetsState {
    return [...this.#networks]
      .filter(([, { failures }]) => failures > 1)
      .map(([key, { generation, failures, bits }]) => {
        // Steps of the clock are not part of a state.
        const stepped = Math.round(this.#shift / GENERATION_MS);
        return [key, generation + stepped, failures, [...bits]];
      });
  }

  /** Continues from a state. What is from after `now`, if given, ages from now: the clock was set back since. */
  restore(state: SubnetsState, now?: Instant): void {
    const latest = now === undefined ? Infinity : this.#generationAt(now);
    for (const [key, generation, failures, bits] of state.slice(-MAX_NETWORKS)) {
      const network = takeNetwork(undefined, Math.min(generation, latest));
      restoreFailures(network, { failures, bits });
      this.#networks.set(key, network);
    }
  }
}

interface Place {
  readonly key: string | number;
  /** Position of the address, or of its /64, within the network: 0 to 255. */
  readonly index: number;
  readonly prefix: number;
  readonly larger: LargerNetwork | undefined;
}

interface LargerNetwork {
  readonly prefix: number;
  /** Number of the networks of which it consists. */
  readonly parts: number;
  /** Returns the key of one of them, counted from 0. */
  readonly keyOf: (part: number) => string | number;
}

/** Returns the networks around an address in which it is counted, the largest last. */
function placesOf(ip: Ip, ipv6Prefix: number): readonly Place[] {
  return familyOf(ip) === "ipv4" ? [placeOfIpv4(ipv4ToNumber(ip))] : placesOfIpv6(ip, ipv6Prefix);
}

function placeOfIpv4(number: number): Place {
  const key = number >>> 8;
  const first = key & ~15;
  const larger = { prefix: 20, parts: 16, keyOf: (part: number): number => first + part };
  return { key, index: number & 255, prefix: 24, larger };
}

function placesOfIpv6(ip: Ip, ipv6Prefix: number): readonly Place[] {
  const digits = ipToBits(ip).toString(16).padStart(32, "0");
  const places: Place[] = [];
  if (ipv6Prefix > 64)
    places.push({
      key: digits.slice(0, 16),
      index: hashOf(ip) & 255,
      prefix: 64,
      larger: undefined,
    });
  if (ipv6Prefix <= 56) return places;
  const first = digits.slice(0, 12);
  const keyOf = (part: number): string => first + part.toString(16).padStart(2, "0");
  const number = Number.parseInt(digits.slice(14, 16), 16);
  // All of a subject that is larger than a /64 is one offender.
  const index = number & ~(2 ** Math.max(0, 64 - ipv6Prefix) - 1);
  places.push({
    key: digits.slice(0, 14),
    index,
    prefix: 56,
    larger: { prefix: 48, parts: 256, keyOf },
  });
  return places;
}
