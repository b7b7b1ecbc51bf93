/** Counts one failure in the window and the detectors of a jail, and judges the offenses that it completes. */
import {
  type AttemptWeight,
  explanationOf,
  severityOf,
  type WeighedBy,
} from "../../detect/judgment/attempt-weights.ts";
import type { CountedHistory, DetectorMode, Suspicion } from "../../detect/judgment/detector.ts";
import type { ObservedAttempt } from "../../detect/judgment/observed-attempt.ts";
import type { Observed } from "../../detect/failure-window.ts";
import { amount } from "../../domain/amount.ts";
import type { BanBook, CountedFailure } from "../../domain/ban-book.ts";
import { formatDuration } from "../../domain/duration.ts";
import type { StatsCounter } from "../../domain/stats.ts";
import { type Jail, noteFailures } from "../../jails/jail.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { CampaignWatch } from "../campaign-watch.ts";
import type { AddressFailure } from "../guards/proven-failures.ts";
import type { JudgeTurn, OffenseJudge } from "../judge-offenses.ts";
import { judgeSubnet } from "./judge-subnet.ts";
import type { Allow } from "../allow/allow.ts";
import { reportSiege } from "../report-siege.ts";

export interface CountingParts {
  /** Finds members of campaigns. */
  readonly campaigns?: Pick<CampaignWatch, "attempt" | "login"> | undefined;
  readonly allow: Pick<Allow, "listOf">;
  readonly book: Pick<BanBook, "ban">;
  readonly emit: Emit;
  readonly judge: OffenseJudge;
  readonly stats?: StatsCounter | undefined;
}

/** Number of subjects that a window evicts before an event reports them. */
const EVICTIONS_PER_EVENT = 1000;

const ALONE: AttemptWeight = { acted: undefined, reported: undefined };

export function countFailure(
  parts: CountingParts,
  turn: JudgeTurn,
  jail: Jail,
  failure: AddressFailure,
): void {
  const { subject, ip, at, weight, user, rule } = failure;
  const { name, filter, window, config } = jail;
  const { emit, stats } = parts;
  noteFailures(jail, weight, at);
  stats?.count({ jail: name, rule }, "failures", weight);
  const isUnknownUser = filter.unknownUserRules?.has(rule) === true;
  const isHoneypotPath = filter.honeypotRules?.has(rule) === true;
  const facts = { isUnknownUser, isHoneypotPath };
  const observed = { jail: name, subject, ip, at, weight, user, rule, ...facts };
  const weighed = weigh(turn, jail, observed);
  reportSiege(jail, emit);
  const extra = weighed.acted?.extra ?? 0;
  const { count, offense, hasExtra } = window.observe(subject, at, weight, extra);
  const extraBy = weighed.acted && explanationOf(weighed.acted);
  turn.steps.push({ kind: "failure", ...failure, extra, extraBy });
  const [of, proxy] = [config.maxretry, failure.via?.proxy];
  emit({ event: "failure", jail: name, ip: subject, user, rule, count, of, at, proxy });
  reportEvictions(jail, emit);
  const attempt = { ...observed, weight: weight + extra };
  const counted = { ...parts, turn, jail, attempt, historyOf: historyOf(turn, jail) };
  const isJudged = offense && judgeThreshold(counted, { count, hasExtra }, weighed.acted);
  if (!offense) reportWeight(counted, weight, weighed);
  if (isOwn(turn, jail, failure)) return;
  for (const suspicion of detect(counted, observed))
    if (!isJudged || suspicion.subject !== subject) judgeSuspicion(counted, suspicion);
  countInNetwork(counted, failure);
}

function isOwn(
  { guarded }: JudgeTurn,
  jail: Jail,
  failure: Pick<CountedFailure, "subject" | "user">,
): boolean {
  return guarded?.isOwnAccount(jail, failure) === true;
}

function detect(
  { turn, jail, attempt, historyOf: failuresOf, campaigns }: Counted,
  observed: ObservedAttempt,
): readonly Suspicion[] {
  const othersOf: CountedHistory = (subject) =>
    failuresOf(subject).filter((failure) => !isOwn(turn, jail, failure));
  const found = jail.detectors.flatMap((detector) => detector.attempt(attempt, othersOf));
  const member = campaigns?.attempt(jail, observed);
  return member === undefined ? found : [...found, member];
}

/** Counts the failure for its network, or later, when it is known that its service wrote the line. */
function countInNetwork(counted: Counted, failure: AddressFailure): void {
  const { turn, jail } = counted;
  if (jail.subnets === undefined) return;
  for (const proven of turn.guarded?.takeProven(jail, failure) ?? [failure]) {
    const network = jail.subnets.attempt(proven);
    if (network !== undefined) judgeSubnet({ ...counted, attempt: proven }, network);
  }
}

