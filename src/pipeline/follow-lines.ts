/**
 * Follows one source, in flow order: a batch of lines → matches → attempts → windows → decisions → one commit of all of
 * it, the cursor included (invariants 2 and 5) → the firewall. Cost per line does not grow with the number of jails:
 * each distinct filter reads a line once, and only a failure visits the jails that use the filter.
 */
import type { BanOpening, BookStep } from "../domain/ban-book.ts";
import { duration } from "../domain/duration.ts";
import { OBSERVED } from "../domain/port-scope.ts";
import { nextTurn } from "../host/timers.ts";
import type { Histogram } from "../telemetry/histogram.ts";
import type { Instant } from "../domain/instant.ts";
import type { Cursor, LineBatch } from "../domain/line-batch.ts";
import type { Jail } from "../jails/jail.ts";
import type { ForwardingClaim } from "../jails/suspected-proxies.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";
import type { LineRouter, Routed } from "../parse/route/line-sink.ts";
import { explainColumns } from "../parse/route/unknown-columns.ts";
import { announceBans } from "./announce-bans.ts";
import { clocksCursor, recallClocks } from "./follow-lines/clocks.ts";
import { arrangeEntries } from "./follow-lines/entries.ts";
import {
  type CounterOptions,
  type CounterParts,
  FailureCounter,
} from "./follow-lines/failure-counter.ts";
import { RereadLines } from "./follow-lines/reread-lines.ts";
import { createUnprovenSenders, type UnprovenSenders } from "./follow-lines/unproven-senders.ts";
import { OffenseJudge, type JudgeOptions } from "./judge-offenses.ts";
import type { LineTally } from "./line-tally.ts";
import { changedReadMarks } from "./read-marks.ts";
import type { Watch } from "./sources/source-plan.ts";

export { type CounterParts, FailureCounter } from "./follow-lines/failure-counter.ts";

export interface FollowOptions
  extends JudgeOptions,
    Omit<CounterOptions, "allow" | "book" | "forwarders"> {
  readonly localOffset: LocalOffset;
  /** Called before the lines of a batch are counted, so that a step of the clock first shifts the stored times. */
  readonly checkClock: () => void;
  /** Called with the first line of each peer that names another client. */
  readonly onForwardersFound?: (claims: readonly ForwardingClaim[]) => Promise<void>;
  /** Name of the source, for display. */
  readonly where: string;
  /** Returns the tally of lines of a filter's programs, and how many of them its rules recognize. */
  readonly tallyOf?: (filter: Filter) => LineTally;
  /** Receives the time from reading a line until every firewall of its jail confirmed the ban. */
  readonly banLatency?: Histogram;
}

interface CountingParts extends CounterParts {
  readonly reread: RereadLines;
}

export class LineFollower {
  readonly #watches: readonly Watch[];
  readonly #options: FollowOptions;
  readonly #jails: ReadonlySet<Jail>;
  readonly #router: LineRouter;
  readonly #counting: CountingParts;
  readonly #unproven: UnprovenSenders;
  #overLimit = 0;

  constructor(watches: readonly Watch[], options: FollowOptions) {
    const clocks = recallClocks(options.book, watches, options.clock.now());
    const { entries, router } = arrangeEntries(watches, { ...options, clocks });
    this.#watches = watches;
    this.#options = options;
    this.#jails = new Set(watches.map(({ jail }) => jail));
    this.#router = router;
    const judge = new OffenseJudge(options);
    this.#counting = { entries, judge, reread: new RereadLines(this.#jails, options), options };
    this.#unproven = createUnprovenSenders(watches, options);
  }

  /** Number of lines on which rules gave up because they took too long. */
  get overLimit(): number {
    return this.#overLimit;
  }

  /** Does nothing, not even to the cursors, once `signal` has aborted. */
  follow(batch: LineBatch, cursors: readonly Cursor[], signal?: AbortSignal): Promise<void> {
    return this.#follow(batch, cursors, this.#counting, signal);
  }

  /**
   * Follows lines before the position of their reader. They do not count for drift: which of them the reader has
   * delivered, or will deliver again, is known only of failures.
   */
  catchUp(batch: LineBatch, signal?: AbortSignal): Promise<void> {
    const entries = this.#counting.entries.map((entry) => ({ ...entry, lines: undefined }));
    return this.#follow(batch, [], { ...this.#counting, entries }, signal);
  }

  async #follow(
    batch: LineBatch,
    cursors: readonly Cursor[],
    counting: CountingParts,
    signal?: AbortSignal,
  ): Promise<void> {
    for (const _ of this.#router.prepare(batch)) {
      await nextTurn();
      if (signal?.aborted === true) return;
    }
    const { book, canaries, checkClock, emit, enforce, forwarders } = this.#options;
    const { judge, reread } = counting;
    checkClock();
    const began = this.#options.clock.monotonic();
    const turn = judge.begin();
    const { now, steps, guarded } = turn;
    canaries?.see(batch.text, this.#jails);
    reread.begin(batch, now);
    // The counter takes each line, and adds its matches, attempts and decisions to `steps`.
    const counter = new FailureCounter(counting, batch, turn);
    const routed = this.#router.route(batch, now, counter);
    this.#unproven.see(batch, now);
    this.#report(routed, counter.untimed);
    reread.end(batch);
    if (guarded !== undefined) steps.push(...guarded.finish());
    steps.push(...this.#sessionSteps());
    const forwarding = forwarders.save();
    const openings = book.commit({ steps, cursors: [...cursors, ...this.#cursors(routed, now)] });
    await enforce(announceBans(openings, now, emit));
    this.#noteLatency(openings, began);
    if (forwarding.length > 0) await this.#options.onForwardersFound?.(forwarding);
  }

  /** A ban that is only observed, or still pending, has no latency. */
  #noteLatency(openings: readonly BanOpening[], began: number): void {
    const { banLatency, book, clock } = this.#options;
    if (banLatency === undefined) return;
    const seconds = (clock.monotonic() - began) / 1000;
    for (const { ban, change } of openings) {
      if (change !== "opened" || ban.scope === OBSERVED) continue;
      if (book.stateOf(ban) === "enforced") banLatency.observe(seconds);
    }
  }

  #report({ skew, overLimit, failed, unknownColumns }: Routed, untimed: number): void {
    const { emit, where: source } = this.#options;
    this.#overLimit += overLimit;
    if (overLimit > 0) emit({ event: "line-over-limit", source, lines: overLimit });
    if (failed !== undefined) emit({ event: "line-failed", source, ...failed });
    if (unknownColumns !== undefined)
      emit({ event: "columns-unknown", source, reason: explainColumns(unknownColumns) });
    if (untimed > 0) emit({ event: "lines-untimed", source, lines: untimed });
    if (skew > 0) emit({ event: "clock-skewed", source, skew: duration(skew) });
  }

  #sessionSteps(): readonly BookStep[] {
    return this.#counting.entries.flatMap(({ jails: [first], attempts }): readonly BookStep[] => {
      const changes = attempts.takeChanges();
      if (first === undefined || (changes.sessions.length === 0 && !changes.whole)) return [];
      return [{ kind: "sessions", jail: first.name, ...changes }];
    });
  }

  /** Returns the cursors to save together with that of the source. */
  #cursors({ learned }: Routed, now: Instant): readonly Cursor[] {
    const marks = changedReadMarks(this.#jails);
    return learned === undefined ? marks : [...marks, clocksCursor(this.#watches, learned, now)];
  }
}
