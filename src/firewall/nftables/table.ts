/**
 * Manages our table in the kernel: knows which sets it must have, creates the structure, and verifies it.
 *
 * The expected structure is not computed but remembered: as the kernel returned it right after we wrote it. Sets found
 * at start, from the previous run, are kept with their blocks; one that stays empty is removed.
 */
import { messageOf } from "../../domain/thrown-error.ts";
import type { Instant } from "../../domain/instant.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { EmptySets } from "../empty-sets.ts";
import type { Kernel } from "./kernel.ts";
import { faultIn, type TableStructure } from "./table-structure.ts";
import { parseSetName, type SetKey, setNameOf } from "./set-key.ts";
import {
  pruneCommands,
  type Rebuild,
  removeChains,
  type Structure,
  structureCommands,
} from "./structure.ts";
import type { ReAdd } from "./transaction.ts";

export interface Table {
  /** Keys of the sets, by set name. */
  readonly keys: ReadonlyMap<string, SetKey>;
  /** How this kernel treats an element that already exists. */
  readonly reAdd: ReAdd;
  /** Repairs the structure if it is wrong. With `now`, removes sets that stay empty if nothing is wrong. */
  prepare(
    now?: Instant,
  ): Promise<Result<{ readonly repaired: boolean; readonly structure: TableStructure }, string>>;
  /** Ensures that the sets of `keys` exist. */
  include(keys: readonly SetKey[]): Promise<Result<undefined, string>>;
}

/**
 * Maximum number of attempts: the structure is written again if another program's transaction came between writing and
 * reading.
 */
const MAX_ATTEMPTS = 5;

/** Matches a name in nft's syntax. */
const PLAIN_NAME = /^[A-Za-z][\w/.]{0,127}$/;

/** What the configuration decides. */
export type Layout = Pick<Structure, "table" | "verdict">;

interface State {
  readonly keys: Map<string, SetKey>;
  wanted: string | undefined;
  reAdd: ReAdd | undefined;
  /** Sets that exist without a block. */
  readonly fixed: ReadonlySet<string>;
  readonly empty: EmptySets;
}

/** Creates the table. `fixed`: keys of sets that always exist; `found`: of those that exist now. */
export function createTable(
  kernel: Kernel,
  layout: Layout,
  { fixed, found }: { readonly fixed: readonly SetKey[]; readonly found: readonly SetKey[] },
): Table {
  const { table: name } = layout;
  const keys = new Map([...fixed, ...found].map((key) => [setNameOf(key), key]));
  const state: State = {
    ...{ keys, wanted: undefined, reAdd: undefined },
    ...{ fixed: new Set(fixed.map(setNameOf)), empty: new EmptySets() },
  };
  return {
    keys,
    get reAdd() {
      return state.reAdd ?? "replace";
    },
    prepare: (now) =>
      asResult(async () => {
        state.reAdd ??= await probeReAdd(kernel, name);
        const before = await kernel.snapshot();
        if (before !== undefined && before.text === state.wanted) {
          if (now === undefined || !(await prune(kernel, layout, state, now)))
            return ok({ repaired: false, structure: before.structure });
          const pruned = await write(kernel, layout, state);
          return pruned.ok ? ok({ repaired: false, structure: pruned.value }) : pruned;
        }
        for (const set of await kernel.setNames()) adopt(state, parseSetName(set));
        const written = await write(kernel, layout, state);
        if (!written.ok) return written;
        return ok({ repaired: before?.text !== state.wanted, structure: written.value });
      }),
    include: (more) =>
      asResult(async () => {
        state.reAdd ??= await probeReAdd(kernel, name);
        const known = state.keys.size;
        for (const key of more) adopt(state, key);
        if (state.wanted !== undefined && state.keys.size === known) return ok(undefined);
        const written = await write(kernel, layout, state);
        return written.ok ? ok(undefined) : written;
      }),
  };
}

/**
 * Converts a thrown error to a failure that is retried later: a kernel that cannot be queried (no descriptors, no
 * memory) is no bug.
 */
async function asResult<T>(run: () => Promise<Result<T, string>>): Promise<Result<T, string>> {
  try {
    return await run();
  } catch (cause) {
    return fail(messageOf(cause));
  }
}

