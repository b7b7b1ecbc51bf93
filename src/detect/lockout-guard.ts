/**
 * Whether an address where somebody is logged in is spared an offense. It is, for a while and a number of offenses; then
 * it is banned like anybody. Another such allowance takes a new login, and at most one opens a day: whoever has an
 * account here must not win endless tries at the others by it. Pure: state and facts in, verdict and next state out.
 */
import { type Duration, duration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";

export interface Allowance {
  readonly openedAt: Instant;
  /** Offenses it has spared. */
  readonly offenses: number;
}

export interface GuardFacts {
  /** lockout_guard; 0: off. */
  readonly length: Duration;
  /** When whoever is there logged in last. */
  readonly loginAt: Instant;
}

export type GuardVerdict =
  | { readonly kind: "spare"; readonly allowance: Allowance; readonly until: Instant }
  /** It had its allowance. */
  | { readonly kind: "over"; readonly reason: string }
  | { readonly kind: "off" };

/** Offenses one allowance spares at most, however short the time between them. */
export const MOST_OFFENSES = 20;
/** From the opening of one allowance to the next. */
export const RENEWAL: Duration = duration(86_400_000);

export function judgeAllowance(
  before: Allowance | undefined,
  { length, loginAt }: GuardFacts,
  now: Instant,
): GuardVerdict {
  if (length === 0) return { kind: "off" };
  if (before === undefined) return open(now, length);
  const until = instant(before.openedAt + length);
  if (now < until && before.offenses < MOST_OFFENSES) {
    return { kind: "spare", allowance: { ...before, offenses: before.offenses + 1 }, until };
  }
  const renewed = loginAt > before.openedAt && now >= before.openedAt + RENEWAL;
  if (renewed) return open(now, length);
  const reason = now < until ? `${MOST_OFFENSES} offenses were spared` : "its time is over";
  return { kind: "over", reason };
}

function open(now: Instant, length: Duration): GuardVerdict {
  return {
    kind: "spare",
    allowance: { openedAt: now, offenses: 1 },
    until: instant(now + length),
  };
}

/** Whether it says anything about what comes: neither open nor in the way of the next one. */
export function isPast(allowance: Allowance, now: Instant): boolean {
  return now >= allowance.openedAt + RENEWAL;
}
