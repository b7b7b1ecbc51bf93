/**
 * Keeps one enforcer equal to the ban book. The book is the desired state, the firewall a cache of it (invariant 1).
 * `sync` applies decided changes; `reconcile` repairs everything: at start, periodically, after changes and failures.
 */
import { reasonOf } from "../host/explain-system-error.ts";
import type { Author } from "../domain/author.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Alarm, AlarmClock } from "../domain/clock.ts";
import { duration } from "../domain/duration.ts";
import type { Block, Change, EnforcedBlock, Enforcer, Prepared } from "../domain/enforcer.ts";
import type { EnforcerView } from "../domain/enforcer-view.ts";
import type { Instant } from "../domain/instant.ts";
import type { BanKey } from "./ban-key.ts";
import type { ReadBack } from "./read-back.ts";
import { busiestOf } from "./enforcement/busiest-subjects.ts";
import { followChanges } from "./enforcement/follow-changes.ts";
import { type Cause, type Damage, RepairReporter } from "./enforcement/repair-reporter.ts";
import { RefusalReporter } from "./enforcement/refusal-reporter.ts";
import { BlockLimit, leftOutOf } from "./enforcement/block-limit.ts";
import {
  type Applied,
  equalize,
  type Equalized,
  type EqualizeOptions,
  explainFull,
  sweep,
} from "./enforcement/equalize.ts";
import type { Repair } from "./repair-tally.ts";
import { createBackoff } from "../host/backoff.ts";
import { processorTime } from "../host/process/processor-time.ts";
import type { Emit } from "../telemetry/events.ts";

export type { Cause };

export interface EnforcementOptions {
  readonly enforcer: Enforcer;
  readonly view: EnforcerView;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  /** Called after the known state of the firewall changed: it was repaired, became unusable, or is usable again. */
  readonly onChange: () => void;
}

/** Maximum number of bans that wait for a call of a slow enforcer; with more, everything is compared later. */
const MAX_DUE = 200_000;

export class Enforcement {
  /** Whether it was ever read completely, or held a block. Otherwise nothing shows that it drops anything. */
  hasWorked = false;
  /** What to do about the trouble; undefined: nothing more than a retry is known. */
  fix: string | undefined;
  readonly #options: EnforcementOptions;
  readonly #parts: EqualizeOptions;
  readonly #backoff = createBackoff({ first: duration(250), longest: duration(30_000) });
  readonly #retryAlarm: Alarm;
  readonly #repairs: RepairReporter;
  readonly #refusals: RefusalReporter;
  readonly #limit: BlockLimit | undefined;
  #due: BanKey[] = [];
  #dueCall: Promise<void> | undefined;
  /** The latest call to the firewall, after which the next one runs. */
  #lastCall: Promise<unknown> = Promise.resolve();
  #unavailable: string | undefined;
  #readBack: ReadBack | undefined;
  #busiest: readonly Subject[] = [];
  readonly #removers = new Set<string>();
  #isWatching = true;
  /** Ends all retries: afterwards the rules may be removed, or belong to another run. */
  #end: AbortSignal | undefined;