interface Counted extends CountingParts {
  readonly turn: JudgeTurn;
  readonly jail: Jail;
  readonly attempt: ObservedAttempt;
  readonly historyOf: CountedHistory;
}

function historyOf({ failures }: JudgeTurn, { name }: Jail): CountedHistory {
  return (subject) => failures.of(name, subject);
}

/** A source from which someone has logged in gets no extra weight. */
function weigh(turn: JudgeTurn, jail: Jail, attempt: ObservedAttempt): AttemptWeight {
  const { weights } = jail;
  const isLeftAlone =
    weights.isOff ||
    turn.guarded?.hasLogins(attempt.subject) === true ||
    isOwn(turn, jail, attempt);
  return isLeftAlone ? ALONE : weights.weigh(attempt);
}

/**
 * Judges a subject that reached maxretry, maybe only because its failures have extra weight. Returns false if it is
 * only reported, so that detectors still judge it.
 */
function judgeThreshold(
  counted: Counted,
  { count, hasExtra }: Omit<Observed, "offense">,
  last: WeighedBy | undefined,
): boolean {
  const { turn, jail, attempt, judge } = counted;
  const { subject, at, rule, weight: counts } = attempt;
  if (turn.guarded?.waits(jail, subject, { rule, at, counts }) === true) return true;
  const open = hasExtra ? listWindow(counted) : [];
  const failures = hasExtra ? open.reduce((sum, one) => sum + one.weight, 0) : count;
  if (failures < jail.config.maxretry) {
    const because = `${amount(failures, "failure")} in ${formatDuration(jail.config.findtime)}`;
    const by = jail.weights.explain(open, last);
    return judgeSuspicion(counted, { ...suspect(counted, because, "act", by), failures });
  }
  judge.judgeReached(turn, jail, subject, { at, failures: count, rule });
  return true;
}

/** Reports a subject that would have reached maxretry if nothing were only reported. */
function reportWeight(counted: Counted, weight: number, { acted, reported }: AttemptWeight): void {
  const { jail, attempt } = counted;
  const { shadow } = jail;
  if (shadow === undefined) return;
  const { subject, at } = attempt;
  const extra = Math.max(reported?.extra ?? 0, acted?.extra ?? 0);
  if (!shadow.observe(subject, at, weight + extra).offense) return;
  shadow.forget(subject);
  // Not how many failures these are: in a flood it would be read from the book for each.
  const { maxretry, findtime } = jail.config;
  const because = `would reach ${amount(maxretry, "failure")} in ${formatDuration(findtime)}`;
  const found = suspect(counted, because, "report", reported);
  judgeSuspicion(counted, { ...found, failures: maxretry });
}

function suspect(
  { jail, attempt }: Counted,
  reached: string,
  mode: DetectorMode,
  { by, because }: Omit<WeighedBy, "extra"> = jail.weights.unexplained(mode),
): Omit<Suspicion, "failures"> {
  const reason = `${by}: ${reached} ${because}`;
  return { subject: attempt.subject, mode, because: reason, severity: severityOf(by) };
}

/** Lists the failures of the window. */
function listWindow({ jail, attempt, historyOf: failuresOf }: Counted): readonly CountedFailure[] {
  const all = failuresOf(attempt.subject);
  const newest = all.reduce((latest, { at }) => Math.max(latest, at), 0);
  return all.filter(({ at }) => at >= newest - jail.config.findtime);
}

/** Returns whether the offender was judged; false: at most an event reports it. */
function judgeSuspicion({ turn, jail, attempt, judge, emit }: Counted, found: Suspicion): boolean {
  // An address from which someone has logged in is judged by maxretry alone.
  if (turn.guarded?.hasLogins(found.subject) === true) return false;
  const isActing = found.mode === "act" && turn.guarded?.isDemoted(jail, found.because) !== true;
  if (isActing) {
    judge.judgeSuspected(turn, jail, found, attempt);
    return true;
  }
  const { subject: ip, because: reason } = found;
  emit({ event: "offense-suspected", jail: jail.name, ip, reason });
  return false;
}

function reportEvictions(jail: Jail, emit: Emit): void {
  const evicted = jail.window.evicted - jail.reportedEvictions;
  if (evicted < EVICTIONS_PER_EVENT) return;
  emit({ event: "subjects-evicted", jail: jail.name, evicted });
  jail.reportedEvictions = jail.window.evicted;
}
