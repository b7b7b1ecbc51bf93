/**
 * Counts by address, for tens of thousands of them: IPv4 in a flat hash table of numbers (a map of strings costs ten
 * times as much per line), IPv6 in a map. Bounded, so that it stays in the processor's cache: after MAX_ADDRESSES of a
 * family, `more` records that further ones were not counted.
 */
import { type Ip, ipv4FromNumber, ipv4ToNumber } from "../../domain/ip.ts";

const MAX_ADDRESSES = 65_536;
const FIRST_SLOTS = 4096;

export class AddressTally {
  readonly #ipv6 = new Map<Ip, number>();
  #keys = new Uint32Array(FIRST_SLOTS);
  #counts = new Uint32Array(FIRST_SLOTS);
  #used = 0;
  #more = false;

  add(ip: Ip, count: number): void {
    const address = ipv4ToNumber(ip);
    if (address < 0) this.#addIpv6(ip, count);
    else this.#addIpv4(address, count);
  }

  /** Returns the `limit` addresses with the highest counts, highest first. */
  top(limit: number): readonly (readonly [Ip, number])[] {
    const [keys, counts] = [this.#keys, this.#counts];
    const highest = Array.from(keys.keys()).filter((slot) => (counts[slot] ?? 0) > 0);
    highest.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
    const ipv4 = highest
      .slice(0, limit)
      .map((slot) => [ipv4FromNumber(keys[slot] ?? 0), counts[slot] ?? 0] as const);
    return [...ipv4, ...this.#ipv6].sort((a, b) => b[1] - a[1]).slice(0, limit);
  }

  get size(): number {
    return this.#used + this.#ipv6.size;
  }

  /** Whether there were more addresses than are kept. */
  get more(): boolean {
    return this.#more;
  }

  #addIpv4(address: number, count: number): void {
    const slot = this.#slotOf(address);
    const before = this.#counts[slot] ?? 0;
    if (before === 0) {
      if (this.#used >= MAX_ADDRESSES) {
        this.#more = true;
        return;
      }
      this.#keys[slot] = address;
      this.#used++;
    }
    this.#counts[slot] = before + count;
    if (before === 0 && this.#used * 2 > this.#keys.length) this.#grow();
  }

  /** Returns the slot of an address, or the empty slot for it. */
  #slotOf(address: number): number {
    const [keys, counts] = [this.#keys, this.#counts];
    const mask = keys.length - 1;
    let slot = (Math.imul(address, 0x9e3779b1) >>> 8) & mask;
    while (counts[slot] !== 0 && keys[slot] !== address) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [oldKeys, oldCounts] = [this.#keys, this.#counts];
    this.#keys = new Uint32Array(oldKeys.length * 2);
    this.#counts = new Uint32Array(oldKeys.length * 2);
    for (let i = 0; i < oldKeys.length; i++) {
      if (oldCounts[i] === 0) continue;
      const slot = this.#slotOf(oldKeys[i] ?? 0);
      this.#keys[slot] = oldKeys[i] ?? 0;
      this.#counts[slot] = oldCounts[i] ?? 0;
    }
  }

  #addIpv6(ip: Ip, count: number): void {
    const before = this.#ipv6.get(ip);
    if (before === undefined && this.#ipv6.size >= MAX_ADDRESSES) this.#more = true;
    else this.#ipv6.set(ip, (before ?? 0) + count);
  }
}
