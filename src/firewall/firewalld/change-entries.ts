/**
 * Changes the blocks of one pair of sets. A few changes are made one by one, each a call to firewalld. Many are written
 * as a whole to the half that has fewer entries, and then the other half is emptied, so that no block is out of force
 * in between.
 */
import { reasonOf } from "../../host/explain-system-error.ts";
import type { Bus } from "./bus.ts";
import { changeEntry, writeEntries } from "./ipsets.ts";
import { type SetKey, setNameOf } from "./set-name.ts";

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

interface Half {
  readonly name: string;
  readonly held: Set<string>;
}

/** Returns the entries that could not be changed, with the error of each. */
export async function changeEntries(
  bus: Bus,
  entries: Entries,
  { key, wanted }: EntryChanges,
): Promise<ReadonlyMap<string, string>> {
  const [a, b] = [halfOf(entries, key, "a"), halfOf(entries, key, "b")];
  const [fuller, other] = a.held.size >= b.held.size ? [a, b] : [b, a];
  const isHeld = (entry: string): boolean => a.held.has(entry) || b.held.has(entry);
  const changes = [...wanted].filter(([entry, state]) => isHeld(entry) !== (state === "present"));
  if (changes.length > MAX_SINGLE_CHANGES)
    return writeAll(bus, entries, { fuller, other }, changes);
  const failed = new Map<string, string>();
  for (const [entry, state] of changes) {
    const concerned =
      state === "present" ? [fuller] : [fuller, other].filter(({ held }) => held.has(entry));
    for (const half of concerned) {
      const error = await changeOne(bus, half, entry, state);
      if (error !== undefined) failed.set(entry, error);
    }
  }
  return failed;
}

function halfOf(entries: Entries, key: SetKey, half: "a" | "b"): Half {
  const name = setNameOf(key, half);
  return { name, held: entries.getOrInsertComputed(name, () => new Set()) };
}

async function changeOne(
  bus: Bus,
  { name, held }: Half,
  entry: string,
  state: "present" | "absent",
): Promise<string | undefined> {
  const isAddition = state === "present";
  if (isAddition) held.add(entry);
  else held.delete(entry);
  try {
    await changeEntry(bus, isAddition ? "addEntry" : "removeEntry", name, entry);
    return undefined;
  } catch (error) {
    if (isAddition) held.delete(entry);
    else held.add(entry);
    return reasonOf(error);
  }
}

async function writeAll(
  bus: Bus,
  entries: Entries,
  { fuller, other }: { readonly fuller: Half; readonly other: Half },
  changes: readonly (readonly [string, "present" | "absent"])[],
): Promise<ReadonlyMap<string, string>> {
  const all = new Set([...fuller.held, ...other.held]);
  for (const [entry, state] of changes)
    if (state === "present") all.add(entry);
    else all.delete(entry);
  const write = async ({ name }: Half, next: ReadonlySet<string>): Promise<void> => {
    entries.set(name, new Set(next));
    await writeEntries(bus, name, [...next]);
  };
  try {
    await write(other, all);
    if (fuller.held.size > 0) await write(fuller, new Set());
    return new Map();
  } catch (error) {
    // What firewalld has now is unknown: `prepare` reads it.
    for (const { name } of [fuller, other]) entries.delete(name);
    return new Map(changes.map(([entry]) => [entry, reasonOf(error)]));
  }
}
