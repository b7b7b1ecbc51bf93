/**
 * Watches the lines that the jails' rules do not know, per filter, and tells of each shape that has come to look like
 * failures, with the rule that would recognize it. The main path only leaves messages behind; they are looked at half a
 * second later, when the rest has been done.
 */
import { stackOf } from "../domain/thrown-error.ts";
import type { AlarmClock } from "../domain/clock.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import type { MinedShape } from "./drift/message-miner.ts";
import type { Emit } from "../telemetry/events.ts";
import type { LineTally } from "../pipeline/line-tally.ts";
import { lineScope } from "./evidence-scope.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";
import type { StateStore } from "../record/state-store.ts";
import {
  createProgramDrift,
  type DriftShape,
  type OpenPrograms,
  type ProgramDrift,
} from "./program-drift.ts";
import type { RuleProposals } from "./rule-proposals.ts";
import type { RunningConfig } from "../pipeline/running-config.ts";

export interface DriftWatch {
  tallyOf(filter: Filter): LineTally;
  /** By the name of the filter; undefined while no line was read by it. */
  of(filter: string): ProgramDrift | undefined;
  /** What would recognize the shape; loads what makes rules. */
  proposals(): Promise<RuleProposals>;
  /** What is known of the proposal of a shape that was told of; undefined: none was made yet. */
  proposed(shape: DriftShape): "safe" | "none" | undefined;
  /** Looks at what waits now, instead of in a moment. */
  catchUp(): Promise<void>;
  look(): Promise<void>;
  close(): void;
}

export interface DriftWatchOptions {
  readonly stateStore: StateStore;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  /** In [0, 1). */
  readonly chance: () => number;
  readonly openPrograms: OpenPrograms;
  readonly running: Pick<RunningConfig, "jails">;
  /** Something has come to be wrong. */
  readonly found: () => unknown;
}

const WAIT_MS = 500;

export function createDriftWatch(options: DriftWatchOptions): DriftWatch {
  const { stateStore, clock, emit, chance, openPrograms } = options;
  const programs = new Map<string, ProgramDrift>();
  const alarm = clock.alarm(() => mineAll());
  /** As long as the miner knows the shape: clients may make up new ones without end. */
  const verdicts = new WeakMap<MinedShape, "safe" | "none">();
  let rules: RuleProposals | undefined;
  let lastNumber = 0;
  let closed = false;

  function tallyOf(filter: Filter): LineTally {
    const known = programs.get(filter.name);
    known?.use(filter);
    if (known !== undefined) return bound(filter.name, known).lines;
    const waiting = (): void => (closed ? undefined : alarm.set(WAIT_MS));
    const made = createProgramDrift({
      filter,
      stateStore,
      chance,
      openPrograms,
      waiting,
      nextNumber,
    });
    programs.set(filter.name, made);
    return bound(filter.name, made).lines;
  }

  /** What is known belongs to the filter and the sources of the present configuration. */
  function bound(filter: string, program: ProgramDrift): ProgramDrift {
    const users = usersOf(filter);
    if (users.length > 0) program.bind([...new Set(users.map(lineScope))].sort().join(", "));
    return program;
  }

  function nextNumber(taken: number): number {
    const number = taken === 0 ? lastNumber + 1 : taken;
    lastNumber = Math.max(lastNumber, number);
    return number;
  }

  async function mineAll(): Promise<void> {
    try {
      for (const [name, program] of programs) {
        const fresh = await program.mine(clock.now());
        for (const shape of fresh) await tell(name, program, shape);
      }
    } catch (error) {
      const reason = stackOf(error);
      emit({ event: "bug", part: "drift", reason });
    }
  }

  async function tell(filter: string, program: ProgramDrift, shape: DriftShape): Promise<void> {
    const users = usersOf(filter);
    const [first] = users;
    if (first === undefined) return;
    const { definition } = first;
    const proposal = (await proposals()).of({ definition, program, shape });
    verdicts.set(shape.mined, proposal.ok ? "safe" : "none");
    program.save();
    const { mined, suspicion, number } = shape;
    for (const { jail } of users)
      emit({
        event: "drift-found",
        jail: jail.name,
        shape: mined.text,
        lines: mined.count,
        addresses: mined.addresses(),
        reason: suspicion.reasons.join(", "),
        rule: proposal.ok ? proposal.value.line : undefined,
        fix: proposal.ok
          ? `bailiff drift --accept ${number} ${jail.name}`
          : `bailiff drift ${jail.name}`,
      });
    options.found();
  }

  function usersOf(filter: string): readonly LiveJail[] {
    return options.running.jails.filter(({ jail }) => jail.filter.name === filter);
  }

  async function proposals(): Promise<RuleProposals> {
    const { createRuleProposals } = await import("./rule-proposals.ts");
    rules ??= createRuleProposals();
    return rules;
  }

  async function look(): Promise<void> {
    for (const [name, program] of programs) {
      const definition: FilterDefinition | undefined = usersOf(name)[0]?.definition;
      if (definition !== undefined) await bound(name, program).look(definition, clock.now());
    }
  }

  return {
    tallyOf,
    of(filter) {
      const program = programs.get(filter);
      return program === undefined ? undefined : bound(filter, program);
    },
    proposals,
    proposed: ({ mined }) => verdicts.get(mined),
    catchUp: mineAll,
    look,
    close() {
      closed = true;
      alarm.clear();
      for (const program of programs.values()) program.save();
    },
  };
}
