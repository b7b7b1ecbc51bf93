/** Defines a policy that `bailiff tune` tries, and what it did in the replay. */
import type { JailConfig } from "../../config/config.ts";
import { type Duration, formatDuration } from "../../domain/duration.ts";
import type { BannedSubject } from "../replay.ts";

/** The settings that are tuned; all others are the jail's. */
export interface Thresholds {
  readonly maxretry: number;
  readonly findtime: Duration;
  readonly bantime: Duration | "forever";
  /** Whether repeat offenders are banned for longer. */
  readonly increment: boolean;
}

export interface TriedPolicy extends Thresholds {
  readonly attempts: number;
  readonly through: number;
  readonly bans: number;
  /** Number of different addresses and networks that were banned. */
  readonly subjects: number;
  /** Those of them from which a user logged in, at any time in the log. */
  readonly innocents: readonly BannedSubject[];
  /** Number of logins that a ban would have prevented. */
  readonly stoppedLogins: number;
  /** Maximum number of bans at the same time. */
  readonly peak: number;
}

export function thresholdsOf({ maxretry, findtime, bantime, increment }: JailConfig): Thresholds {
  return { maxretry, findtime, bantime, increment: increment.enabled };
}

export function isSameThresholds(a: Thresholds, b: Thresholds): boolean {
  return (
    a.maxretry === b.maxretry &&
    a.findtime === b.findtime &&
    a.bantime === b.bantime &&
    a.increment === b.increment
  );
}

/** Returns whether a policy would have banned a user, or prevented a login. */
export function isRisky({ innocents, stoppedLogins }: TriedPolicy): boolean {
  return innocents.length > 0 || stoppedLogins > 0;
}

/** Formats for display, as it is written in the configuration: "1h30m", "forever". */
export function formatLength(length: Duration | "forever"): string {
  return length === "forever" ? length : formatDuration(length).replaceAll(" ", "");
}
