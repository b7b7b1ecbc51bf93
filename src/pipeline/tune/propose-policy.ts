/**
 * Proposes one of the tried policies. It would have banned nobody who logs in, and neither would a maxretry that is one
 * step lower. Of those that let nearly as few attempts through as the best, it is the mildest.
 */
import { amount } from "../../domain/amount.ts";
import {
  formatLength,
  isRisky,
  isSameThresholds,
  type Thresholds,
  type TriedPolicy,
} from "./tried-policy.ts";

export interface Proposal {
  readonly policy: TriedPolicy;
  /** Whether it is the jail's own policy. */
  readonly isCurrent: boolean;
  /** Full sentences. */
  readonly reasons: readonly string[];
}

/** A policy counts as equal to the best if it lets through this part of all attempts more. */
const TOLERANCE = 0.02;

/** Returns undefined if each policy that may be proposed would have banned a user. `logins`: those in the history. */
export function proposePolicy(
  tried: readonly TriedPolicy[],
  current: Thresholds,
  logins: number,
): Proposal | undefined {
  const allowed = tried.filter((one) => isAllowed(one, tried, current, logins));
  if (allowed.length === 0) return undefined;
  const least = Math.min(...allowed.map(({ through }) => through));
  const attempts = Math.max(...allowed.map((one) => one.attempts));
  const good = allowed.filter(({ through }) => through <= least + attempts * TOLERANCE);
  const own = good.find((one) => isSameThresholds(one, current));
  const policy = own ?? good.toSorted((a, b) => compareMildness(a, b, current))[0];
  if (policy === undefined) return undefined;
  const isCurrent = own !== undefined;
  const now = tried.find((one) => isSameThresholds(one, current));
  return { policy, isCurrent, reasons: reasonsFor(policy, { now, tried, isCurrent, logins }) };
}

/** Returns the policies that `proposePolicy` may choose, best first: for these, lengths of bans are tried. */
export function bestThresholds(
  tried: readonly TriedPolicy[],
  current: Thresholds,
  { logins, count }: { readonly logins: number; readonly count: number },
): readonly TriedPolicy[] {
  return tried
    .filter((one) => isAllowed(one, tried, current, logins))
    .toSorted((a, b) => a.through - b.through || compareMildness(a, b, current))
    .slice(0, count);
}

function isAllowed(
  one: TriedPolicy,
  tried: readonly TriedPolicy[],
  current: Thresholds,
  logins: number,
): boolean {
  if (isRisky(one)) return false;
  // Without a login, nothing shows whom a stricter threshold would hit.
  if (logins === 0 && isStricter(one, current)) return false;
  const stricter = stricterNeighbor(one, tried);
  // The lowest maxretry is tried only to see whether the next one has a margin.
  return stricter === undefined ? !isStricter(one, current) : !isRisky(stricter);
}

function isStricter(one: Thresholds, current: Thresholds): boolean {
  return one.maxretry < current.maxretry || one.findtime > current.findtime;
}

/** Returns the tried policy with the next lower maxretry, and all else equal or, where that was not tried, similar. */
function stricterNeighbor(
  one: TriedPolicy,
  tried: readonly TriedPolicy[],
): TriedPolicy | undefined {
  const lower = tried.filter(
    ({ maxretry, findtime }) => maxretry < one.maxretry && findtime === one.findtime,
  );
  const next = Math.max(...lower.map(({ maxretry }) => maxretry));
  const nearest = lower.filter(({ maxretry }) => maxretry === next);
  return (
    nearest.find((other) => isSameThresholds({ ...other, maxretry: one.maxretry }, one)) ??
    nearest[0]
  );
}

/** Orders policies by what they do to an address with a few failures, mildest first. */
function compareMildness(a: TriedPolicy, b: TriedPolicy, current: Thresholds): number {
  return (
    b.maxretry - a.maxretry ||
    a.findtime - b.findtime ||
    lengthOf(a) - lengthOf(b) ||
    Number(b.increment === current.increment) - Number(a.increment === current.increment) ||
    a.bans - b.bans
  );
}

function lengthOf({ bantime }: Thresholds): number {
  return bantime === "forever" ? Number.MAX_SAFE_INTEGER : bantime;
}

interface Context {
  readonly now: TriedPolicy | undefined;
  readonly tried: readonly TriedPolicy[];
  readonly isCurrent: boolean;
  readonly logins: number;
}

function reasonsFor(
  policy: TriedPolicy,
  { now, tried, isCurrent, logins }: Context,
): readonly string[] {
  const { through, attempts, bans, peak } = policy;
  const reasons = [
    isCurrent
      ? `No other policy lets notably fewer attempts through: ${through} of ${attempts} now.`
      : `It lets ${through} of ${attempts} attempts through${now === undefined ? "" : ` instead of ${now.through}`}, with ${amount(bans, "ban")}${now === undefined ? "" : ` instead of ${now.bans}`} and at most ${peak} at the same time.`,
  ];
  if (logins === 0)
    reasons.push(
      "The history has no login, so it does not show whom a stricter threshold would ban; only the length of bans was considered.",
    );
  else
    reasons.push(
      `It would have banned none of the addresses from which users logged in (${amount(logins, "login")}).`,
    );
  const stricter = stricterNeighbor(policy, tried);
  if (logins > 0 && stricter !== undefined)
    reasons.push(`Neither would maxretry = ${stricter.maxretry}, so there is a margin.`);
  if (!isCurrent && policy.bantime !== now?.bantime)
    reasons.push(
      `Bans of ${formatLength(policy.bantime)} are the shortest that stop nearly as much as the best.`,
    );
  return reasons;
}
