/**
 * Runs every check, judges the state of each jail, and reports changes in the log and the audit. Between two looks,
 * questions are answered from the last look.
 */
import { stackOf } from "../domain/thrown-error.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Alarm, AlarmClock } from "../domain/clock.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import { type Link, LINKS, type Proof } from "../domain/proof.ts";
import { banMeansOf } from "../jails/ban-means.ts";
import { BY_HAND_ONLY, isByHand } from "../jails/by-hand.ts";
import {
  type JailJudgment,
  judgeJail,
  type JudgeContext,
  RESTORING,
  STARTING,
} from "./judge/jail-state.ts";
import type { Emit } from "../telemetry/events.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";
import type { JailCheck, LookDepth, WatchedJail } from "./jail-check.ts";

/** The judgment of a jail, with the time of its last change. */
export interface DatedJudgment extends JailJudgment {
  readonly since: Instant;
}

export interface ProofsOptions {
  readonly checks: readonly JailCheck[];
  /** The jails to judge, without those whose service is not installed. */
  readonly jails: () => readonly WatchedJail[];
  /** Whether the bans of a jail are being restored in the firewall. */
  readonly isRestoring: (jail: JailName) => boolean;
  /** Rewords a fix for the kind of file in which the jail is configured. */
  readonly sayFix: (jail: JailName, fix: string) => string;
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  /** Called after the state of some jail changed. */
  readonly onChange: () => void;
}

/** First and longest wait for the next look while a log is being opened. */
const OPENING_MS = { first: 500, longest: 30_000 } as const;

export class Proofs {
  readonly #options: ProofsOptions;
  readonly #states = new Map<string, DatedJudgment>();
  /** When the opening of each jail's log began. */
  readonly #openingSince = new WeakMap<LiveJail, Instant>();
  #looking: Promise<void> | undefined;
  /** A full look that starts when the present look ends. */
  #waitingLook: Promise<void> | undefined;
  /** The next look while a log is being opened, which need not wait for the next round. */
  readonly #nextLook: Alarm;
  #openingWait: number = OPENING_MS.first;
  #isClosed = false;

  constructor(options: ProofsOptions) {
    this.#options = options;
    this.#nextLook = options.clock.alarm(() => this.look());
  }

  /** Runs every check. A check that throws loses only its own proofs. */
  look(): Promise<void> {
    return this.#looking ?? this.#startLook("usual");
  }

