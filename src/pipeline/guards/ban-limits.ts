/**
 * Limits what one rule may ban. Above bans_per_minute it keeps banning at that rate, subjects with most failures first,
 * and the others wait. A rule that bans users who log in here is stopped until an administrator resets it. Both survive
 * a restart, as do the bans that count. Owns the budgets, the breaker and the waiting offenses.
 */
import { BanBudget, MINUTE } from "../../detect/ban-budget.ts";
import type { Suspicion } from "../../detect/judgment/detector.ts";
import type { Ban } from "../../domain/ban.ts";
import type { JudgingBook } from "../../domain/judging-book.ts";
import { type Subject, subjectsOverlap } from "../../domain/cidr.ts";
import type { Alarm, AlarmClock } from "../../domain/clock.ts";
import type { GuardedDecision } from "../../domain/decision.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Emit } from "../../telemetry/events.ts";
import { type Breaker, createBreaker, type OpenBreaker } from "./breaker.ts";
import type { Jail } from "../../jails/jail.ts";
import type { StateStore } from "../../record/state-store.ts";
import { KnownBans } from "./known-bans.ts";
import { fixOf, type LimitedRule, RATE_FIX } from "./describe-limits.ts";
import { type RuleAtLimit, summarize } from "./rule-at-limit.ts";
import { SavedOffenses } from "./saved-offenses.ts";
import { type Conclude, createWaitingOffenses, thresholdsOf } from "./waiting-offenses.ts";

export interface BanLimitsOptions {
  readonly book: JudgingBook;
  readonly stateStore: StateStore;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  /** Called when a rule reaches a limit, or bans without limit again. */
  readonly onChange: () => void;
}

export interface OffenseFacts {
  readonly at: Instant;
  readonly failures: number;
  /** Accounts that have logged in from the subject. */
  readonly accounts: readonly string[];
  /** Set if a detector found it. */
  readonly found?: Suspicion | undefined;
}

export interface ResetRules {
  readonly stopped: readonly OpenBreaker[];
  readonly limited: readonly LimitedRule[];
}

const RELEASE_MS = 1000;

export class BanLimits {
  readonly breaker: Breaker;
  readonly #options: BanLimitsOptions;
  readonly #budgets = new Map<string, { readonly perMinute: number; readonly budget: BanBudget }>();
  /** Rules at their limit. */
  readonly #limited = new Map<string, RuleAtLimit>();
  readonly #alarm: Alarm;
  readonly #saved: SavedOffenses;
  readonly #known: KnownBans;
  /** The running jails; undefined: not known yet. */
  #running: ReadonlyMap<JailName, Jail> | undefined;
  #releasing = false;
  #isResumed = false;

  constructor(options: BanLimitsOptions) {
    this.#options = options;
    this.#alarm = options.clock.alarm(() => this.release());
    this.breaker = createBreaker(options.stateStore);
    this.#saved = new SavedOffenses(options.stateStore);
    this.#known = new KnownBans(options.stateStore);
  }

  /** Returns why the rule makes no bans at all; undefined: it is not stopped. */
  stopped(jail: JailName, rule: string): GuardedDecision | undefined {
    const open = this.breaker.refuseIfTripped(jail, rule);
    if (open === undefined) return undefined;
    return { kind: "ignore", reason: "breaker-open", entry: `rule ${rule}: ${open.reason}` };
  }

  /** Returns undefined if the ban may be made now, and counts it. */
  admit(
    jail: Jail,
    ban: Ban,
    { at, failures, accounts, found }: OffenseFacts,
    conclude: Conclude,
  ): GuardedDecision | undefined {
    const { subject, rule } = ban;
    const limited = this.#limited.get(keyOf(jail.name, rule));
    const thresholds = thresholdsOf(jail);
    const offense = { jail, rule, subject, at, failures, found, thresholds };
    if (limited !== undefined && !this.#releasing) {
      limited.offenses.add(offense, conclude);
      return { kind: "wait" };
    }
    // A waiting offense is banned now, whenever its lines were written.
    const when = this.#releasing ? this.#options.clock.now() : at;
    const budget = this.#budgetOf(jail, rule);
    const refused = budget.spend({ subject, at: when, accounts });
    if (refused === undefined && accounts.length > 0)
      this.#known.set(keyOf(jail.name, rule), budget.known);
    if (refused === undefined) return undefined;
    if (refused.kind === "people") return this.#stop(jail, rule, refused.reason);
    if (limited !== undefined) limited.offenses.add(offense, conclude);
    else this.#limit(jail, rule, (waiting) => waiting.add(offense, conclude));
    return { kind: "wait" };
  }

