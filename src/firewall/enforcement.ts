/**
 * Keeps the firewall equal to the ban book. The book is the desired state, the firewall a cache of it (invariant 1):
 * changes go through `sync` as they are decided, and `reconcile` compares and repairs everything at start, after a
 * foreign change, after a failure (with backoff) and from time to time. One firewall call at a time.
 */
import { reasonOf } from "../host/explain-system-error.ts";
import { type Author, formatAuthor } from "../domain/author.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { AlarmClock } from "../domain/clock.ts";
import { duration } from "../domain/duration.ts";
import type { Block, Change, EnforcedBlock, Enforcer } from "../domain/enforcer.ts";
import type { Instant } from "../domain/instant.ts";
import { OBSERVED, type PortScope } from "../domain/port-scope.ts";
import { followChanges } from "./enforcement/follow-changes.ts";
import { type Applied, equalize, type Equalized, sweep } from "./enforcement/equalize.ts";
import type { Repair } from "./repair-tally.ts";
import { createBackoff } from "../host/backoff.ts";
import { processorTime } from "../host/process/processor-time.ts";
import type { Emit } from "../telemetry/events.ts";
import { createRepairLog } from "./repair-log.ts";

export interface BlockKey {
  readonly subject: Subject;
  readonly scope: PortScope;
}

export interface EnforcementOptions {
  readonly enforcer: Enforcer;
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  /** Called after what is known of the firewall changed: it was repaired, cannot be used, can be used again. */
  readonly changed: () => void;
}

/** A reading of the whole firewall, equal to the book or made so. */
export interface ReadBack {
  readonly at: Instant;
  /** The way a packet takes; undefined where nothing is enforced. */
  readonly seen: string | undefined;
  /** Blocks in force. */
  readonly blocks: number;
  /** How many of them had to be put back. */
  readonly missing: number;
}

type Cause = "start" | "foreign" | "retry" | "periodic" | "request";

interface Damage {
  readonly missing: number;
  readonly extra: number;
  readonly structure: boolean;
  /** When its repair began. */
  readonly began: number;
}

export interface Enforcement {
  /** Brings these keys to what the book says now. */
  sync(keys: readonly BlockKey[]): Promise<void>;
  /** Resolves when every ban is known to be held, or known not to be. */
  reconcile(cause: Cause): Promise<void>;
  /** Packets dropped for these subjects so far, per block in force. */
  count(subjects: readonly Subject[]): Promise<readonly EnforcedBlock[]>;
  /** Follows what other programs do to the firewall until `signal` aborts. */
  watch(signal: AbortSignal): Promise<void>;
  /** When the whole firewall was last read back, and what it held. */
  readBack(): ReadBack | undefined;
  /** The newest times that something was found broken and repaired, oldest first. */
  repairs(): readonly Repair[];
  /** Whether changes by other programs are seen as they are made. */
  watching(): boolean;
  /** Subjects most packets of which were dropped, when it was last read back. */
  busiest(): readonly Subject[];
  /** Why the firewall cannot be used at the moment. */
  trouble(): string | undefined;
  /** Resolves when no call to the firewall is under way. */
  settled(): Promise<void>;
}

/** How many of the busiest subjects are told. */
const BUSIEST = 32;

