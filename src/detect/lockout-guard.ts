/**
 * Decides whether an address with a logged-in user is exempt from an offense. An allowance exempts it for a limited
 * time and number of offenses; after that it is banned like any other. The next allowance requires a new login, and at
 * most one opens per day: the owner of an account must not gain unlimited guesses at other accounts. Pure: state and
 * facts in, verdict and next state out.
 */
import { type Duration, duration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";

export interface Allowance {
  readonly openedAt: Instant;
  /** Number of offenses it has exempted. */
  readonly offenses: number;
}

export interface GuardFacts {
  /** The setting lockout_guard; 0: off. */
  readonly length: Duration;
  /** Time of the newest login of a user who is still logged in there. */
  readonly loginAt: Instant;
}

export type GuardVerdict =
  | { readonly kind: "exempt"; readonly allowance: Allowance; readonly until: Instant }
  /** The allowance is used up. */
  | { readonly kind: "over"; readonly reason: string }
  | { readonly kind: "off" };

/** Maximum number of offenses that one allowance exempts, however fast they come. */
export const MAX_OFFENSES = 20;
/** Minimum time from the opening of one allowance to the next. */
export const RENEWAL: Duration = duration(86_400_000);

export function judgeAllowance(
  before: Allowance | undefined,
  { length, loginAt }: GuardFacts,
  now: Instant,
): GuardVerdict {
  if (length === 0) return { kind: "off" };
  if (before === undefined) return open(now, length);
  const until = instant(before.openedAt + length);
  if (isOpen({ ...before, until }, now)) {
    return { kind: "exempt", allowance: { ...before, offenses: before.offenses + 1 }, until };
  }
  const renewed = loginAt > before.openedAt && now >= before.openedAt + RENEWAL;
  if (renewed) return open(now, length);
  const reason = now < until ? `${MAX_OFFENSES} offenses were exempt` : "its time is over";
  return { kind: "over", reason };
}

function open(now: Instant, length: Duration): GuardVerdict {
  return {
    kind: "exempt",
    allowance: { openedAt: now, offenses: 1 },
    until: instant(now + length),
  };
}

/** Returns whether the allowance exempts the next offense. */
export function isOpen(
  { offenses, until }: Pick<Allowance, "offenses"> & { readonly until: Instant },
  now: Instant,
): boolean {
  return now < until && offenses < MAX_OFFENSES;
}

/** Returns whether the allowance has no effect any more: neither open nor blocking the next one. */
export function isPast(allowance: Allowance, now: Instant): boolean {
  return now >= allowance.openedAt + RENEWAL;
}
