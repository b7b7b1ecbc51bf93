/**
 * Decides about offenses and commits the results: a ban, an exemption, or a wait for the rule's ban budget. A turn is
 * one batch of lines, or a group of postponed offenses; turns never overlap.
 */
import { decideOffense } from "../detect/decide.ts";
import type { Suspicion } from "../detect/judgment/detector.ts";
import type { Ban } from "../domain/ban.ts";
import type { BookStep, CountedFailure } from "../domain/ban-book.ts";
import type { JudgingBook } from "../domain/judging-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import type { Decision, GuardedDecision } from "../domain/decision.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { StatsCounter } from "../domain/stats.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Allow } from "./allow/allow.ts";
import { announceBans } from "./announce-bans.ts";
import type { CommandAsker } from "../actions/ask-command.ts";
import type { BanKey } from "../firewall/ban-key.ts";
import type { GuardedBatch } from "./guards/guarded-batch.ts";
import type { Guards } from "./guards/guards.ts";
import type { ForwardingPeers } from "./forwarding-peers.ts";
import type { IgnoredOffenses } from "./ignored-offenses.ts";
import { forgetSubject, type Jail } from "../jails/jail.ts";
import { interruptedOffense } from "./judge-offenses/interrupted-offense.ts";
import { isMooted, reconsider } from "./judge-offenses/reconsider-offense.ts";
import { TurnFailures } from "./turn-failures.ts";
import type { ReachedWindow } from "./restore-windows.ts";
import type { WaitingOffense } from "./guards/waiting-offenses.ts";

export interface JudgeOptions {
  readonly book: JudgingBook;
  readonly allow: Allow;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Peers of all jails that probably forward. */
  readonly forwarders: ForwardingPeers;
  /** Returns a number in [0, 1), for the jitter of bantime. */
  readonly chance: () => number;
  /** Applies the blocks of these keys to the firewall. */
  readonly enforce: (keys: readonly BanKey[]) => Promise<void>;
  /** Called when a banned subject fails again, because the firewall may have lost its block. */
  readonly onBannedStillActive: (subject: Subject) => void;
  /** Prevents bans of users who log in, and limits rules that ban too much. */
  readonly guards?: Pick<Guards, "batch" | "limits" | "quality">;
  /** Runs an administrator's command about an offender before it is banned. */
  readonly asker?: Pick<CommandAsker, "ask">;
  /** Records offenses that led to no ban, and why. */
  readonly ignored?: Pick<IgnoredOffenses, "note">;
  /** Counts offenses by hour. */
  readonly stats?: StatsCounter | undefined;
}

export interface JudgedOffense {
  readonly at: Instant;
  readonly failures: number;
  readonly rule: string;
  /** Set if a detector found it. */
  readonly found?: Suspicion | undefined;
}

export interface JudgeTurn {
  readonly now: Instant;
  /** Steps of the turn, in order; the caller of `begin` commits them. */
  readonly steps: BookStep[];
  readonly failures: TurnFailures;
  readonly guarded: GuardedBatch | undefined;
  /** Bans decided in this turn and not yet in the book. */
  readonly decided: Map<string, Ban>;
}

export class OffenseJudge {
  readonly #options: JudgeOptions;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  begin(): JudgeTurn {
    const { book, clock, guards } = this.#options;
    const steps: BookStep[] = [];
    const failures = new TurnFailures(book, steps);
    const guarded = guards?.batch({ steps, failures }, (waiting) => this.#concludeWaiting(waiting));
    return { now: clock.now(), steps, failures, guarded, decided: new Map() };
  }

  /**
   * Decides about a subject that reached maxretry. `failures`: how many counted. A few users may share the address, so
   * more of them may be required.
   */
  judgeReached(turn: JudgeTurn, jail: Jail, subject: Subject, offense: JudgedOffense): void {
    const { guarded } = turn;
    const { failures: count } = offense;
    const failures = guarded === undefined ? count : guarded.checkThreshold(jail, subject, count);
    if (failures !== undefined) this.#judge(turn, jail, subject, { ...offense, failures });
  }

