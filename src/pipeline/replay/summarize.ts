/** Summarizes what one policy did in a replay. */
import type { ReplayPolicy } from "./policy-replay.ts";
import type { BannedSubject, ReplayTally } from "./replay-tally.ts";

/** One line of `replay --json`; stable output, see docs/filters.md. */
export interface ReplayLine {
  /** Number of failed attempts, as `scan` counts them: those that came through and those that a ban stopped. */
  readonly attempts: number;
  readonly through: number;
  readonly stopped: number;
  readonly bans: number;
  /** Number of different addresses and networks that were banned. */
  readonly subjects: number;
  /** Number of these from which a user logged in, at any time in the log. */
  readonly innocents: number;
  /** Number of attacks by many addresses together that were recognized. */
  readonly campaigns: number;
  /** The policy: "default", "fail2ban", or the path of its files. */
  readonly policy: string;
  /** Maximum number of bans at the same time. */
  readonly peak: number;
  /** Number of logins, and of those that a ban would have prevented. */
  readonly logins: number;
  readonly stopped_logins: number;
  /** Number of lines read. */
  readonly lines: number;
  /** How long the replay of all policies took. */
  readonly seconds: number;
}

export interface ReplaySummary {
  readonly line: ReplayLine;
  readonly policy: ReplayPolicy;
  readonly tally: ReplayTally;
  /** Banned subjects, first banned first. */
  readonly subjects: readonly BannedSubject[];
}

/** `tally`: that of the policy. `seconds`: how long the replay took. */
export function summarize(
  policy: ReplayPolicy,
  tally: ReplayTally,
  { lines, seconds }: { readonly lines: number; readonly seconds: number },
): ReplaySummary {
  const { attempts, stopped, bans, peak, logins } = tally;
  const subjects = tally.subjects();
  const line = {
    ...{ attempts, through: attempts - stopped, stopped, bans, subjects: subjects.length },
    innocents: subjects.filter(({ innocent }) => innocent !== undefined).length,
    campaigns: tally.campaigns,
    ...{ policy: policy.name, peak, logins, stopped_logins: tally.stoppedLogins, lines },
    seconds: Math.round(seconds * 1000) / 1000,
  };
  return { line, policy, tally, subjects };
}
