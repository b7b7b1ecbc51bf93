/**
 * Enforces bans in sets of nftables that the administrator made, and whose rules the administrator wrote. Adds, extends,
 * removes and lists elements only; never changes a table, a chain or a rule. bailiff's elements carry a comment, so that
 * those of others are never removed, also after a restart. Remembers the blocks that it must hold (one entry each),
 * because an element may cover several of them.
 */
import type {
  EnforcedBlock,
  Enforcer,
  EnforcerAbilities,
  Prepared,
  Refusal,
  Change,
  ForeignChange,
} from "../domain/enforcer.ts";
import { familyOf, type Family } from "../domain/ip.ts";
import type { Clock } from "../domain/clock.ts";
import type { Instant } from "../domain/instant.ts";
import { type Subject, splitSubject } from "../domain/cidr.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { mayChangeFirewall } from "../host/kernel/firewall-right.ts";
import { findProgram } from "../host/process/find-program.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import type { Emit } from "../telemetry/events.ts";
import { admitChange, type IsAllowed } from "./admit-change.ts";
import { chunksOf } from "./chunks-of.ts";
import { ABILITIES } from "./enforcer-abilities.ts";
import type { Unusable } from "./nftables.ts";
import {
  abilitiesOf,
  changeElements,
  createRun,
  type NftTable,
  readStates,
  readStructure,
  type Run,
} from "./nftables-set/nft-table.ts";
import {
  adoptElements,
  type Claims,
  changedClaims,
  describeHeldByOthers,
  heldByOthers,
  listBlocks,
  planSet,
} from "./nftables-set/plan-set.ts";
import type { SetState } from "./nftables-set/set-elements.ts";
import type { SetDefinition } from "./nftables-set/table-listing.ts";
import { watchByComparison } from "./watch-by-comparison.ts";

export interface NftablesSetOptions {
  /** Family and name, such as "inet filter". */
  readonly table: string;
  /** undefined: bans of this family are refused. */
  readonly set_ipv4: string | undefined;
  readonly set_ipv6: string | undefined;
  readonly isAllowed: IsAllowed;
  readonly clock: Clock;
  readonly emit: Emit;
}

/** Maximum number of blocks, so that a listing of the set stays below what is read of a program's output. */
const MAX_BLOCKS = 50_000;

/** The same for a set with intervals, in which nft compares each removed element with all others: 1 ms in one of 4000. */
const MAX_IN_INTERVALS = 5000;

/** Maximum number of changes in one call of nft, so that also on a busy host each ends long before its time limit. */
const MAX_AT_ONCE = 500;

/** Opens the enforcer. A missing table or set is no failure of opening: it may be created later. Changes nothing. */
export async function openNftablesSet(
  options: NftablesSetOptions,
): Promise<Result<Enforcer, Unusable>> {
  const nft = findProgram("nft");
  if (nft === undefined)
    return fail({
      reason: "the program nft is not installed",
      fix: "install the package nftables",
    });
  if (mayChangeFirewall() === false)
    return fail({
      reason: "no permission to change the firewall",
      fix: "run it as root or with CAP_NET_ADMIN",
    });
  const sets = [
    ["ipv4", options.set_ipv4],
    ["ipv6", options.set_ipv6],
  ] as const;
  const target: NftTable = {
    table: options.table,
    sets: new Map(sets.flatMap(([family, name]) => (name === undefined ? [] : [[family, name]]))),
  };
  const enforcer = new NftablesSet(createRun(nft), target, options);
  await enforcer.readCapacity();
  return ok(enforcer);
}

