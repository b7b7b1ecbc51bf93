import type { JailPolicy } from "../happenings.ts";
import { HISTORY_KEPT, JITTER } from "./promises.ts";

interface PastBan {
  readonly jail: string;
  readonly at: number;
  /** False for a manual ban or one recorded on a full disk: it may count or not. */
  isSure: boolean;
}

/** Earlier bans of each subject, which make its next ban longer. */
export class BanHistory {
  readonly #bans = new Map<string, PastBan[]>();

  add(subject: string, ban: PastBan): void {
    const past = (this.#bans.get(subject) ?? []).filter(({ at }) => at > ban.at - HISTORY_KEPT);
    this.#bans.set(subject, [...past, ban]);
  }

  /**
   * Removes a lifted ban: "A ban that was lifted … does not make the next one longer". Source: docs/operating.md, Who
   * is banned, and why.
   */
  remove(subject: string, jail: string): void {
    const past = this.#bans.get(subject) ?? [];
    const last = past.findLastIndex((ban) => ban.jail === jail);
    this.#bans.set(
      subject,
      past.filter((_, index) => index !== last),
    );
  }

  doubt(subject: string, jail: string): void {
    const last = this.#bans.get(subject)?.findLast((ban) => ban.jail === jail);
    if (last !== undefined) last.isSure = false;
  }

  doubtSince(since: number): void {
    for (const past of this.#bans.values())
      for (const ban of past) if (ban.at >= since) ban.isSure = false;
  }

  /**
   * Returns the minimum and maximum number of earlier bans that count; `overalljails` decides about those of other
   * jails.
   */
  count(subject: string, jail: string): { least: number; most: number } {
    const past = this.#bans.get(subject) ?? [];
    return {
      least: past.filter((ban) => ban.jail === jail && ban.isSure).length,
      most: past.length,
    };
  }
}

/** Reports whether a ban may last from its start, between `earliest` and `latest`, until `until`. */
export function isLengthAllowed(
  policy: JailPolicy,
  past: { least: number; most: number },
  { earliest, latest, until }: { earliest: number; latest: number; until: number },
): boolean {
  for (let count = past.least; count <= past.most; count++) {
    const length = lengthOf(policy, count);
    const jitter = Math.min(policy.jitter ?? JITTER.most, length * JITTER.share);
    if (
      length === Infinity
        ? until === Infinity
        : until >= earliest + length && until <= latest + length + jitter
    ) {
      return true;
    }
  }
  return false;
}

/** Returns the ban time after `past` bans. Source: docs/reference/configuration.md, [defaults.increment]. */
function lengthOf({ banTime, increment }: JailPolicy, past: number): number {
  if (increment === undefined) return banTime;
  const { multipliers, maxTime } = increment;
  const multiplier = multipliers[Math.min(past, multipliers.length - 1)] ?? 1;
  if (multiplier === Infinity) return Infinity;
  return Math.min(banTime * multiplier, Math.max(maxTime, banTime));
}