  /** Starts a look that ignores the results of earlier ones. Callers share a look that has not begun yet. */
  lookFully(): Promise<void> {
    this.#waitingLook ??= Promise.resolve(this.#looking).then(() => {
      this.#waitingLook = undefined;
      return this.#startLook("full");
    });
    return this.#waitingLook;
  }

  #startLook(depth: LookDepth): Promise<void> {
    this.#looking = this.#runChecks(depth).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #runChecks(depth: LookDepth): Promise<void> {
    const { checks, clock, emit } = this.#options;
    const watched = this.#options.jails();
    for (const check of checks) {
      if (this.#isClosed) return;
      try {
        await check.look?.(watched, clock.now(), depth);
      } catch (error) {
        emit({ event: "bug", part: `check ${check.name}`, reason: stackOf(error) });
      }
    }
    this.refresh();
    this.#awaitOpening();
  }

  /** Looks again soon if a log is not open yet: what it misses until then is in no proof, and its state is not reported. */
  #awaitOpening(): void {
    if (this.#isClosed) return;
    if (!this.#options.jails().some(isStarting)) {
      this.#openingWait = OPENING_MS.first;
      return;
    }
    this.#nextLook.set(this.#openingWait);
    this.#openingWait = Math.min(2 * this.#openingWait, OPENING_MS.longest);
  }

  /** Shifts the times in all checks after a step of the wall clock by `step` milliseconds. */
  shift(step: number): void {
    for (const check of this.#options.checks) check.shift?.(step);
  }

  /** Returns the proofs of a jail, in flow order. */
  of(jail: WatchedJail): readonly Proof[] {
    const { checks, clock, sayFix } = this.#options;
    const now = clock.now();
    const { name } = jail.live.jail;
    const all = checks.flatMap((check) => check.proofs(jail, now));
    const proofs = (isByHand(jail.live.jail.config) ? withoutLines(all, now) : all).map((one) =>
      one.kind === "found" ? { ...one, fix: sayFix(name, one.fix) } : one,
    );
    return LINKS.flatMap((link) => proofs.filter((proof) => proof.link === link));
  }

  judge(jail: WatchedJail): DatedJudgment {
    const { clock, isRestoring } = this.#options;
    const now = clock.now();
    const { config } = jail.live.jail;
    const context = { means: banMeansOf(config), reads: whatIsRead(jail), now };
    if (isStarting(jail)) {
      // Bans can be judged before the log is open.
      const withoutLog = judgeJail(withoutLines(this.of(jail), now), context);
      const since = this.#openingSince.getOrInsertComputed(jail.live, () => now);
      if (withoutLog.state !== "toothless") return { ...STARTING, since };
      return this.#dated(jail, withoutLog, now);
    }
    const judgment = judgeJail(this.of(jail), context);
    const isWaiting = judgment.cause === "proof-too-old" && isRestoring(jail.live.jail.name);
    return this.#dated(jail, isWaiting ? RESTORING : judgment, now);
  }

  #dated({ live }: WatchedJail, judgment: JailJudgment, now: Instant): DatedJudgment {
    const before = this.#states.get(live.jail.name);
    const isSame = before?.state === judgment.state && before.cause === judgment.cause;
    return { ...judgment, since: isSame ? before.since : now };
  }

  /** Judges all jails from the present proofs, and reports changes. */
  refresh(): void {
    if (this.#isClosed) return;
    const watched = this.#options.jails();
    const names = new Set<string>(watched.map(({ live }) => live.jail.name));
    for (const name of this.#states.keys()) if (!names.has(name)) this.#states.delete(name);
    let isChanged = false;
    for (const jail of watched) {
      const { name } = jail.live.jail;
      const before = this.#states.get(name);
      const judgment = this.judge(jail);
      // Keeps the previous state until the log is open.
      if (judgment.state === "starting") continue;
      this.#states.set(name, judgment);
      if (before?.since === judgment.since) continue;
      isChanged = true;
      this.#report(name, before, judgment);
    }
    if (isChanged) this.#options.onChange();
  }

  #report(jail: JailName, before: DatedJudgment | undefined, judgment: DatedJudgment): void {
    const { emit, book } = this.#options;
    const { state, reason, cause, fix } = judgment;
    const fields = { jail, before: before?.state, reason };
    if (cause === undefined || fix === undefined)
      emit({ event: "jail-ok", jail, state, before: before?.state });
    else if (state === "degraded") emit({ event: "jail-degraded", ...fields, cause, fix });
    else emit({ event: "jail-failed", ...fields, state, cause, fix });
    const from = before === undefined ? "" : `${before.state} → `;
    const detail = `${from}${state}: ${reason}`;
    book.recordAudit({ action: "state", who: "daemon", jail, detail });
    book.stats.noteChange({ jail, at: judgment.since, state, cause });
  }

  /** Closes the checks; resolves when a running look has ended. Later looks do nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#nextLook.clear();
    for (const check of this.#options.checks) check.close?.();
    await this.#waitingLook;
    await this.#looking;
  }
}

function whatIsRead({ live, source }: WatchedJail): JudgeContext["reads"] {
  const { config, lastLineAt } = live.jail;
  if (isByHand(config)) return "nothing";
  const hasLine = lastLineAt !== undefined || (source?.lines ?? 0) > 0;
  return hasLine ? "lines" : "no-line-yet";
}

/** Reports whether the jail's source is known but not read yet. */
function isStarting({ live, source }: WatchedJail): boolean {
  if (live.search.source === undefined || isByHand(live.jail.config)) return false;
  return source === undefined || source.state === "opening";
}

/** Links whose proofs are about lines. */
const LINE_LINKS: ReadonlySet<Link> = new Set(["source", "place", "flow", "rules", "canary"]);

/** Replaces the proofs about lines, for a jail that reads nothing, or nothing yet. */
function withoutLines(proofs: readonly Proof[], at: Instant): readonly Proof[] {
  const evidence = `${BY_HAND_ONLY}: it reads no log`;
  const others = proofs.filter(({ link }) => !LINE_LINKS.has(link));
  return [{ kind: "proven", link: "source", evidence, at }, ...others];
}