class NftablesSet implements Enforcer {
  readonly name = "nftables-set";
  readonly enforcing = true;
  readonly lookup = undefined;
  readonly #run: Run;
  readonly #target: NftTable;
  readonly #options: NftablesSetOptions;
  /** Runs one change at a time: a comparison must not see half of a change. */
  readonly #inTurn = createSerialQueue();
  #claims: Claims = new Map();
  #definitions: readonly SetDefinition[] = [];
  #capacity = MAX_IN_INTERVALS;
  /** What the last `prepare` found: the structure, or why the sets cannot be used. */
  #prepared: {
    readonly error?: string | undefined;
    readonly text?: string;
    readonly doubt?: string | undefined;
  } = {};

  constructor(run: Run, target: NftTable, options: NftablesSetOptions) {
    this.#run = run;
    this.#target = target;
    this.#options = options;
  }

  /** Limits the number of blocks to the room that elements of others leave in a set with a size. */
  async readCapacity(): Promise<void> {
    const read = await this.#read();
    if (!read.ok) return;
    const rooms = read.value.map(({ definition, elements, ours }) => {
      const most = definition.hasIntervals ? MAX_IN_INTERVALS : MAX_BLOCKS;
      return Math.min(most, (definition.size ?? most) - elements.length + ours.size);
    });
    this.#capacity = Math.max(1, Math.min(...rooms));
  }

  get abilities(): EnforcerAbilities {
    return {
      ...{ ...ABILITIES["nftables-set"], capacity: this.#capacity },
      ...abilitiesOf(this.#definitions),
    };
  }

  async #read(): Promise<Result<readonly SetState[], string>> {
    const read = await readStates(this.#run, this.#target);
    if (read.ok) this.#definitions = read.value.map(({ definition }) => definition);
    return read;
  }

  prepare(now: Instant): Promise<Prepared> {
    return this.#inTurn(async () => {
      const structure = await readStructure(this.#run, this.#target);
      const read = structure.ok ? await this.#read() : structure;
      if (!read.ok || !structure.ok) {
        const error = structure.ok ? (read.ok ? undefined : read.error) : structure.error;
        this.#prepared = { error };
        return { error, repaired: false, structure: undefined };
      }
      for (const state of read.value) this.#claims = adoptElements(state, this.#claims, now);
      const { text, doubt } = structure.value;
      this.#prepared = { text, doubt };
      const foreign = read.value.flatMap((state) =>
        heldByOthers(state, ofFamily(this.#claims, state.family), now),
      );
      const shown = `${text}${describeHeldByOthers(foreign)}`;
      return { error: undefined, repaired: false, structure: shown, doubt };
    });
  }

  apply(changes: readonly Change[], now: Instant): Promise<readonly Refusal[]> {
    return this.#inTurn(async () => {
      const refusals: Refusal[] = [];
      const last = new Map<Subject, Change>();
      for (const change of changes) {
        const refusal =
          admitChange(change, this.#options.isAllowed, "host") ?? this.#refuseFamily(change);
        if (refusal === undefined) last.set(change.subject, change);
        else refusals.push(refusal);
      }
      const byFamily = Map.groupBy(last.values(), ({ subject }) => splitSubject(subject).family);
      for (const [family, own] of byFamily)
        for (const some of chunksOf(own, MAX_AT_ONCE))
          refusals.push(...(await this.#applyIn(family, some, now)));
      return refusals;
    });
  }

  #refuseFamily(change: Change): Refusal | undefined {
    const { family } = splitSubject(change.subject);
    if (change.kind === "remove" || this.#target.sets.has(family)) return undefined;
    const error = `this enforcer has no set for ${family}: configure set_${family}`;
    return { change, error, retryable: false };
  }

  async #applyIn(
    family: Family,
    changes: readonly Change[],
    now: Instant,
  ): Promise<readonly Refusal[]> {
    const refuseAll = (error: string): readonly Refusal[] =>
      changes.map((change) => ({ change, error, retryable: true }));
    if (this.#prepared.error !== undefined) return refuseAll(this.#prepared.error);
    // Again if another program changed the set in between.
    for (let tries = 0, error = ""; ; tries++) {
      const read = await this.#read();
      if (!read.ok) return refuseAll(read.error);
      if (tries > 1) return refuseAll(error);
      const state = read.value.find((one) => one.family === family);
      if (state === undefined) return [];
      const wanted = changedClaims(adoptElements(state, this.#claims, now), changes, now);
      const plan = planSet(state, ofFamily(wanted, family), now);
      const done = await changeElements(
        this.#run,
        `${this.#target.table} ${state.definition.name}`,
        plan,
      );
      if (!done.ok) {
        error = done.error;
        continue;
      }
      for (const subject of plan.refused.keys()) wanted.delete(subject);
      this.#claims = wanted;
      return changes.flatMap((change): readonly Refusal[] => {
        const reason = plan.refused.get(change.subject);
        if (reason === undefined) return [];
        return [{ change, error: reason, retryable: state.definition.hasIntervals }];
      });
    }
  }

  async list(): Promise<readonly EnforcedBlock[]> {
    const read = await this.#read();
    if (!read.ok) throw new Error(read.error);
    const now = this.#options.clock.now();
    return read.value.flatMap((state) =>
      listBlocks(state, ofFamily(this.#claims, state.family), now),
    );
  }

  async count(subjects: readonly Subject[]): Promise<readonly EnforcedBlock[]> {
    const listed = Map.groupBy(await this.list(), ({ subject }) => subject);
    return subjects.flatMap((subject) => listed.get(subject) ?? []);
  }

  watch(signal: AbortSignal): AsyncGenerator<ForeignChange> {
    const isDisturbed = (): Promise<boolean> => this.#inTurn(() => this.#differs());
    return watchByComparison({ isDisturbed, isInNftables: true, emit: this.#options.emit }, signal);
  }

  /** Returns whether the table or the sets differ from what was last read and written. */
  async #differs(): Promise<boolean> {
    const structure = await readStructure(this.#run, this.#target);
    if (!structure.ok) return structure.error !== this.#prepared.error;
    const { text, doubt } = structure.value;
    if (text !== this.#prepared.text || doubt !== this.#prepared.doubt) return true;
    const read = await this.#read();
    if (!read.ok) return true;
    const now = this.#options.clock.now();
    return read.value.some((state) => {
      const claims = ofFamily(this.#claims, state.family);
      const listed = new Set(listBlocks(state, claims, now).map(({ subject }) => subject));
      const lasting = [...claims].filter(([, until]) => until === "forever" || until > now);
      return (
        lasting.some(([subject]) => !listed.has(subject)) ||
        [...listed].some((subject) => !claims.has(subject))
      );
    });
  }

  removeAll(): Promise<Result<undefined, string>> {
    return this.#inTurn(async () => {
      this.#claims = new Map();
      const failures: string[] = [];
      for (const [family, name] of this.#target.sets) {
        const failure = await this.#empty(new Map([[family, name]]));
        if (failure !== undefined) failures.push(failure);
      }
      return failures.length === 0 ? ok(undefined) : fail(failures.join("; "));
    });
  }

  /** Removes all elements of bailiff from one set. Returns why that failed. */
  async #empty(sets: NftTable["sets"]): Promise<string | undefined> {
    const read = await readStates(this.#run, { ...this.#target, sets });
    // What does not exist has no element.
    if (!read.ok) return /No such file/.test(read.error) ? undefined : read.error;
    for (const { definition, ours } of read.value) {
      const removed = [...ours.values()].map(({ text }) => text);
      const target = `${this.#target.table} ${definition.name}`;
      const done = await changeElements(this.#run, target, { removed, added: [] });
      if (!done.ok) return done.error;
    }
    return undefined;
  }

  async close(): Promise<void> {}
}

function ofFamily(claims: Claims, family: Family): Claims {
  return new Map([...claims].filter(([subject]) => familyOf(splitSubject(subject).ip) === family));
}