function adopt(state: State, key: SetKey | undefined): void {
  if (key !== undefined) state.keys.set(setNameOf(key), key);
}

/** Removes sets that no ban uses any more. Returns whether it removed any. */
async function prune(kernel: Kernel, layout: Layout, state: State, now: Instant): Promise<boolean> {
  const empty: string[] = [];
  for (const name of state.keys.keys())
    if (!state.fixed.has(name) && (await kernel.isEmpty(name))) empty.push(name);
  const names = state.empty.unused(empty, now);
  if (names.length === 0) return false;
  const keysWhere = (isUnused: boolean): readonly SetKey[] =>
    [...state.keys].filter(([name]) => names.includes(name) === isUnused).map(([, key]) => key);
  const structure = { ...layout, keys: keysWhere(false), counters: true };
  const commands = pruneCommands(structure, keysWhere(true));
  // If it fails, as when a rule of another program uses a set, everything stays as it is.
  if (!(await kernel.run(commands)).ok) return false;
  for (const name of names) state.keys.delete(name);
  return true;
}

async function write(
  kernel: Kernel,
  layout: Layout,
  state: State,
): Promise<Result<TableStructure, string>> {
  // Sort the keys, so that equal sets give equal rules, whatever came first.
  const keys = [...state.keys.values()].sort((a, b) => setNameOf(a).localeCompare(setNameOf(b)));
  for (let look = 1; ; look++) {
    const before = await kernel.snapshot();
    const written = await writeOnce(kernel, layout, keys);
    if (!written.ok) {
      state.wanted = undefined;
      return written;
    }
    const strangers = before?.structure.strangers.filter((chain) => PLAIN_NAME.test(chain)) ?? [];
    // In a separate transaction whose failure is ignored: objects of other programs that cannot be removed must not
    // prevent our repair.
    if (strangers.length > 0) await kernel.run(removeChains(layout.table, strangers));
    const after = await kernel.snapshot();
    if (after === undefined)
      return fail("another program deletes the table as fast as it is created");
    const fault = faultIn(after.structure);
    state.wanted = fault === undefined ? after.text : undefined;
    const alone = after.generation === undefined || follows(before?.generation, after.generation);
    if (!alone && look < MAX_ATTEMPTS) continue;
    return fault === undefined
      ? ok(after.structure)
      : fail(`${fault}, even after it was rewritten`);
  }
}

/**
 * Returns whether no other transaction came between two readings. If no table existed before, its generation is
 * unknown, and the reading counts as valid.
 */
function follows(before: number | undefined, after: number): boolean {
  return before === undefined || ((before + 1) & 0xffff) === after;
}

async function writeOnce(
  kernel: Kernel,
  layout: Layout,
  keys: readonly SetKey[],
): Promise<Result<undefined, string>> {
  let first: string | undefined;
  const attempts: readonly (readonly [Rebuild, boolean])[] = [
    ["rules", true],
    ["chain", true],
    ["table", true],
    // Kernels before 5.7 have no counters per element.
    ["table", false],
  ];
  for (const [rebuild, counters] of attempts) {
    const { ok: done, error } = await kernel.run(
      structureCommands({ ...layout, keys, counters }, rebuild),
    );
    if (done) return ok(undefined);
    first ??= error;
  }
  return fail(first ?? "nft gave no reason");
}

/** Probes the kernel itself, in a temporary table that no packet passes. */
async function probeReAdd(kernel: Kernel, name: string): Promise<ReAdd> {
  const table = `inet ${name}_probe`;
  const element = `add element ${table} ends { 192.0.2.1 timeout`;
  await kernel.run(
    `add table ${table}\ndelete table ${table}\nadd table ${table}\n` +
      `add set ${table} ends { type ipv4_addr; flags timeout; }\n${element} 1h }\n`,
  );
  await kernel.run(`${element} 1d }\n`);
  const { output } = await kernel.run(`list set ${table} ends\n`);
  await kernel.run(`delete table ${table}\n`);
  return /timeout 1d/.test(output) ? "refresh" : "replace";
}
