/**
 * Counts by address, for tens of thousands of them: IPv4 in a flat hash table of numbers (a map of strings costs ten
 * times as much a line), IPv6 in a map. Bounded, so that it stays in the processor's cache: past MAX_ADDRESSES of a family new ones are only noted as missing.
 */
import { type Ip, ipv4FromNumber, ipv4ToNumber } from "../../domain/ip.ts";

export interface AddressTally {
  add(ip: Ip, count: number): void;
  /** The `limit` addresses with the highest counts, highest first. */
  top(limit: number): readonly (readonly [Ip, number])[];
  readonly size: number;
  /** Whether there were more addresses than are kept. */
  readonly more: boolean;
}

const MAX_ADDRESSES = 65_536;
const FIRST_SLOTS = 4096;

export function createAddressTally(): AddressTally {
  const ipv6 = new Map<Ip, number>();
  let keys = new Uint32Array(FIRST_SLOTS);
  let counts = new Uint32Array(FIRST_SLOTS);
  let used = 0;
  let more = false;

  /** The slot of an address, or the empty one where it belongs. */
  function slotOf(address: number): number {
    const mask = keys.length - 1;
    let slot = (Math.imul(address, 0x9e3779b1) >>> 8) & mask;
    while (counts[slot] !== 0 && keys[slot] !== address) slot = (slot + 1) & mask;
    return slot;
  }

  function addIpv4(address: number, count: number): void {
    const slot = slotOf(address);
    const before = counts[slot] ?? 0;
    if (before === 0) {
      if (used >= MAX_ADDRESSES) {
        more = true;
        return;
      }
      keys[slot] = address;
      used++;
    }
    counts[slot] = before + count;
    if (before === 0 && used * 2 > keys.length) grow();
  }

  function grow(): void {
    const [oldKeys, oldCounts] = [keys, counts];
    keys = new Uint32Array(oldKeys.length * 2);
    counts = new Uint32Array(oldKeys.length * 2);
    for (let i = 0; i < oldKeys.length; i++) {
      if (oldCounts[i] === 0) continue;
      const slot = slotOf(oldKeys[i] ?? 0);
      keys[slot] = oldKeys[i] ?? 0;
      counts[slot] = oldCounts[i] ?? 0;
    }
  }

  function addIpv6(ip: Ip, count: number): void {
    const before = ipv6.get(ip);
    if (before === undefined && ipv6.size >= MAX_ADDRESSES) more = true;
    else ipv6.set(ip, (before ?? 0) + count);
  }

  return {
    add(ip, count) {
      const address = ipv4ToNumber(ip);
      if (address < 0) addIpv6(ip, count);
      else addIpv4(address, count);
    },
    top(limit) {
      const highest = Array.from(keys.keys()).filter((slot) => (counts[slot] ?? 0) > 0);
      highest.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
      const ipv4 = highest
        .slice(0, limit)
        .map((slot) => [ipv4FromNumber(keys[slot] ?? 0), counts[slot] ?? 0] as const);
      return [...ipv4, ...ipv6].sort((a, b) => b[1] - a[1]).slice(0, limit);
    },
    get size() {
      return used + ipv6.size;
    },
    get more() {
      return more;
    },
  };
}
