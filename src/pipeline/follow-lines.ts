/**
 * The main path, in flow order: a batch of lines -> matches -> attempts -> windows -> decisions -> one commit of all of
 * it, the cursor included (invariants 2 and 5) -> the firewall. Cost per line does not grow with the number of jails:
 * each distinct filter reads a line once, and only a failure visits the jails that use the filter.
 */
import { countedSubject } from "../detect/counted-subject.ts";
import type { Subject } from "../domain/cidr.ts";
import { duration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { Cursor, LineBatch } from "../domain/line-batch.ts";
import type { Match } from "../domain/match.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import type { LinePlace } from "../parse/route/line-sink.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";
import type { HeardLine } from "../health/judge/still-talking.ts";
import type { Emit } from "../telemetry/events.ts";
import { announce, keysToSync } from "./announce-ban.ts";
import type { CanaryWatch } from "./canary-watch.ts";
import type { FailureSightings } from "./failure-sightings.ts";
import { clocksCursor, recallClocks } from "./follow-lines/clocks.ts";
import { arrangeEntries } from "./follow-lines/entries.ts";
import { createRereadLines } from "./follow-lines/reread-lines.ts";
import { createUnprovenSenders } from "./follow-lines/unproven-senders.ts";
import { isUnaddressed, noteUnaddressed } from "../jails/unaddressed.ts";
import { type Jail, noteFailures } from "../jails/jail.ts";
import { createOffenseJudge, type JudgeOptions } from "./judge-offenses.ts";
import { isPardoned } from "./pardon.ts";
import { changedReadMarks } from "./read-marks.ts";
import type { LineTally } from "./line-tally.ts";
import type { Watch } from "./sources/source-plan.ts";

export interface FollowOptions extends JudgeOptions {
  readonly localOffset: LocalOffset;
  /** Called before the lines of a batch are counted: a stepped clock moves what is remembered first. */
  readonly checkClock: () => void;
  /** Of every failure that was counted: whoever watches for the banned that still talk. Cheap. */
  readonly onFailure?: (line: HeardLine) => void;
  /** Knows our own trials: what they lead to is nobody's failure. */
  readonly canaries?: Pick<CanaryWatch, "see" | "takes">;
  readonly where: string;
  /** Asks from whom failures come, and what wrote them. */
  readonly sightings?: Pick<FailureSightings<unknown>, "see">;
  /** Who counts how many lines of a filter's programs its rules know. */
  readonly tallyOf?: (filter: Filter) => LineTally;
}

export interface LineFollower {
  follow(batch: LineBatch, cursors: readonly Cursor[]): Promise<void>;
  /** Lines that rules gave up because they took too long. */
  readonly givenUp: number;
}

export function createLineFollower(
  watches: readonly Watch[],
  options: FollowOptions,
): LineFollower {
  const { book, clock, emit } = options;
  const { entries, router } = arrangeEntries(watches, {
    ...options,
    clocks: recallClocks(book, watches, clock.now()),
  });
  const watched = new Set(watches.map(({ jail }) => jail));
  const unproven = createUnprovenSenders(watches, options);
  const reread = createRereadLines(watched, options);
  const sink = {
    matched: (entry: number, match: Match, place: LinePlace) => matched(entry, match, place),
    unrecognized: (silent: readonly number[], { message, end, said }: LinePlace) => {
      for (const entry of silent) {
        if (said === undefined) entries[entry]?.lines?.missed(text, message, end);
        else entries[entry]?.lines?.missed(said, message, said.length - 1);
        for (const jail of entries[entry]?.jails ?? []) {
          jail.unrecognized++;
          if (live) jail.heardAt = turn.now;
        }
      }
    },
  };
  let text = "";
  let live = false;
  /** Failures of the batch that no window can hold, because nobody knows when they happened. */
  let untimed = 0;
  let allGivenUp = 0;
  const judge = createOffenseJudge(options);
  let turn = judge.begin();

  async function follow(batch: LineBatch, cursors: readonly Cursor[]): Promise<void> {
    options.checkClock();
    turn = judge.begin();
    const { now, steps, guarded } = turn;
    text = batch.text;
    live = batch.arrival === "live";
    options.canaries?.see(text);
    reread.begin(batch, now);
    untimed = 0;
    const { skew, givenUp, failed, learned } = router.route(batch, now, sink);
    unproven.see(batch, now);
    allGivenUp += givenUp;
    if (givenUp > 0) emit({ event: "line-given-up", source: options.where, lines: givenUp });
    if (failed !== undefined) emit({ event: "line-failed", source: options.where, ...failed });
    if (untimed > 0) emit({ event: "lines-untimed", source: options.where, lines: untimed });
    if (skew > 0) emit({ event: "clock-skewed", source: options.where, skew: duration(skew) });
    reread.end(batch);
    if (guarded !== undefined) steps.push(...guarded.finish());
    for (const { jails, attempts } of entries) {
      const changes = attempts.takeChanges();
      if (changes.sessions.length === 0 && !changes.whole) continue;
      const [first] = jails;
      if (first !== undefined) steps.push({ kind: "sessions", jail: first.name, ...changes });
    }
    const marks = changedReadMarks(watched);
    const clocks = learned === undefined ? [] : [clocksCursor(watches, learned, now)];
    const openings = book.commit({ steps, cursors: [...cursors, ...marks, ...clocks] });
    text = "";
    for (const opening of openings) announce(opening, now, emit);
    await options.enforce(openings.flatMap(keysToSync));
  }

  function matched(index: number, match: Match, place: LinePlace): void {
    const entry = entries[index];
    if (entry === undefined) return;
    if (entry.lines !== undefined) {
      entry.lines.recognized++;
      if (match.kind === "failure") entry.lines.failures++;
    }
    const { now, guarded } = turn;
    const isDated = live || match.isTimed;
    const heardAt = live ? now : instant(Math.min(match.at, now));
    for (const jail of entry.jails) {
      jail.recognized++;
      if (!isDated) continue;
      if (jail.heardAt === undefined || jail.heardAt < heardAt) jail.heardAt = heardAt;
    }
    if (match.kind === "neutral" && !match.closes) return;
    const attempt = entry.attempts.observe(match);
    if (match.kind === "neutral") return;
    // Asked first: a canary's own lines are read again like all others when a jail moves.
    const jails = reread.withoutRead(entry.jails, match, { text, place });
    if (options.canaries?.takes(entry.jails, match, attempt) === true) return;
    // Written before anybody looked, by any time: as if it were new, old failures would become a burst.
    if (!isDated) {
      if (attempt.counts > 0 && attempt.ip !== undefined) untimed++;
      return;
    }
    if (match.kind === "success")
      guarded?.success(jails, match.at > now ? { ...match, at: now } : match);
    if (match.kind === "failure" && isUnaddressed(match, attempt.ip))
      for (const jail of jails) jail.unaddressed = noteUnaddressed(jail.unaddressed, match);
    if (attempt.counts === 0 || attempt.ip === undefined) return;
    const arrival = live ? "live" : "backlog";
    if (isPardoned(book, { subject: attempt.ip, at: match.at, arrival }, now)) return;
    const line = text.slice(place.start, place.end);
    for (const jail of jails) {
      // Catching up on an old log: what no window can hold any more is history.
      if (match.at < now - jail.config.findtime) continue;
      // Nobody knows when it was: counting it now would make a burst of what was written over hours.
      if (match.at > now) continue;
      options.sightings?.see(jail, { ...attempt, ip: attempt.ip, at: match.at, line, live }, now);
      const subject = countedSubject(attempt.ip, jail.config, options.allow.listOf(jail.name));
      count(jail, subject, { ...attempt, rule: match.rule, at: match.at, line });
      options.onFailure?.({ jail: jail.name, subject, at: match.at, counting: match.counting });
    }
  }

  interface Told {
    readonly counts: number;
    readonly user: string | undefined;
    readonly rule: string;
    readonly at: Instant;
    readonly line: string;
  }

  function count(jail: Jail, subject: Subject, { counts, user, rule, at, line }: Told): void {
    const { steps, guarded } = turn;
    noteFailures(jail, counts, at);
    const { count: counted, offense } = jail.window.observe(subject, at, counts);
    steps.push({ kind: "failure", subject, jail: jail.name, at, weight: counts, rule, user, line });
    emit({
      event: "failure",
      jail: jail.name,
      ip: subject,
      user,
      rule,
      count: counted,
      of: jail.config.maxretry,
      at,
    });
    reportEvictions(jail, emit);
    if (!offense || guarded?.waits(jail, subject, { counts, rule, at }) === true) return;
    const failures =
      guarded === undefined ? counted : guarded.checkThreshold(jail, subject, counted);
    if (failures !== undefined) judge.judge(turn, jail, subject, { at, failures, rule });
  }

  return {
    follow,
    get givenUp() {
      return allGivenUp;
    },
  };
}

function reportEvictions(jail: Jail, emit: Emit): void {
  if (jail.window.evicted < jail.reportedEvictions + 1000) return;
  emit({
    event: "subjects-evicted",
    jail: jail.name,
    evicted: jail.window.evicted - jail.reportedEvictions,
  });
  jail.reportedEvictions = jail.window.evicted;
}
