/** Composes a report from what the daemon answered. */
import type { CampaignReply } from "../../control/campaign-messages.ts";
import type { PastBanReply } from "../../control/ban-messages.ts";
import type { AuditReply, BreakerReply } from "../../control/messages.ts";
import type { QualityReply } from "../../control/quality-messages.ts";
import type { StatsReply } from "../../control/stats-messages.ts";
import type { StatusReply } from "../../control/status-messages.ts";
import { DAY_MS, HOUR_MS } from "../../domain/stats.ts";
import {
  gapsOf,
  hoursOf,
  type ObservedHour,
  observedShare,
  observedWithin,
  statesOf,
} from "./observed-time.ts";
import type {
  ChangeCount,
  MissedProof,
  ReportJail,
  ReportReply,
  UndoneBan,
} from "./report-reply.ts";
import { stepsOf, unitOf } from "./report-steps.ts";

/** Answers of the daemon about one period. */
export interface ReportFacts {
  readonly host: string;
  /** With steps of an hour. */
  readonly hourly: StatsReply;
  /** By jail, in one step. */
  readonly byJail: StatsReply;
  readonly status: StatusReply;
  readonly campaigns: readonly CampaignReply[];
  readonly quality: readonly QualityReply[];
  readonly breakers: readonly BreakerReply[];
  /** By hand, newest first. */
  readonly changes: readonly AuditReply[];
  /** Lifted by hand, newest first. */
  readonly lifted: readonly PastBanReply[];
}

/** Maximum number of changes and of lifted bans that are asked for. */
export const MAX_ENTRIES = 2000;
const MAX_NEWEST = 20;
/** States that a jail is meant to have. */
const WANTED_STATES: ReadonlySet<string> = new Set(["protecting", "observing", "actions-only"]);
/** A jail may take so long to start before that counts as a missed proof. */
const MAX_STARTING_MS = 5 * 60_000;

/** `from`, `now`: milliseconds since 1970. */
export function composeReport(facts: ReportFacts, from: number, now: number): ReportReply {
  const { host, hourly, byJail, status, campaigns, changes, lifted } = facts;
  const hours = hoursOf(hourly, now);
  const unit = unitOf(hours.length);
  const undone = lifted
    .filter((ban) => ban.origin === "detected" && !isRestored(ban, changes))
    .map(toUndone);
  const isWithin = (at: string): boolean => Date.parse(at) >= from;
  return {
    ...{ host, from: new Date(from).toISOString(), to: new Date(now).toISOString() },
    observed: observedShare(hours),
    gaps: gapsOf(hours),
    totals: hourly.series[0]?.totals ?? NOTHING,
    step: unit,
    steps: stepsOf(hours, unit),
    jails: byJail.series.map((series) => toJail(series, { facts, hours, from, now })),
    top: hourly.top,
    campaigns: campaigns
      .filter(({ ended }) => ended === null || isWithin(ended))
      .map(({ name, jail, began, ended, sources, tries, banned }) => {
        return { name, jail, began, ended, sources, tries, banned: banned.length };
      }),
    campaigns_not_kept: campaigns[0]?.campaigns_not_kept ?? 0,
    suspected_compromises: status.suspected_compromises,
    acknowledged_compromises: changes.filter(({ action }) => action === "compromise-acknowledged"),
    missed_proofs: missedProofs(facts, from, now),
    doubts: {
      quality: facts.quality.filter(({ wrong, demoted }) => wrong > 0 || demoted),
      breakers: facts.breakers,
      ignored: status.jails.flatMap(({ ignored }) => ignored),
      exempting_nobody: status.exempting_nobody,
      left_out: status.left_out.map(({ name, reasons }) => ({ name, reasons })),
    },
    changes: countChanges(changes),
    newest_changes: changes.slice(0, MAX_NEWEST),
    changes_cut: changes.length >= MAX_ENTRIES,
    undone_bans: undone,
    undone_bans_cut: lifted.length >= MAX_ENTRIES,
  };
}

const NOTHING: ReportReply["totals"] = {
  ...{ failures: null, successes: null, offenses: null, bans: null, unbans: null },
  ...{ unrecognized: null, dropped: null },
};

interface Period {
  readonly facts: ReportFacts;
  readonly hours: readonly ObservedHour[];
  readonly from: number;
  readonly now: number;
}

function toJail(
  { jail, covered, totals }: StatsReply["series"][number],
  { facts, hours, from, now }: Period,
): ReportJail {
  const name = jail ?? "";
  const state = facts.status.jails.find((one) => one.name === name)?.state ?? null;
  // The end of the last step is in the future.
  const length = now - Date.parse(facts.byJail.from);
  const observed = Math.min(1, ((covered[0] ?? 0) * facts.byJail.step_ms) / length);
  // Nothing records when a jail was removed, so only the states of running ones are known.
  const periods = state === null ? [] : statesOf(name, facts.hourly, { from, to: now });
  const lengths = observedWithin(hours, periods);
  const timed = periods.map((one, i) => ({ state: one.state, ms: lengths[i] ?? 0 }));
  const states = [...Map.groupBy(timed, (one) => one.state)].map(([of, own]) => {
    return { state: of, length_ms: Math.round(own.reduce((sum, { ms }) => sum + ms, 0)) };
  });
  const known = states.reduce((sum, { length_ms: ms }) => sum + ms, 0);
  const unknown = Math.max(0, now - from - known);
  return { name, observed, state, states, unknown_ms: unknown, ...totals };
}

function missedProofs(
  { hourly, status }: ReportFacts,
  from: number,
  now: number,
): readonly MissedProof[] {
  const missed = status.jails.flatMap(({ name }) =>
    statesOf(name, hourly, { from, to: now }).filter(
      ({ state, from: begin, to }) =>
        !WANTED_STATES.has(state) && (state !== "starting" || to - begin > MAX_STARTING_MS),
    ),
  );
  return missed
    .toSorted((a, b) => a.from - b.from)
    .map(({ jail, state, cause, from: begin, to }) => {
      const end = to === now ? null : new Date(to).toISOString();
      return { jail, state, cause, from: new Date(begin).toISOString(), to: end };
    });
}

function countChanges(changes: readonly AuditReply[]): readonly ChangeCount[] {
  const groups = Map.groupBy(changes, ({ who, action }) => JSON.stringify([who, action]));
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      return first === undefined
        ? []
        : [{ who: first.who, action: first.action, count: group.length }];
    })
    .toSorted((a, b) => b.count - a.count);
}

/** Reports whether the address was banned there again by hand within an hour, as by the undo of the unban. */
function isRestored(
  { subject, jail, ended }: PastBanReply,
  changes: readonly AuditReply[],
): boolean {
  const lifted = Date.parse(ended);
  return changes.some(
    ({ action, at, ...of }) =>
      action === "ban" &&
      of.subject === subject &&
      of.jail === jail &&
      Date.parse(at) >= lifted &&
      Date.parse(at) - lifted <= HOUR_MS,
  );
}

function toUndone(past: PastBanReply): UndoneBan {
  const { subject, jail, from, ended, by, note, reason } = past;
  const isWithinDay = Date.parse(ended) - Date.parse(from) <= DAY_MS;
  return { subject, jail, from, ended, by, note, reason, within_day: isWithinDay };
}
