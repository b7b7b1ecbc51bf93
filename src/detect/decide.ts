/**
 * Decides on an offense or a request. Pure: every fact, the time and the random number are arguments. Order matters:
 * the allow-list is checked before anything else (invariant 4).
 */
import { amount } from "../domain/amount.ts";
import type { Ban } from "../domain/ban.ts";
import type { Decision } from "../domain/decision.ts";
import { type Duration, duration, formatDuration } from "../domain/duration.ts";
import { type Instant, type Until, instant, laterUntil } from "../domain/instant.ts";
import type { Offense } from "../domain/offense.ts";
import { joinScopes } from "../domain/port-scope.ts";
import type { Escalation, Policy } from "./policy.ts";

export interface Facts {
  /** The allow-list entry that covers the subject. */
  readonly allowedBy: string | undefined;
  /** The jail's current ban of the subject. */
  readonly current: Ban | undefined;
  /** Earlier bans of the subject, in this jail or in all, as configured. */
  readonly earlierBans: number;
  /** A random number in [0, 1). */
  readonly chance: number;
}

export function decideOffense(
  offense: Offense,
  policy: Policy,
  facts: Facts,
  now: Instant,
): Decision {
  if (facts.allowedBy !== undefined)
    return { kind: "ignore", reason: "allow-listed", entry: facts.allowedBy };
  const { severity = 0 } = offense;
  const current = inForce(facts.current, now);
  const isPast = current === undefined && facts.current !== undefined;
  const earlierBans = facts.earlierBans + (isPast ? 1 : 0);
  const ban: Ban = {
    subject: offense.subject,
    jail: offense.jail,
    scope: policy.scope,
    from: now,
    until: endOf(banLength(policy, { ...facts, earlierBans: earlierBans + severity }), now),
    origin: "detected",
    reason: offense.because ?? thresholdReason(offense),
    rule: offense.rule,
    failures: offense.failures,
    escalation: policy.escalation === undefined ? 0 : earlierBans,
  };
  // Further lines of a banned subject (open connections, or a firewall that lost the ban) are not a new offense:
  // extending the ban would only move its end.
  if (current?.origin === "detected" || current?.origin === "restored")
    return widenCurrent(ban, current);
  return overCurrent(ban, current);
}

function thresholdReason({ failures, findtime }: Offense): string {
  return `${amount(failures, "failure")} in ${formatDuration(findtime)}`;
}

/**
 * Returns the current ban, unless it has ended. It may end before the expiry timer closes it, for example while the
 * daemon is down.
 */
function inForce(current: Ban | undefined, now: Instant): Ban | undefined {
  const isOver = current !== undefined && current.until !== "forever" && current.until <= now;
  return isOver ? undefined : current;
}

/** Widens a ban of an earlier configuration that covers fewer ports than the jail does now. */
function widenCurrent(ban: Ban, current: Ban): Decision {
  const scope = joinScopes(current.scope, ban.scope);
  if (scope === current.scope) return alreadyBanned(current);
  const { from, until, escalation } = current;
  return { kind: "extend", ban: { ...ban, scope, from, until, escalation } };
}

/** Decides a request by an administrator: the same rules, but with the requested ban time and reason. */
export function decideRequest(ban: Ban, facts: Pick<Facts, "allowedBy" | "current">): Decision {
  if (facts.allowedBy !== undefined)
    return { kind: "ignore", reason: "allow-listed", entry: facts.allowedBy };
  return overCurrent(ban, inForce(facts.current, ban.from));
}

/** Makes the current ban longer or wider, never shorter or narrower. */
function overCurrent(ban: Ban, current: Ban | undefined): Decision {
  if (current === undefined) return { kind: "ban", ban };
  const until = laterUntil(ban.until, current.until);
  const scope = joinScopes(current.scope, ban.scope);
  if (until === current.until && scope === current.scope) return alreadyBanned(current);
  return { kind: "extend", ban: { ...ban, scope, from: current.from, until } };
}

function alreadyBanned(current: Ban): Decision {
  return { kind: "ignore", reason: "already-banned", entry: current.reason };
}

export function banLength(
  policy: Policy,
  facts: Pick<Facts, "earlierBans" | "chance">,
): Duration | "forever" {
  if (policy.bantime === "forever" || policy.escalation === undefined) return policy.bantime;
  const { multipliers, maxtime } = policy.escalation;
  const multiplier = multipliers[Math.min(facts.earlierBans, multipliers.length - 1)] ?? 1;
  if (multiplier === Infinity) return "forever";
  const longest = Math.max(policy.bantime, maxtime);
  const escalated = Math.max(policy.bantime, Math.min(policy.bantime * multiplier, longest));
  const jitter = jitterOf(duration(escalated), policy.escalation);
  // Reduce the longest bans by the jitter, so that with it they do not exceed maxtime, and their ends cannot be
  // predicted.
  const room = maxtime > policy.bantime ? Math.max(policy.bantime, longest - jitter) : longest;
  return duration(Math.round(Math.min(escalated, room) + facts.chance * jitter));
}

/** Returns the maximum random addition to a ban: the jitter, but at most a tenth of the ban. */
export function jitterOf(length: Duration, { jitter }: Pick<Escalation, "jitter">): Duration {
  return duration(Math.min(jitter, Math.floor(length / 10)));
}

function endOf(length: Duration | "forever", now: Instant): Until {
  return length === "forever" ? "forever" : instant(now + length);
}
