/**
 * Tracks the drift of one filter's programs. It has the shapes and daily shares of unrecognized lines, and the version
 * of the program that wrote them. Nothing here runs on the main path. The days, the program and the most suspicious
 * shapes survive a restart.
 */
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { Instant } from "../domain/instant.ts";
import {
  addLines,
  type DayCount,
  type LineShare,
  recentShare,
  shareDrifted,
  usualShare,
} from "./drift/drift.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import {
  formatDriftState,
  parseDriftState,
  type ProgramChange,
} from "./program-drift/drift-state.ts";
import type { StateStore } from "../record/state-store.ts";
import { createMissedLines, type MissedLines } from "./program-drift/missed-lines.ts";
import { type OpenPrograms, ProgramVersions } from "./program-drift/program-versions.ts";
import {
  type DriftShape,
  ShapeTable,
  type ShapeTableOptions,
} from "./program-drift/shape-table.ts";

export type { DriftShape, OpenPrograms };

export interface DriftFacts {
  readonly recent: LineShare;
  readonly usual: LineShare | undefined;
  /** Whether far more lines are unrecognized than usual, and some of them are suspicious. */
  readonly shareDrifted: boolean;
  readonly change: ProgramChange | undefined;
  readonly lastLine: Instant | undefined;
  readonly skipped: number;
  readonly evicted: number;
}

export interface ProgramDriftOptions {
  readonly filter: Filter;
  readonly stateStore: StateStore;
  readonly chance: () => number;
  readonly openPrograms: OpenPrograms;
  /** Called when the first message is queued for mining. */
  readonly onWaiting: () => void;
  readonly nextNumber: ShapeTableOptions["nextNumber"];
}

const SAVE_EVERY_MS = 300_000;
/** A shape is suspicious from this rank on, if it has at least SUSPICIOUS_LINES lines. */
const SUSPICIOUS_RANK = 3;
const SUSPICIOUS_LINES = 20;

export class ProgramDrift {
  readonly #name: string;
  readonly #stateStore: StateStore;
  readonly lines: MissedLines;
  readonly #shapes: ShapeTable;
  readonly #versions: ProgramVersions;
  #scope: string | undefined;
  #days: readonly DayCount[];
  /** Lines that `#days` already includes. */
  #counted = { known: 0, unknown: 0 };
  #lastLine: Instant | undefined;
  #isFirstLook = true;
  #savedAt: number | undefined;

  constructor({ filter, stateStore, chance, openPrograms, ...options }: ProgramDriftOptions) {
    this.#name = `drift ${filter.name}`;
    this.#stateStore = stateStore;
    const { scope, days, program, change, shapes } = parseDriftState(stateStore.load(this.#name));
    this.#scope = scope;
    this.#days = days;
    this.lines = createMissedLines(chance, options.onWaiting);
    this.#shapes = new ShapeTable({ filter, kept: shapes, nextNumber: options.nextNumber });
    this.#versions = new ProgramVersions(openPrograms, { program, change });
  }

  /** Replaces the filter; lines that it recognizes are not drift. */
  use(filter: Filter): void {
    this.#shapes.use(filter);
  }

  /** Sets the scope: the sources that the filter reads. Lines of another scope are dropped. */
  bind(scope: string): void {
    if (scope === this.#scope) return;
    this.#scope = scope;
    this.#shapes.clear();
    this.#versions.forgetChange();
    this.lines.take();
    this.#counted = { known: this.lines.recognized, unknown: this.lines.unknown };
    this.#days = [];
    this.#lastLine = undefined;
    this.save();
  }

  /** Mines the queued messages; returns shapes that have just begun to look like failures. */
  async mine(now: Instant): Promise<readonly DriftShape[]> {
    const messages = this.lines.take();
    this.#countLines(now);
    if (messages.length === 0) return [];
    return this.#shapes.add(messages, now, this.lines.failures);
  }

  #countLines(now: Instant): void {
    const { recognized, unknown } = this.lines;
    const fresh = {
      known: recognized - this.#counted.known,
      unknown: unknown - this.#counted.unknown,
    };
    if (fresh.known + fresh.unknown === 0) return;
    this.#counted = { known: recognized, unknown };
    this.#days = addLines(this.#days, fresh, now);
    this.#lastLine = now;
    this.#versions.countLines(fresh);
  }

  /** Checks the program's version, forgets old shapes, and saves the state; called periodically. */
  async look({ programs }: FilterDefinition, now: Instant): Promise<void> {
    this.#countLines(now);
    await this.#shapes.restoreKept();
    this.#shapes.forgetOld(now);
    // The first look is part of the start, so it does not search for programs.
    if (this.#isFirstLook) this.#isFirstLook = false;
    else if (await this.#versions.look(programs, now, () => recentShare(this.#days, now)))
      this.save();
    this.#savedAt ??= now;
    if (now - this.#savedAt < SAVE_EVERY_MS) return;
    this.#savedAt = now;
    this.save();
  }

  /** Returns the shapes, most suspicious first. */
  shapes(): readonly DriftShape[] {
    return this.#shapes.list();
  }

  facts(now: Instant): DriftFacts {
    const recent = recentShare(this.#days, now);
    const usual = usualShare(this.#days, now);
    const isSuspicious = this.shapes().some(
      ({ suspicion, mined }) =>
        suspicion.rank >= SUSPICIOUS_RANK && mined.count >= SUSPICIOUS_LINES,
    );
    return {
      recent,
      usual,
      shareDrifted: isSuspicious && shareDrifted(recent, usual),
      change: this.#versions.state.change,
      lastLine: this.#lastLine,
      skipped: this.lines.skipped,
      evicted: this.#shapes.evicted,
    };
  }

  save(): void {
    const state = {
      ...{ scope: this.#scope, days: this.#days },
      ...this.#versions.state,
      shapes: [...this.#shapes.toKeep()],
    };
    this.#stateStore.save(this.#name, formatDriftState(state));
  }
}
