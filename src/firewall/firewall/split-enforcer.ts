/**
 * Combines two enforcers: observed bans go to memory, all others to the firewall. So one jail can be tried out beside
 * others that ban, and callers use a single enforcer.
 */
import type { BlockLookup, Change, Enforcer } from "../../domain/enforcer.ts";
import { OBSERVED } from "../../domain/port-scope.ts";

export function splitEnforcer(firewall: Enforcer, memory: Enforcer): Enforcer {
  const isObserved = (change: Change): boolean => change.scope === OBSERVED;
  return {
    name: firewall.name,
    enforcing: firewall.enforcing,
    abilities: firewall.abilities,
    prepare: (now) => firewall.prepare(now),
    async apply(changes, now) {
      const observed = changes.filter(isObserved);
      const refused = await firewall.apply(
        changes.filter((change) => !isObserved(change)),
        now,
      );
      return observed.length === 0 ? refused : [...refused, ...(await memory.apply(observed, now))];
    },
    lookup: splitLookup(firewall.lookup, memory.lookup),
    list: async () => [...(await firewall.list()), ...(await memory.list())],
    count: async (subjects) => [
      ...(await firewall.count(subjects)),
      ...(await memory.count(subjects)),
    ],
    watch: (signal) => firewall.watch(signal),
    removeAll: () => firewall.removeAll(),
    async close() {
      await firewall.close();
      await memory.close();
    },
  };
}

function splitLookup(
  firewall: BlockLookup | undefined,
  memory: BlockLookup | undefined,
): BlockLookup | undefined {
  if (firewall === undefined || memory === undefined) return undefined;
  return {
    exceeds: async (most) => (await firewall.exceeds(most)) || (await memory.exceeds(most)),
    async find(keys) {
      const observed = keys.filter(({ scope }) => scope === OBSERVED);
      if (observed.length === 0) return firewall.find(keys);
      const real = keys.filter(({ scope }) => scope !== OBSERVED);
      const found = [(await firewall.find(real)).values(), (await memory.find(observed)).values()];
      return keys.map(({ scope }) => found[scope === OBSERVED ? 1 : 0]?.next().value);
    },
    async size() {
      const [held, seen] = [await firewall.size(), await memory.size()];
      return held === undefined || seen === undefined ? undefined : held + seen;
    },
  };
}