export function createEnforcement({
  enforcer,
  book,
  clock,
  emit,
  changed,
}: EnforcementOptions): Enforcement {
  const backoff = createBackoff({ first: duration(250), longest: duration(30_000) });
  const retry = clock.alarm(() => reconcile("retry"));
  let turn: Promise<unknown> = Promise.resolve();
  let unavailable: string | undefined;
  let readBack: ReadBack | undefined;
  let busiest: readonly Subject[] = [];
  const repairs = createRepairLog();
  const parts = { enforcer, book, clock, apply };
  let watching = true;

  /** One call at a time, in the order they came (the enforcer's contract). */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  function sync(keys: readonly BlockKey[]): Promise<void> {
    if (keys.length === 0) return Promise.resolve();
    return inTurn(async () => {
      const now = clock.now();
      const changes = keys.map(({ subject, scope }): Change => {
        const block = book.blockAfter(subject, scope, now);
        return block === undefined ? { kind: "remove", subject, scope } : { kind: "add", ...block };
      });
      const { enforced, complete } = await apply(changes, now);
      confirm(enforced);
      if (!complete) retryLater();
    });
  }

  /** What took, and whether all of it did. What did not stays pending in the book, with the enforcer's words. */
  async function apply(changes: readonly Change[], now: Instant): Promise<Applied> {
    const refusals = await enforcer.apply(changes, now);
    const refused = new Set(refusals.map(({ change }) => change));
    for (const { change, error } of refusals) refuse(change, error);
    const enforced = changes.filter(
      (change): change is Block & Change => change.kind === "add" && !refused.has(change),
    );
    const complete = refusals.every((refusal) => !refusal.retryable);
    return { enforced, refused: refusals.length, complete };
  }

  /** A block that no firewall holds is not enforced, however well it was noted. */
  function confirm(blocks: readonly Block[]): void {
    if (enforcer.enforcing) book.markEnforced(blocks.filter(({ scope }) => scope !== OBSERVED));
  }

  function refuse(change: Change, reason: string): void {
    if (change.kind === "add") book.markPending(change.subject, change.scope, reason);
    emit({ event: "enforce-refused", ip: change.subject, change: change.kind, reason });
  }

  function reconcile(cause: Cause, by?: Promise<Author | undefined>): Promise<void> {
    return readInTurn(async () => {
      const began = clock.monotonic();
      const before = unavailable;
      const prepared = await enforcer.prepare(clock.now());
      if (prepared.error !== undefined) {
        becomeUnavailable(prepared.error);
        return;
      }
      const found = await equalize(parts);
      settle(found, prepared.seen);
      const { restored, extra = 0 } = found;
      const repaired = prepared.repaired || restored > 0 || extra > 0;
      // What the book has decided meanwhile is put in here as well: that is nobody's damage.
      const damaged = cause === "retry" || cause === "foreign" || prepared.repaired || !watching;
      const told = repaired && damaged && cause !== "start";
      const damage = { missing: restored, extra, structure: prepared.repaired, began };
      if (told) await tellRepair(damage, cause, by);
      if (repaired || unavailable !== before) changed();
      // Not waited for: what is to be held is proven.
      if (found.extra === undefined) void sweepAfter({ told, damaged }, cause, by);
    });
  }

  /** Removes what nobody wants, where the reconciliation before could not tell whether there is any. */
  function sweepAfter(
    before: { readonly told: boolean; readonly damaged: boolean },
    cause: Cause,
    by: Promise<Author | undefined> | undefined,
  ): Promise<void> {
    return readInTurn(async () => {
      const began = clock.monotonic();
      const { extra, complete } = await sweep(parts);
      if (!complete) retryLater();
      const told = !before.told && before.damaged && cause !== "start";
      if (extra > 0 && told)
        await tellRepair({ missing: 0, extra, structure: false, began }, cause, by);
    });
  }

  /** Reading the firewall back can fail like any call to it: nothing is proven then. */
  function readInTurn(work: () => Promise<void>): Promise<void> {
    return inTurn(async () => {
      try {
        await work();
      } catch (error) {
        becomeUnavailable(reasonOf(error));
      }
    });
  }

  async function tellRepair(
    { missing, extra, structure, began }: Damage,
    cause: Cause,
    by: Promise<Author | undefined> | undefined,
  ): Promise<void> {
    const took = duration(clock.monotonic() - began);
    const author = await by;
    // What had failed before and is tried again was broken by nobody.
    if (cause !== "retry") repairs.note({ at: clock.now(), by: author, missing, structure, took });
    const named = author === undefined ? "unknown" : formatAuthor(author);
    emit({ event: "firewall-repaired", missing, extra, structure, took, by: named });
  }

  function settle({ complete, blocks, missing, busy }: Equalized, seen: string | undefined): void {
    busiest = busiestOf(busy);
    unavailable = complete ? undefined : "some bans are pending";
    if (complete) {
      readBack = { at: clock.now(), seen, blocks, missing };
      backoff.reset();
    } else retryLater();
  }

  function becomeUnavailable(reason: string): void {
    const news = unavailable !== reason;
    if (news) emit({ event: "firewall-unavailable", reason });
    unavailable = reason;
    book.markAllPending(reason);
    retryLater();
    if (news) changed();
  }

  function retryLater(): void {
    retry.set(backoff.next());
  }

  function watch(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => retry.clear(), { once: true });
    return followChanges(
      {
        ...{ clock, emit, processorTime },
        changes: enforcer.watch(signal),
        monitor: (state) => {
          watching = state === "watching";
        },
        repair: (by) => reconcile("foreign", by),
      },
      signal,
    );
  }

  return {
    sync,
    reconcile,
    // Beside the changes, which must not wait for whoever asks. Without an answer nothing is known: an empty list.
    count: (subjects) => enforcer.count(subjects).catch(() => []),
    watch,
    readBack: () => readBack,
    repairs: () => repairs.list(),
    watching: () => watching,
    busiest: () => busiest,
    trouble: () => unavailable,
    async settled() {
      // What was under way may have led to more.
      for (let last: unknown; last !== turn; await last) last = turn;
    },
  };
}

function busiestOf(blocks: readonly EnforcedBlock[]): readonly Subject[] {
  return blocks
    .toSorted((a, b) => (b.packets ?? 0) - (a.packets ?? 0))
    .slice(0, BUSIEST)
    .map(({ subject }) => subject);
}
