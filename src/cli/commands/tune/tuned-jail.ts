/** Describes the result of `bailiff tune`: what every form of its output shows. */
import { formatInstant } from "../../../domain/instant.ts";
import {
  formatLength,
  isRisky,
  isSameThresholds,
  type JailHistory,
  type Thresholds,
  type TriedPolicy,
  type Tuning,
} from "../../../pipeline/tune.ts";

export interface TunedJail {
  readonly name: string;
  /** Where the lines come from, for display. */
  readonly where: string;
  readonly leftOut: readonly string[];
  readonly history: JailHistory;
  readonly tuning: Tuning;
  /** Whether policies are shown that would have banned a user. */
  readonly showRisky: boolean;
}

/** One policy of `tune --json`; stable output, see docs/operating.md. */
export interface TunePolicyReply {
  readonly maxretry: number;
  /** As in the configuration: "10m", "forever". */
  readonly findtime: string;
  readonly bantime: string;
  readonly increment: boolean;
  readonly attempts: number;
  readonly through: number;
  readonly stopped: number;
  readonly bans: number;
  readonly subjects: number;
  /** Banned addresses and networks from which a user logged in, at any time in the log; at most 20. */
  readonly innocents: readonly string[];
  /** Number of further ones. */
  readonly innocents_not_listed: number;
  readonly stopped_logins: number;
  readonly peak: number;
}

/** The object of `tune --json`. */
export interface TuneReply {
  readonly jail: string;
  readonly lines: number;
  readonly logins: number;
  readonly first: string | null;
  readonly last: string | null;
  readonly current: TunePolicyReply | null;
  readonly proposed: TunePolicyReply | null;
  readonly reasons: readonly string[];
  /** TOML to paste; empty: the current policy is proposed, or none. */
  readonly toml: string;
  /** With --show-risky, also those that would have banned a user. */
  readonly policies: readonly TunePolicyReply[];
  /** Number of policies that would have banned a user. */
  readonly risky: number;
}

const MAX_INNOCENTS = 20;

export function toTuningReply(jail: TunedJail): TuneReply {
  const { history, tuning } = jail;
  const { span } = history;
  const { proposal, tried } = tuning;
  const current = currentOf(tuning);
  return {
    jail: jail.name,
    lines: history.lines,
    logins: history.logins,
    first: span === undefined ? null : formatInstant(span.first),
    last: span === undefined ? null : formatInstant(span.last),
    current: current === undefined ? null : toReply(current),
    proposed: proposal === undefined ? null : toReply(proposal.policy),
    reasons: proposal?.reasons ?? [],
    toml: tomlOf(jail),
    policies: shownPolicies(jail).map(toReply),
    risky: tried.filter(isRisky).length,
  };
}

function toReply(one: TriedPolicy): TunePolicyReply {
  const { attempts, through, bans, subjects, peak, maxretry, increment } = one;
  return {
    ...{ maxretry, findtime: formatLength(one.findtime), bantime: formatLength(one.bantime) },
    ...{ increment, attempts, through, stopped: attempts - through, bans, subjects },
    innocents: one.innocents.slice(0, MAX_INNOCENTS).map(({ subject }) => subject),
    innocents_not_listed: Math.max(0, one.innocents.length - MAX_INNOCENTS),
    ...{ stopped_logins: one.stoppedLogins, peak },
  };
}

export function currentOf({ tried, current }: Tuning): TriedPolicy | undefined {
  return tried.find((one) => isSameThresholds(one, current));
}

/** Returns what is shown, fewest attempts let through first. */
export function shownPolicies({ tuning, showRisky }: TunedJail): readonly TriedPolicy[] {
  return tuning.tried
    .filter((one) => showRisky || !isRisky(one))
    .toSorted((a, b) => a.through - b.through || a.bans - b.bans);
}

/** Returns the lines to paste, without settings that stay. Empty: nothing changes, or nothing is proposed. */
export function tomlOf({ name, tuning: { proposal, current } }: TunedJail): string {
  if (proposal === undefined || proposal.isCurrent) return "";
  const { policy } = proposal;
  const lines = (["maxretry", "findtime", "bantime", "increment"] as const).flatMap((key) =>
    policy[key] === current[key] ? [] : [settingOf(policy, key)],
  );
  return [`[jails.${name}]`, ...lines].join("\n");
}

function settingOf(policy: Thresholds, key: keyof Thresholds): string {
  switch (key) {
    case "maxretry":
      return `maxretry = ${policy.maxretry}`;
    case "findtime":
    case "bantime":
      return `${key} = "${formatLength(policy[key])}"`;
    case "increment":
      return `increment.enabled = ${policy.increment}`;
  }
}
