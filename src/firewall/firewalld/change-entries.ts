/**
 * Changes the blocks of one pair of sets. A few changes are made one by one, each a call to firewalld. Many are written
 * as a whole to the half that has fewer entries, and then the other half is emptied, so that no block is out of force
 * in between.
 */
import { reasonOf } from "../../host/explain-system-error.ts";
import type { Bus } from "./bus.ts";
import { changeEntry, writeEntries } from "./ipsets.ts";
import { HALVES, type SetKey, setNameOf } from "./set-name.ts";

export interface EntryChanges {
  readonly key: SetKey;
  /** Entries, and whether the set must contain each. */
  readonly wanted: ReadonlyMap<string, "present" | "absent">;
}

/**
 * Maximum number of changes that are made one by one: 10 ms each. Writing a set takes some 20 ms, and more with its size.
 */
const MAX_SINGLE_CHANGES = 8;

/** What firewalld has in each set; see `Structure.entries`. */
type Entries = Map<string, Set<string>>;

/** Returns the entries that could not be changed, with the error of each. */
export async function changeEntries(
  bus: Bus,
  entries: Entries,
  { key, wanted }: EntryChanges,
): Promise<ReadonlyMap<string, string>> {
  const halves = HALVES.map((half) => {
    const name = setNameOf(key, half);
    return { name, held: entries.getOrInsertComputed(name, () => new Set()) };
  }).toSorted((x, y) => x.held.size - y.held.size);
  const isHeld = (entry: string): boolean => halves.some(({ held }) => held.has(entry));
  const changes = [...wanted].filter(([entry, state]) => isHeld(entry) !== (state === "present"));
  if (changes.length > MAX_SINGLE_CHANGES) return writeAll(bus, entries, halves, changes);
  const failed = new Map<string, string>();
  for (const [entry, state] of changes) {
    // Adds to the fuller half, which is last.
    for (const half of state === "present" ? halves.slice(-1) : halves) {
      if (half.held.has(entry) === (state === "present")) continue;
      const error = await changeOne(bus, half, entry, state);
      if (error !== undefined) failed.set(entry, error);
    }
  }
  return failed;
}

interface HeldHalf {
  readonly name: string;
  readonly held: Set<string>;
}

async function changeOne(
  bus: Bus,
  { name, held }: HeldHalf,
  entry: string,
  state: "present" | "absent",
): Promise<string | undefined> {
  if (state === "present") held.add(entry);
  else held.delete(entry);
  try {
    await changeEntry(bus, state === "present" ? "addEntry" : "removeEntry", name, entry);
    return undefined;
  } catch (error) {
    if (state === "present") held.delete(entry);
    else held.add(entry);
    return reasonOf(error);
  }
}

async function writeAll(
  bus: Bus,
  entries: Entries,
  halves: readonly HeldHalf[],
  changes: readonly (readonly [string, "present" | "absent"])[],
): Promise<ReadonlyMap<string, string>> {
  const all = new Set(halves.flatMap(({ held }) => [...held]));
  for (const [entry, state] of changes)
    if (state === "present") all.add(entry);
    else all.delete(entry);
  try {
    for (const [{ name, held }, next] of halves.map(
      (half, i) => [half, i === 0 ? all : []] as const,
    )) {
      if (held.size === 0 && next !== all) continue;
      entries.set(name, new Set(next));
      await writeEntries(bus, name, [...next]);
    }
    return new Map();
  } catch (error) {
    // What firewalld has now is unknown: `prepare` reads it.
    for (const { name } of halves) entries.delete(name);
    return new Map(changes.map(([entry]) => [entry, reasonOf(error)]));
  }
}