  /** Adds failures to a waiting offense of the subject; returns false without one. */
  countMore(
    jail: Jail,
    { subject, rule }: { readonly subject: Subject; readonly rule: string },
    counts: number,
    at: Instant,
  ): boolean {
    if (this.#limited.size === 0) return false;
    const limited = this.#limited.get(keyOf(jail.name, rule));
    return limited?.offenses.countMore(subject, counts, at) === true;
  }

  /** Counts the bans of the last minute in the book, so that a restart does not raise the rate. */
  countMade(jail: Jail): void {
    const { book, clock } = this.#options;
    const since = clock.now() - MINUTE;
    const counting = new Set<string>();
    for (const { subject, rule, from, origin } of book.activeBans({ jail: jail.name })) {
      if (origin !== "detected" || from < since) continue;
      const key = keyOf(jail.name, rule);
      // A rule with a budget has already counted its bans.
      if (this.#budgets.has(key) && !counting.has(key)) continue;
      counting.add(key);
      this.#budgetOf(jail, rule).spend({ subject, at: from, accounts: [] });
    }
  }

  limited(jail?: JailName): readonly LimitedRule[] {
    return [...this.#limited.values()]
      .filter((one) => jail === undefined || one.jail.name === jail)
      .map(summarize);
  }

  /** Returns the rules for which this subject waits. */
  waiting(subject: Subject): readonly LimitedRule[] {
    return [...this.#limited.values()]
      .filter(({ offenses }) => offenses.hasOffense((one) => subjectsOverlap(one, subject)))
      .map(summarize);
  }

  /** Removes waiting offenses, in one jail or in all, so that they lead to no ban. */
  dropWaiting(
    jail: JailName | undefined,
    isSought: (subject: Subject) => boolean,
  ): readonly Pick<Ban, "subject" | "jail">[] {
    return [...this.#limited.values()].flatMap((limited) => {
      const { name } = limited.jail;
      if (jail !== undefined && jail !== name) return [];
      return limited.offenses.remove(isSought).map((subject) => ({ subject, jail: name }));
    });
  }

  /** Decides about offenses whose turn has come. Called every second while any wait. */
  release(): void {
    for (const [key, limited] of this.#limited) this.#releaseOf(key, limited);
    if (this.#limited.size > 0) this.#alarm.set(RELEASE_MS);
  }

  #releaseOf(key: string, limited: RuleAtLimit): void {
    const { clock, emit, onChange } = this.#options;
    const { jail, rule, offenses } = limited;
    const budget = this.#budgetOf(jail, rule);
    const before = offenses.size;
    this.#releasing = true;
    try {
      for (const [conclude, list] of offenses.take(budget.room(clock.now())))
        conclude(
          list.flatMap((offense) => {
            const current = this.inForce(offense.jail);
            return current === undefined ? [] : [{ ...offense, jail: current }];
          }),
        );
    } finally {
      this.#releasing = false;
    }
    limited.released += Math.max(0, before - offenses.size);
    if (offenses.size > 0 || budget.room(clock.now()) <= 0) return;
    this.#limited.delete(key);
    const { released } = limited;
    const { dropped } = offenses;
    emit({ event: "ban-rate-recovered", jail: jail.name, rule, released, dropped });
    onChange();
  }

  /** Returns the jail as it runs now; undefined: it was removed. Readers of before a reload may know an earlier one. */
  inForce(jail: Jail): Jail | undefined {
    return this.#running === undefined ? jail : this.#running.get(jail.name);
  }

  use(jails: readonly Jail[]): void {
    this.#running = new Map(jails.map((jail) => [jail.name, jail]));
    for (const [key, limited] of this.#limited) {
      const jail = this.#running.get(limited.jail.name);
      if (jail === undefined) this.#limited.delete(key);
      else limited.jail = jail;
    }
  }

  /** Continues with the offenses that waited when the last run ended; later calls do nothing. */
  resume(conclude: Conclude): void {
    if (this.#isResumed || this.#running === undefined) return;
    this.#isResumed = true;
    for (const [{ jail, rule }, offenses] of this.#saved.load(this.#running.values())) {
      this.countMade(jail);
      this.#limit(jail, rule, (waiting) => {
        for (const offense of offenses) waiting.add(offense, conclude);
      });
    }
  }

  save(): void {
    this.#saved.save([...this.#limited.values()].flatMap(({ offenses }) => offenses.list()));
  }

  /** Resets rules: stopped ones ban again, limited ones get a new budget. */
  reset(
    which: { readonly jail?: JailName | undefined; readonly rule?: string | undefined },
    who: string,
  ): ResetRules {
    const { book, emit, onChange } = this.#options;
    const stopped = this.breaker.reset(which);
    const limited = this.limited(which.jail).filter(
      ({ rule }) => which.rule === undefined || rule === which.rule,
    );
    for (const { jail, rule } of [...stopped, ...limited]) {
      this.#budgets.delete(keyOf(jail, rule));
      this.#known.delete(keyOf(jail, rule));
    }
    for (const { jail, rule, reason } of stopped) {
      emit({ event: "breaker-reset", jail, rule, who });
      const detail = `rule ${rule}: ${reason}`;
      book.recordAudit({ action: "breaker-reset", who, jail, detail });
    }
    if (limited.length > 0) this.release();
    if (stopped.length > 0) onChange();
    return { stopped, limited };
  }

  shift(step: number): void {
    for (const { budget } of this.#budgets.values()) budget.shift(step);
    this.#known.shift(step);
    for (const { offenses } of this.#limited.values()) offenses.shift(step);
  }

  close(): void {
    this.save();
    this.#alarm.clear();
  }

  #budgetOf(jail: Jail, rule: string): BanBudget {
    const perMinute = jail.config.bans_per_minute;
    const key = keyOf(jail.name, rule);
    const known = this.#budgets.get(key);
    if (known?.perMinute === perMinute) return known.budget;
    const accountsKnown = (): number => this.#options.book.countAccounts();
    const budget = new BanBudget({ perMinute, accountsKnown, known: this.#known.of(key) });
    this.#budgets.set(key, { perMinute, budget });
    return budget;
  }

  /** Limits a rule. Adds the first offense before the report, so that no state shows an empty queue. */
  #limit(jail: Jail, rule: string, addFirst: (waiting: RuleAtLimit["offenses"]) => void): void {
    const { clock, emit, onChange } = this.#options;
    const offenses = createWaitingOffenses();
    const limited: RuleAtLimit = { jail, rule, since: clock.now(), released: 0, offenses };
    addFirst(offenses);
    this.#limited.set(keyOf(jail.name, rule), limited);
    this.#alarm.set(RELEASE_MS);
    const perMinute = jail.config.bans_per_minute;
    emit({
      event: "ban-rate-reached",
      jail: jail.name,
      rule,
      per_minute: perMinute,
      fix: RATE_FIX,
    });
    onChange();
  }

  #stop(jail: Jail, rule: string, reason: string): GuardedDecision {
    const { book, clock, emit, onChange } = this.#options;
    const { name } = jail;
    this.breaker.open({ jail: name, rule, since: clock.now(), reason });
    emit({ event: "breaker-tripped", jail: name, rule, reason, fix: fixOf(name) });
    const detail = `rule ${rule}: ${reason}`;
    book.recordAudit({ action: "breaker-tripped", who: "daemon", jail: name, detail });
    onChange();
    return { kind: "ignore", reason: "breaker-open", entry: `rule ${rule}: ${reason}` };
  }
}

function keyOf(jail: JailName, rule: string): string {
  return `${jail} ${rule}`;
}
