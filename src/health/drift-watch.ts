/**
 * Reports shapes of unrecognized lines that begin to look like failures, with a rule that recognizes them. The main
 * path only queues the messages; they are mined half a second later.
 */
import { stackOf } from "../domain/thrown-error.ts";
import type { Alarm, AlarmClock } from "../domain/clock.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import type { MinedShape } from "./drift/message-miner.ts";
import type { Emit } from "../telemetry/events.ts";
import type { LineTally } from "../pipeline/line-tally.ts";
import { lineScope } from "./evidence-scope.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";
import type { StateStore } from "../record/state-store.ts";
import { ProgramDrift, type DriftShape, type OpenPrograms } from "./program-drift.ts";
import type { RuleProposals } from "./rule-proposals.ts";
import type { RunningConfig } from "../pipeline/running-config.ts";

export interface DriftWatchOptions {
  readonly stateStore: StateStore;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  /** Returns a random number in [0, 1). */
  readonly chance: () => number;
  readonly openPrograms: OpenPrograms;
  readonly running: Pick<RunningConfig, "jails">;
  /** Called after a shape was reported. */
  readonly onFound: () => unknown;
}

const WAIT_MS = 500;

export class DriftWatch {
  readonly #options: DriftWatchOptions;
  /** By filter name. */
  readonly #programs = new Map<string, ProgramDrift>();
  readonly #alarm: Alarm;
  /** Weak, so that entries end with the shapes: clients can create shapes without limit. */
  readonly #verdicts = new WeakMap<MinedShape, "safe" | "none">();
  #rules: RuleProposals | undefined;
  #lastNumber = 0;
  #isClosed = false;

  constructor(options: DriftWatchOptions) {
    this.#options = options;
    this.#alarm = options.clock.alarm(() => this.catchUp());
  }

  tallyOf(filter: Filter): LineTally {
    const known = this.#programs.get(filter.name);
    known?.use(filter);
    const program = known ?? this.#create(filter);
    this.#programs.set(filter.name, program);
    return this.#bind(filter.name, program).lines;
  }

  #create(filter: Filter): ProgramDrift {
    const { stateStore, chance, openPrograms } = this.#options;
    return new ProgramDrift({
      ...{ filter, stateStore, chance, openPrograms },
      onWaiting: () => {
        if (!this.#isClosed) this.#alarm.set(WAIT_MS);
      },
      nextNumber: (taken) => this.#nextNumber(taken),
    });
  }

  #nextNumber(taken: number): number {
    const number = taken === 0 ? this.#lastNumber + 1 : taken;
    this.#lastNumber = Math.max(this.#lastNumber, number);
    return number;
  }

  /**
   * Sets the scope of a filter's drift, its sources in the present configuration; lines of another scope are dropped.
   */
  #bind(filter: string, program: ProgramDrift): ProgramDrift {
    const users = this.#usersOf(filter);
    if (users.length > 0) program.bind([...new Set(users.map(lineScope))].sort().join(", "));
    return program;
  }

  #usersOf(filter: string): readonly LiveJail[] {
    return this.#options.running.jails.filter(({ jail }) => jail.filter.name === filter);
  }

  /** Returns the drift of a filter by name; undefined if it has read no line. */
  of(filter: string): ProgramDrift | undefined {
    const program = this.#programs.get(filter);
    return program === undefined ? undefined : this.#bind(filter, program);
  }

  /** Mines the queued messages immediately. */
  async catchUp(): Promise<void> {
    const { clock, emit } = this.#options;
    try {
      for (const [name, program] of this.#programs) {
        const fresh = await program.mine(clock.now());
        for (const shape of fresh) await this.#report(name, program, shape);
      }
    } catch (error) {
      emit({ event: "bug", part: "drift", reason: stackOf(error) });
    }
  }

  async #report(filter: string, program: ProgramDrift, shape: DriftShape): Promise<void> {
    const users = this.#usersOf(filter);
    const [first] = users;
    if (first === undefined) return;
    const rules = await this.proposals();
    const proposal = rules.of({ definition: first.definition, program, shape });
    this.#verdicts.set(shape.mined, proposal.ok ? "safe" : "none");
    program.save();
    const { mined, suspicion, number } = shape;
    for (const { jail } of users)
      this.#options.emit({
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
    this.#options.onFound();
  }

  /** Proposes rules for shapes; the first call loads the code. */
  async proposals(): Promise<RuleProposals> {
    const { createRuleProposals } = await import("./rule-proposals.ts");
    this.#rules ??= createRuleProposals();
    return this.#rules;
  }

  /** Returns whether a rule was proposed for a reported shape; undefined: not tried yet. */
  proposed({ mined }: DriftShape): "safe" | "none" | undefined {
    return this.#verdicts.get(mined);
  }

  async look(): Promise<void> {
    for (const [name, program] of this.#programs) {
      const definition: FilterDefinition | undefined = this.#usersOf(name)[0]?.definition;
      if (definition !== undefined)
        await this.#bind(name, program).look(definition, this.#options.clock.now());
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#alarm.clear();
    for (const program of this.#programs.values()) program.save();
  }
}