  constructor(options: EnforcementOptions) {
    this.#options = options;
    this.#repairs = new RepairReporter(options);
    this.#refusals = new RefusalReporter(options);
    const { capacity } = options.enforcer.abilities;
    this.#limit = capacity === undefined ? undefined : new BlockLimit(capacity);
    this.#parts = {
      ...options,
      limit: this.#limit,
      // A block of an enforcer that does not enforce proves nothing, even if the enforcer lists it.
      proves: () => options.enforcer.enforcing && this.#removers.size === 0,
      apply: (changes, now) => this.#apply(changes, now),
    };
    this.#retryAlarm = options.clock.alarm(() => this.reconcile("retry"));
  }

  /** Applies the book's current state of these bans. Bans that come while a call waits are applied by that call. */
  sync(bans: readonly BanKey[]): Promise<void> {
    const { view } = this.#options;
    const own = bans.filter(({ jail, scope }) => view.holds(jail, scope));
    if (own.length === 0) return Promise.resolve();
    if (this.#due.length + own.length > MAX_DUE) this.#retryLater();
    else this.#due.push(...own);
    this.#dueCall ??= this.#inOrder(() => this.#applyDue());
    return this.#dueCall;
  }

  async #applyDue(): Promise<void> {
    const { view, clock } = this.#options;
    const due = this.#due.splice(0);
    this.#dueCall = undefined;
    const now = clock.now();
    const confirm = view.beginChanges();
    const changes = due.map(({ subject, scope: banned }): Change => {
      const key = { subject, scope: view.scopeOf(banned) };
      const block = view.blockAfter(key, now);
      return block === undefined ? { kind: "remove", ...key } : { kind: "add", ...block };
    });
    const { enforced, complete } = await this.#apply(this.#fit(changes), now);
    if (this.#parts.proves()) confirm(enforced);
    if (!complete || this.#limit?.hasRoom === true) this.#retryLater();
  }

  /** Leaves out blocks for which the enforcer has no room. */
  #fit(changes: readonly Change[]): readonly Change[] {
    if (this.#limit === undefined) return changes;
    const { chosen, leftOut } = this.#limit.chooseChanges(changes);
    for (const key of leftOut) this.#options.view.markPending(key, explainFull(this.#limit));
    return chosen;
  }

  /** Returns what was enforced, and whether everything was. The rest stays pending in the book. */
  async #apply(changes: readonly Change[], now: Instant): Promise<Applied> {
    const refusals = await this.#options.enforcer.apply(changes, now);
    const refused = new Set(refusals.map(({ change }) => change));
    for (const { change, error } of refusals)
      if (change.kind === "add") this.#options.view.markPending(change, error);
    this.#refusals.report(refusals);
    const enforced = changes.filter(
      (change): change is Block & Change => change.kind === "add" && !refused.has(change),
    );
    this.hasWorked ||= enforced.length > 0;
    return { enforced, refused: refusals.length, complete: !refusals.some((one) => one.retryable) };
  }

  /** Compares and repairs the whole firewall. Resolves when each ban is known to be enforced or not. */
  reconcile(cause: Cause, by?: Promise<Author | undefined>): Promise<void> {
    const { onChange, clock, enforcer } = this.#options;
    return this.#readInOrder(async () => {
      const began = clock.monotonic();
      const before = this.#unavailable;
      const wasProven = this.isComplete();
      const prepared = await enforcer.prepare(clock.now());
      if (prepared.error !== undefined) return this.#noteFailure(prepared.error, prepared.fix);
      const found = await equalize(this.#parts);
      this.#noteReading(found, prepared);
      const { restored, extra = 0 } = found;
      const repaired = prepared.repaired || restored > 0 || extra > 0;
      // Bans that the book added since then are applied here too, and are no damage.
      const damaged =
        cause === "retry" || cause === "foreign" || prepared.repaired || !this.#isWatching;
      const reports = damaged && cause !== "start";
      const damage: Damage = { missing: restored, extra, structure: prepared.repaired, began };
      if (repaired && reports) await this.#repairs.report(damage, cause, by);
      if (repaired || this.#unavailable !== before || this.isComplete() !== wasProven) onChange();
      // Not awaited, because every wanted ban is already proven to be in force.
      if (found.extra === undefined) void this.#sweep(reports && !repaired, cause, by);
    });
  }

  /** Removes unwanted blocks, if it is unknown whether any exist. `reports`: whether they are reported as damage. */
  #sweep(reports: boolean, cause: Cause, by?: Promise<Author | undefined>): Promise<void> {
    return this.#readInOrder(async () => {
      const began = this.#options.clock.monotonic();
      const { extra, complete } = await sweep(this.#parts);
      if (!complete) this.#retryLater();
      if (extra > 0 && reports)
        await this.#repairs.report({ missing: 0, extra, structure: false, began }, cause, by);
    });
  }

  /** Runs `work` like `#inOrder`. If a reading fails, nothing counts as proven. */
  #readInOrder(work: () => Promise<void>): Promise<void> {
    return this.#inOrder(async () => {
      try {
        await work();
      } catch (error) {
        this.#noteFailure(reasonOf(error));
      }
    });
  }

  #noteReading(found: Equalized, prepared: Prepared): void {
    const { complete, busy, restored, missing } = found;
    const held = found.blocks - missing;
    const counts = { blocks: held + restored, restored, refused: missing - restored };
    this.hasWorked ||= complete || held > 0;
    this.#busiest = busiestOf(busy);
    [this.#unavailable, this.fix] = [complete ? undefined : "some bans are pending", undefined];
    if (!complete) return this.#retryLater();
    const now = { at: this.#options.clock.now(), ...counts };
    this.#readBack = { ...prepared, ...now, ...leftOutOf(this.#limit) };
    this.#backoff.reset();
    if (counts.refused === 0) this.#refusals.forget();
  }

  #noteFailure(reason: string, fix?: string): void {
    const { view, onChange, emit } = this.#options;
    const isNew = this.#unavailable !== reason;
    const advised = fix === undefined ? reason : `${reason}: ${fix}`;
    if (isNew) emit({ event: "firewall-unavailable", reason: advised });
    [this.#unavailable, this.fix] = [reason, fix];
    view.markAllPending(reason);
    this.#retryLater();
    if (isNew) onChange();
  }

  #retryLater(): void {
    if (this.#end?.aborted !== true) this.#retryAlarm.set(this.#backoff.next());
  }

  /** Follows changes by other programs until `signal` aborts. */
  watch(signal: AbortSignal): Promise<void> {
    const { clock, emit, enforcer } = this.#options;
    this.#end = signal;
    signal.addEventListener("abort", () => this.#retryAlarm.clear(), { once: true });
    return followChanges(
      {
        ...{ clock, emit, processorTime },
        changes: enforcer.watch(signal),
        monitor: (state) => {
          this.#isWatching = state === "watching";
        },
        repair: (by) => this.reconcile("foreign", by),
      },
      signal,
    );
  }

  /** Returns packets dropped so far, per block; empty if they cannot be read. Runs beside changes, so it never waits. */
  count(subjects: readonly Subject[]): Promise<readonly EnforcedBlock[]> {
    return this.#options.enforcer.count(subjects).catch(() => []);
  }

  /** Returns when the whole firewall was last read, and what it contained. */
  readBack(): ReadBack | undefined {
    return this.#removers.size === 0 ? this.#readBack : undefined;
  }

  /** Returns whether every wanted block was in force at the last reading, and none was refused since then. */
  isComplete(): boolean {
    return this.readBack() !== undefined && this.#unavailable === undefined;
  }

  /** Forgets what is proven, because the enforcer must hold other bans now, and compares again. */
  restart(): Promise<void> {
    this.#readBack = undefined;
    this.#options.view.markAllPending(undefined);
    return this.reconcile("start");
  }

  /** Proves nothing until `reapply`, because `remover` may remove blocks of this enforcer. */
  doubt(remover: string): void {
    this.#removers.add(remover);
    this.#options.view.markAllPending(undefined);
  }

  /** Must be called when `remover` has ended: applies every block again that the enforcer cannot read back. */
  reapply(remover: string): Promise<void> {
    void this.#inOrder(async () => {
      this.#options.enforcer.invalidate?.();
      this.#removers.delete(remover);
    });
    return this.restart();
  }

  /** Returns the newest repairs of damage, oldest first. */
  repairs(): readonly Repair[] {
    return this.#repairs.list();
  }

  /** Returns whether changes by other programs are observed live. */
  watching(): boolean {
    return this.#isWatching;
  }

  /** Returns the subjects with the most dropped packets at the last reading. */
  busiest(): readonly Subject[] {
    return this.#busiest;
  }

  /** Returns why the firewall is unusable; undefined if it is usable. */
  trouble(): string | undefined {
    return this.#unavailable;
  }

  /** Resolves when no call to the firewall is pending, which may have started further calls. */
  async settled(): Promise<void> {
    for (let last: unknown; last !== this.#lastCall; await last) last = this.#lastCall;
  }

  /** Runs one call at a time, in order, as the enforcer requires. */
  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastCall.then(work);
    this.#lastCall = result.catch(() => undefined);
    return result;
  }
}
