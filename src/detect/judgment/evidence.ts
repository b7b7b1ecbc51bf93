/**
 * Weighs what an attempt itself shows, in addition to the attempts that its line reports:
 *
 * - a name or path that the administrator lists as a honeypot: as much as reaches maxretry;
 * - a user that does not exist, after another such name of the same source: 1. Names that resemble the last one are
 *   typing errors.
 *
 * So are names that resemble an account that logs in here, also those of honeypots, unless anybody can register such an
 * account.
 */
import type { ObservedAttempt } from "./observed-attempt.ts";
import type { TriedNames } from "./tried-names.ts";

export interface Weighed {
  readonly extra: number;
  /** For display. */
  readonly because: string;
}

export interface EvidencePolicy {
  readonly maxretry: number;
  readonly honeypots: ReadonlySet<string>;
}

export function weighEvidence(
  { user, weight, isUnknownUser, isHoneypotPath }: ObservedAttempt,
  source: number,
  names: TriedNames,
  { maxretry, honeypots }: EvidencePolicy,
): Weighed | undefined {
  const extra = Math.max(0, maxretry - weight);
  if (isHoneypotPath === true) return { extra, because: "for a honeypot path" };
  const isHoneypot = user !== undefined && honeypots.has(user);
  if (isHoneypot && names.likeness(user) !== "similar")
    return { extra, because: "for a honeypot user" };
  if (user === undefined || !isUnknownUser) return undefined;
  // Noted in any case, so that the next name is compared with this one.
  const isFurther = names.isFurtherUnknown(user, source);
  if (!isFurther || names.likeness(user) !== "other") return undefined;
  return { extra: 1, because: "with several users that do not exist" };
}
