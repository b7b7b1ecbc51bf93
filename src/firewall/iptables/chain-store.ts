/**
 * Keeps blocks as plain rules, for hosts without ipset: one chain for each port scope, with one rule for each block.
 * Every packet passes every rule, so there is a maximum. The kernel does not end rules: the daemon does.
 */
import { amount } from "../../domain/amount.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { BlockStore, FailedChange } from "./block-store.ts";
import { MAX_RULES } from "../enforcer-abilities.ts";
import { blockRule, filterInput, parseBlockRule } from "./chain-rules.ts";
import type { MemberChange } from "./resolve-changes.ts";
import { type SavedFilter, VERDICT_CHAIN } from "./saved-filter.ts";
import { parseScopeName, type ScopeKey, scopeNameOf } from "./scope-name.ts";
import type { Tables } from "./tables.ts";

const FULL = `plain iptables rules hold at most ${amount(MAX_RULES, "ban")}`;

export function createChainStore(families: readonly Tables[]): BlockStore {
  const memory = new BlockMemory();
  return {
    kind: "chains",
    async prepare() {
      // The chains of scopes are created together with the rules that jump to them.
      const all = await readAll(families);
      return all.ok ? ok([...all.value.values()].flatMap(scopesOf)) : all;
    },
    async emptyNames() {
      const all = await readAll(families);
      return all.ok ? [...all.value.values()].flatMap(emptyChains) : [];
    },
    // The chains of scopes are removed together with the rules that jump to them.
    drop: async () => {},
    async apply(members) {
      const all = await readAll(families);
      if (!all.ok) return members.map((member) => ({ member, error: all.error }));
      memory.compare(all.value);
      const held = [...all.value.values()].flatMap(blocksIn).length;
      const room = { left: MAX_RULES - held };
      const failed: FailedChange[] = [];
      for (const [tables, saved] of all.value) {
        const own = members.filter(({ key }) => key.family === tables.family);
        failed.push(...(await applyTo({ tables, saved, room, memory }, own)));
      }
      return failed;
    },
    async list(keys) {
      const all = await readAll(families);
      if (!all.ok) throw new Error(`cannot list the rules: ${all.error}`);
      return [...all.value].flatMap(([{ family }, saved]) =>
        keys.filter((key) => key.family === family).flatMap((key) => listScope(saved, key)),
      );
    },
    async isDisturbed() {
      const all = await readAll(families);
      // What cannot be read now is reported by the next repair.
      if (all.ok) memory.compare(all.value);
      return memory.takeDisturbed();
    },
    close: () => {},
  };
}

type SavedFilters = ReadonlyMap<Tables, SavedFilter>;

/** Notices that another program changed blocks, also right before a change of ours. */
class BlockMemory {
  /** Rules of blocks as last seen or written. */
  readonly #rules = new Map<Tables, Set<string>>();
  #isDisturbed = false;

  compare(all: SavedFilters): void {
    for (const [tables, saved] of all) {
      const [rules, found] = [this.#rules.get(tables), new Set(blocksIn(saved))];
      if (rules !== undefined && rules.symmetricDifference(found).size > 0)
        this.#isDisturbed = true;
      this.#rules.set(tables, found);
    }
  }

  /** Notes that these lines of `iptables-restore` were executed. */
  noteWritten(tables: Tables, lines: readonly string[]): void {
    const rules = this.#rules.get(tables);
    for (const line of lines) {
      if (line.startsWith("-A ")) rules?.add(line.slice(3));
      if (line.startsWith("-D ")) rules?.delete(line.slice(3));
    }
  }

  /** Returns whether something was changed since the last call. */
  takeDisturbed(): boolean {
    const isDisturbed = this.#isDisturbed;
    this.#isDisturbed = false;
    return isDisturbed;
  }
}

async function readAll(families: readonly Tables[]): Promise<Result<SavedFilters, string>> {
  const all = new Map<Tables, SavedFilter>();
  for (const tables of families) {
    const saved = await tables.read();
    if (!saved.ok) return saved;
    all.set(tables, saved.value);
  }
  return ok(all);
}

interface ApplyTo {
  readonly tables: Tables;
  readonly saved: SavedFilter;
  /** Number of blocks that still fit; shared by both families. */
  readonly room: { left: number };
  readonly memory: BlockMemory;
}

async function applyTo(
  { tables, saved, room, memory }: ApplyTo,
  members: readonly MemberChange[],
): Promise<readonly FailedChange[]> {
  const failed: FailedChange[] = [];
  // Chains are missing only while blocks are taken over, before the structure is written.
  const chains = new Set([VERDICT_CHAIN, ...members.map(({ name }) => name)]);
  const missing = [...chains].filter((name) => !saved.ours.has(name));
  const lines = missing.map((name) => `:${name} - [0:0]`);
  // Removals first, because they make room.
  for (const member of members.toSorted((a, b) => rank(a) - rank(b))) {
    const { name, subject, until } = member;
    const rule = blockRule(subject);
    const present = saved.ours.get(name)?.filter(({ spec }) => spec === rule).length ?? 0;
    if (until === "absent") {
      room.left += present;
      lines.push(...new Array<string>(present).fill(`-D ${name} ${rule}`));
    } else if (present === 0 && room.left <= 0) failed.push({ member, error: FULL });
    else if (present === 0) {
      room.left--;
      lines.push(`-A ${name} ${rule}`);
    }
  }
  if (lines.length === missing.length) return failed;
  const written = await tables.write(filterInput(lines));
  if (!written.ok) return members.map((member) => ({ member, error: written.error }));
  memory.noteWritten(tables, lines);
  return failed;
}

/** Lists the blocks of a scope. A rule that another program has repeated counts once. */
function listScope({ ours }: SavedFilter, key: ScopeKey): readonly EnforcedBlock[] {
  const packets = new Map<Subject, number>();
  for (const rule of ours.get(scopeNameOf(key)) ?? []) {
    const subject = parseBlockRule(rule.spec);
    if (subject !== undefined) packets.set(subject, (packets.get(subject) ?? 0) + rule.packets);
  }
  return [...packets].map(([subject, sum]) => ({
    ...{ subject, scope: key.scope, packets: sum, left: undefined },
  }));
}

function rank({ until }: MemberChange): number {
  return until === "absent" ? 0 : 1;
}

/** Returns the scopes whose chains exist. */
function scopesOf({ ours }: SavedFilter): readonly ScopeKey[] {
  return [...ours.keys()].map(parseScopeName).filter((key) => key !== undefined);
}

function emptyChains(saved: SavedFilter): readonly string[] {
  const empty = scopesOf(saved).filter((key) => listScope(saved, key).length === 0);
  return empty.map(scopeNameOf);
}

/** Returns the rules of all blocks, with their chains. */
function blocksIn({ ours }: SavedFilter): readonly string[] {
  return [...ours].flatMap(([name, rules]) =>
    rules
      .filter(({ spec }) => parseBlockRule(spec) !== undefined)
      .map(({ spec }) => `${name} ${spec}`),
  );
}
