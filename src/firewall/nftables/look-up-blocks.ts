/**
 * Looks up blocks one by one in their sets, in time linear in their number. A dump of a set is not linear: the kernel
 * starts at the first element again for each datagram.
 */
import { splitSubject } from "../../domain/cidr.ts";
import type { BlockLookup, EnforcedBlock } from "../../domain/enforcer.ts";
import type { Ip } from "../../domain/ip.ts";
import type { PortScope } from "../../domain/port-scope.ts";
import type { Kernel } from "./kernel.ts";
import { type SetKey, setNameOf } from "./set-key.ts";

type BlockKey = Pick<EnforcedBlock, "subject" | "scope">;

/** Creates the lookup. `sets` are those of the table, by name; the map may grow. */
export function createLookup(kernel: Kernel, sets: ReadonlyMap<string, SetKey>): BlockLookup {
  async function size(): Promise<number | undefined> {
    let sum = 0;
    for (const set of sets.keys()) {
      const size = await kernel.sizeOf(set);
      if (size === undefined) return undefined;
      sum += size;
    }
    return sum;
  }

  return {
    size,
    async exceeds(most) {
      const known = await size();
      if (known !== undefined) return known > most;
      let listed = 0;
      for await (const { elements } of kernel.elements()) {
        listed += elements.length;
        if (listed > most) return true;
      }
      return false;
    },
    find: (keys) => findBlocks(kernel, sets, keys),
  };
}

interface SetQuery {
  readonly ips: Ip[];
  /** For each address, the index of its block in the request. */
  readonly indexes: number[];
}

async function findBlocks(
  kernel: Kernel,
  sets: ReadonlyMap<string, SetKey>,
  keys: readonly BlockKey[],
): Promise<readonly (EnforcedBlock | undefined)[]> {
  const blocks = new Array<EnforcedBlock | undefined>(keys.length).fill(undefined);
  for (const [set, { ips, indexes }] of groupBySet(keys)) {
    if (!sets.has(set)) continue;
    let next = 0;
    for (const { ip, packets, left } of await kernel.find(set, ips)) {
      // Answers come in the order of the requests, without missing elements.
      while (next < ips.length && ips[next] !== ip) next++;
      const index = indexes[next++] ?? -1;
      const key = keys[index];
      if (key === undefined)
        throw new Error(`the kernel answers about ${ip}, which was not asked for`);
      blocks[index] = { subject: key.subject, scope: key.scope, packets, left };
    }
  }
  return blocks;
}

/**
 * Groups blocks by set. Formats set names once for each kind of block: for each of 100,000 blocks it would take longer
 * than the look-up.
 */
function groupBySet(keys: readonly BlockKey[]): ReadonlyMap<string, SetQuery> {
  const groups = new Map<string, SetQuery>();
  const kinds = new Map<PortScope, Map<number, SetQuery>>();
  for (const [index, { subject, scope }] of keys.entries()) {
    const { ip, family, prefix } = splitSubject(subject);
    const ofScope = kinds.getOrInsertComputed(scope, () => new Map<number, SetQuery>());
    // Numbers below 64 are IPv4 prefix lengths, the others IPv6.
    const kind = family === "ipv4" ? prefix : 64 + prefix;
    let asked = ofScope.get(kind);
    if (asked === undefined) {
      asked = { ips: [], indexes: [] };
      ofScope.set(kind, asked);
      groups.set(setNameOf({ family, prefix, scope }), asked);
    }
    asked.ips.push(ip);
    asked.indexes.push(index);
  }
  return groups;
}