  /** Decides about a subject that a detector found. An earlier offense of it that waits is judged in its turn. */
  judgeSuspected(
    turn: JudgeTurn,
    jail: Jail,
    found: Suspicion,
    { at, rule }: Pick<JudgedOffense, "at" | "rule">,
  ): void {
    const { subject, failures } = found;
    if (turn.guarded?.waits(jail, subject, { rule, at, counts: 0 }) === true) return;
    this.#judge(turn, jail, subject, { at, failures, rule, found });
  }

  #judge(turn: JudgeTurn, jail: Jail, subject: Subject, offense: JudgedOffense): void {
    const { steps, guarded, decided, now } = turn;
    const current = decided.get(`${jail.name} ${subject}`);
    const first = this.#decide(jail, subject, { ...offense, now, current });
    const decision: GuardedDecision =
      this.#suspectProxy(jail, subject, first, now) ??
      guarded?.review(jail, first, offense) ??
      first;
    // The failures stay counted, because they decide the order of waiting offenses.
    if (decision.kind === "wait") return;
    this.#options.stats?.count({ jail: jail.name, rule: offense.rule }, "offenses", 1);
    forgetSubject(jail, subject);
    if (decision.kind === "ignore") {
      steps.push(this.#ignore(jail, subject, decision, now));
      if ("kept" in decision) steps.push(...countAgain(jail, decision.kept));
      return;
    }
    const answer = this.#askCommand(jail, subject, offense);
    if (answer === "asked") return;
    if (answer === "ignored") return void steps.push(this.#exempt(jail, subject));
    decided.set(`${jail.name} ${subject}`, decision.ban);
    if (decision.kind === "ban") this.#options.guards?.quality.noteBan(decision.ban, now);
    steps.push({ kind: "ban", ban: decision.ban, who: "daemon" });
  }

  /**
   * Reports a probable proxy instead of banning it, because a ban would shut out all clients behind it. Offenses of
   * exempt addresses are counted as suspicions too: if an exempt proxy hides the clients, the jail bans none of them.
   */
  #suspectProxy(
    { name, config, filter, suspects }: Jail,
    subject: Subject,
    decision: Decision,
    now: Instant,
  ): GuardedDecision | undefined {
    const { allow, emit, forwarders } = this.#options;
    const isBanned = decision.kind === "ignore" && decision.reason === "already-banned";
    if (isBanned) return undefined;
    const { trusted_proxies: configured, findtime } = config;
    const servesHttp = filter.servesHttp === true;
    const isExempt = decision.kind === "ignore";
    const found = suspects.judge(
      subject,
      { claim: forwarders.of(subject, name), trustedBy: allow.jailTrusting(subject) },
      { jail: name, configured, servesHttp, isExempt, findtime, now },
    );
    if (found === undefined || isExempt) return undefined;
    const { because: reason, fix } = found;
    if (found.offenses === 1)
      emit({ event: "proxy-suspected", jail: name, ip: subject, reason, fix });
    return { kind: "ignore", reason: "proxy", entry: `it looks like a proxy: ${reason}` };
  }

