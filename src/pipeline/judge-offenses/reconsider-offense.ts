/** Reconsiders an offense that waited: by the settings of now, and by what has happened since. */
import { deciderOf } from "../../detect/judgment/ban-quality.ts";
import type { Suspicion } from "../../detect/judgment/detector.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JudgingBook } from "../../domain/judging-book.ts";
import type { Jail } from "../../jails/jail.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Allow } from "../allow/allow.ts";
import type { GuardedBatch } from "../guards/guarded-batch.ts";
import { thresholdsOf, type WaitingOffense } from "../guards/waiting-offenses.ts";
import { isPardoned } from "../pardon.ts";
import { explainSubnetRefusal } from "../subnet-refusal.ts";
import { interruptedOffense } from "./interrupted-offense.ts";

const MAX_FAILURES = 3000;

interface Parts {
  readonly book: JudgingBook;
  readonly allow: Allow;
  readonly emit: Emit;
}

interface Turn {
  readonly guarded: GuardedBatch | undefined;
  readonly decided: ReadonlyMap<string, unknown>;
}

type FoundOffense = Pick<WaitingOffense, "at" | "failures" | "rule" | "found">;

/**
 * Finds the offense again in the book if its jail has other settings now. Returns undefined if it is none any more, or
 * was pardoned; what is exempt now is reported as such.
 */
export function reconsider(
  { book, allow }: Omit<Parts, "emit">,
  waiting: WaitingOffense,
  now: Instant,
): FoundOffense | undefined {
  const { jail, subject, at, rule, found, thresholds } = waiting;
  if (allow.listOf(jail.name).covers(subject) !== undefined) return waiting;
  if (isPardoned(book, { subject, at, arrival: "live" }, now)) return undefined;
  if (thresholds === thresholdsOf(jail)) return waiting;
  const detector = found && detectorOf(jail, found);
  if (detector === undefined || detector === "evidence" || detector === "siege")
    return interruptedOffense(book, { jail, subject }, now)[0]?.offense;
  if (detector !== "slow") return waiting;
  const failures = book
    .windowFailures({ subject, jail: jail.name, limit: MAX_FAILURES })
    .filter((one) => !isPardoned(book, { subject, at: one.at, arrival: "live" }, now));
  const [again] = jail.detectors.flatMap((one) => one.judge(subject, () => failures));
  return again && { at, rule, failures: again.failures, found: again };
}

/**
 * Returns whether what a detector found no longer leads to a ban: a user has logged in since, it only reports now, or
 * the network must not be banned.
 */
export function isMooted(
  { allow, book, emit }: Parts,
  turn: Turn,
  jail: Jail,
  found: Suspicion | undefined,
): boolean {
  if (found === undefined) return false;
  const { guarded } = turn;
  const { subject, because } = found;
  if (!isActing(jail, found)) return true;
  if (guarded?.hasLogins(subject) === true) return true;
  if (guarded?.isDemoted(jail, because) === true) return true;
  if (detectorOf(jail, found) !== "subnets") return false;
  const refusal = explainSubnetRefusal({ turn, jail, allow, book }, subject);
  if (refusal === undefined) {
    jail.bannedSubnets.add(subject);
    return false;
  }
  const reason = `${because}; not banned: ${refusal}`;
  emit({ event: "offense-suspected", jail: jail.name, ip: subject, reason });
  return true;
}

/** Returns the name of the detector that found an offense. */
function detectorOf(jail: Jail, { because }: Suspicion): string {
  return deciderOf(jail.name, { reason: because, rule: "" }).name;
}

/** Returns whether the detector may ban by the settings of now. */
function isActing(jail: Jail, found: Suspicion): boolean {
  const { campaigns, accounts, slow, evidence, siege, subnets } = jail.config.detect;
  const modes: Readonly<Record<string, string>> = {
    ...{ campaigns, accounts, slow, evidence, siege, subnets },
  };
  const names = found.settings ?? [detectorOf(jail, found)];
  return found.mode === "act" && names.some((name) => modes[name] === "act");
}