  /** Decides about offenses that a restart or a reload interrupted, those with most failures first. */
  async resume(reached: readonly ReachedWindow[]): Promise<void> {
    const { book, clock, guards } = this.#options;
    guards?.limits.resume((waiting) => this.#concludeWaiting(waiting));
    const offenses = reached
      .flatMap((one) => interruptedOffense(book, one, clock.now()))
      .sort((a, b) => b.offense.failures - a.offense.failures);
    if (offenses.length === 0) return;
    for (const jail of new Set(offenses.map(({ jail }) => jail))) guards?.limits.countMade(jail);
    const turn = this.begin();
    const { guarded, now } = turn;
    for (const { jail, subject, offense } of offenses) {
      // After a reload the offense may still be waiting.
      if (guarded?.waits(jail, subject, { ...offense, counts: 0 }) === true) continue;
      // The failures count toward the current rate, whenever their lines were written.
      const current = { ...offense, at: now };
      if (offense.found === undefined) this.judgeReached(turn, jail, subject, current);
      else if (!isMooted(this.#options, turn, jail, offense.found))
        this.#judge(turn, jail, subject, current);
    }
    await this.commit(turn.steps, now);
  }

  /** Decides about offenses whose turn for their rule's budget has come. Never called within a batch. */
  #concludeWaiting(offenses: readonly WaitingOffense[]): void {
    const turn = this.begin();
    for (const waiting of offenses) {
      const { jail, subject } = waiting;
      const offense = reconsider(this.#options, waiting, turn.now);
      if (offense === undefined || isMooted(this.#options, turn, jail, offense.found)) continue;
      if (offense === waiting || offense.found !== undefined)
        this.#judge(turn, jail, subject, offense);
      else this.judgeReached(turn, jail, subject, offense);
    }
    void this.commit(turn.steps, turn.now);
  }

  commit(steps: readonly BookStep[], now: Instant): Promise<void> {
    const { book, emit, enforce } = this.#options;
    const openings = book.commit({ steps, cursors: [] });
    return enforce(announceBans(openings, now, emit));
  }

  #ignore(
    jail: Jail,
    subject: Subject,
    { reason, entry }: Extract<GuardedDecision, { readonly kind: "ignore" }>,
    now: Instant,
  ): BookStep {
    const { emit, ignored, onBannedStillActive } = this.#options;
    emit({ event: "ignored", jail: jail.name, ip: subject, reason: `${reason}: ${entry}` });
    if (reason === "already-banned") onBannedStillActive(subject);
    if (reason === "allow-listed" || reason === "proxy")
      ignored?.note({ jail: jail.name, subject, entry }, now);
    return { kind: "consumed", subject, jail: jail.name };
  }

  /** Runs the ignorecommand. asked: its result comes later; until then the failures stay unconsumed in the book. */
  #askCommand(
    jail: Jail,
    subject: Subject,
    offense: JudgedOffense,
  ): "ignored" | "banned" | "asked" {
    const { asker, clock, guards } = this.#options;
    if (jail.config.ignorecommand === "" || asker === undefined) return "banned";
    const { failures } = offense;
    return asker.ask({ jail, subject, failures }, (answer) => {
      const now = clock.now();
      const current = guards === undefined ? jail : guards.limits.inForce(jail);
      if (current === undefined) return;
      void this.commit([this.#stepAfter(answer, current, subject, { ...offense, now })], now);
    });
  }

  #stepAfter(
    answer: "ignored" | "banned",
    jail: Jail,
    subject: Subject,
    offense: JudgedOffense & { readonly now: Instant },
  ): BookStep {
    const decision = this.#decide(jail, subject, { ...offense, current: undefined });
    if (answer === "ignored") return this.#exempt(jail, subject);
    if (decision.kind === "ignore") return { kind: "consumed", subject, jail: jail.name };
    this.#options.guards?.quality.noteBan(decision.ban, offense.now);
    return { kind: "ban", ban: decision.ban, who: "daemon" };
  }

  #exempt(jail: Jail, subject: Subject): BookStep {
    const { clock, emit, ignored } = this.#options;
    const reason = "command: exempt by ignorecommand";
    emit({ event: "ignored", jail: jail.name, ip: subject, reason });
    ignored?.note({ jail: jail.name, subject, entry: "ignorecommand" }, clock.now());
    return { kind: "consumed", subject, jail: jail.name };
  }

  #decide(
    jail: Jail,
    subject: Subject,
    {
      now,
      current,
      found,
      ...offense
    }: JudgedOffense & { readonly now: Instant; readonly current: Ban | undefined },
  ): Decision {
    const { allow, book, chance } = this.#options;
    const { findtime, increment } = jail.config;
    const scope = increment.overalljails ? "all" : jail.name;
    return decideOffense(
      {
        ...offense,
        ...{ because: found?.because, severity: found?.severity },
        ...{ jail: jail.name, subject, findtime },
      },
      jail.policy,
      {
        allowedBy: allow.listOf(jail.name).covers(subject),
        current: current ?? book.ban(jail.name, subject),
        earlierBans: increment.enabled ? book.earlierBans(subject, scope, instant(0)) : 0,
        chance: chance(),
      },
      now,
    );
  }
}

/** Counts failures of a refused offense again, after all were consumed. */
function countAgain(jail: Jail, failures: readonly CountedFailure[]): readonly BookStep[] {
  for (const failure of failures) {
    const { subject, at, weight } = failure;
    jail.window.observe(subject, at, weight, jail.weights.extraOf(failure));
    for (const detector of jail.detectors) detector.restore(failure);
  }
  return failures.map((failure) => ({ kind: "failure", ...failure }));
}
