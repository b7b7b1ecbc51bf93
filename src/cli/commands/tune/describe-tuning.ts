/** Formats the result of `bailiff tune` for people. */
import { amount } from "../../../domain/amount.ts";
import { duration, formatDuration } from "../../../domain/duration.ts";
import { formatInstant } from "../../../domain/instant.ts";
import {
  formatLength,
  isRisky,
  isSameThresholds,
  type TriedPolicy,
} from "../../../pipeline/tune.ts";
import { POLICY_LEGEND } from "../../policy-legend.ts";
import { formatTable } from "../../table.ts";
import { safe } from "../../terminal.ts";
import { drawChart, MARKS } from "./draw-chart.ts";
import { currentOf, shownPolicies, tomlOf, type TunedJail } from "./tuned-jail.ts";

const MAX_ROWS = 15;
const MAX_INNOCENTS = 20;

export function describeTuning(jail: TunedJail, width: number | undefined): string {
  const shown = shownPolicies(jail);
  const parts = [describeHistory(jail), "", describeTable(jail, shown, width)];
  if (shown.length > 1) parts.push("", describeChart(jail, shown));
  return [...parts, ...describeRisky(jail, width), "", describeProposal(jail)].join("\n");
}

/** Says what was read and tried. */
export function describeHistory({ name, where, leftOut, history, tuning }: TunedJail): string {
  const { span, lines, logins } = history;
  const attempts = Math.max(0, ...tuning.tried.map((one) => one.attempts));
  const during =
    span === undefined
      ? ""
      : ` from ${dayOf(span.first)} to ${dayOf(span.last)} (${formatDuration(duration(span.last - span.first))})`;
  const sentences = [
    `Jail ${safe(name)}: ${amount(lines, "line")} of ${safe(where)}${during}: ${amount(attempts, "attempt")}, ${amount(logins, "login")}.`,
    ...(history.leftOut > 0
      ? [`Only the newest ${history.kept.length} recognized lines were used.`]
      : []),
    ...leftOut.map((what) => `Left out: ${safe(what)}.`),
    `${amount(tuning.tried.length, "policy", "policies")} tried with the daemon's own code and simulated bans.`,
  ];
  return sentences.join("\n");
}

const HEADINGS = [
  "MAXRETRY",
  "FINDTIME",
  "BANTIME",
  "INCREMENT",
  "THROUGH",
  "BANS",
  "BANNED",
  "INNOCENT",
  "PEAK",
  "",
];

const LEGEND = ["THROUGH: attempts that no ban stopped", ...POLICY_LEGEND].join("\n");

function describeTable(
  jail: TunedJail,
  shown: readonly TriedPolicy[],
  width: number | undefined,
): string {
  const current = currentOf(jail.tuning);
  const proposed = jail.tuning.proposal?.policy;
  const named = [current, proposed].flatMap((one) => one ?? []);
  const best = shown.filter((one) => isTradeOff(one, shown) && !named.includes(one));
  const listed = [...named, ...best.slice(0, MAX_ROWS - named.length)];
  const rows = [...new Set(listed)]
    .toSorted((a, b) => a.through - b.through || a.bans - b.bans)
    .map((one) => [...cellsOf(one), labelOf(one, current, proposed)]);
  const title = "Policies that no other one beats in both attempts let through and bans:";
  return `${title}\n${formatTable({ headings: HEADINGS, rows, width })}\n${LEGEND}`;
}

/** Returns whether no other policy lets fewer attempts through with as few bans, or does the same with `increment` on. */
function isTradeOff(one: TriedPolicy, all: readonly TriedPolicy[]): boolean {
  return !all.some(
    (other) =>
      other.through <= one.through &&
      other.bans <= one.bans &&
      (other.through < one.through || other.bans < one.bans || isSameWithIncrement(other, one)),
  );
}

function isSameWithIncrement(other: TriedPolicy, one: TriedPolicy): boolean {
  return !one.increment && other.increment && isSameThresholds(other, { ...one, increment: true });
}

export function labelOf(
  one: TriedPolicy,
  current: TriedPolicy | undefined,
  proposed: TriedPolicy | undefined,
): string {
  const labels = [
    ...(one === current ? ["current"] : []),
    ...(one === proposed ? ["proposed"] : []),
    ...(isRisky(one) ? ["risky"] : []),
  ];
  return labels.join(", ");
}

/** The cells below HEADINGS, without the label, which is the last. */
export function cellsOf(one: TriedPolicy): readonly string[] {
  return [
    String(one.maxretry),
    formatLength(one.findtime),
    formatLength(one.bantime),
    one.increment ? "on" : "off",
    ...[one.through, one.bans, one.subjects, one.innocents.length, one.peak].map(String),
  ];
}

function describeChart({ tuning }: TunedJail, shown: readonly TriedPolicy[]): string {
  const current = currentOf(tuning);
  const proposed = tuning.proposal?.policy;
  const points = [
    ...shown.map((policy) => ({ policy, mark: isRisky(policy) ? MARKS.risky : MARKS.tried })),
    ...(current === undefined ? [] : [{ policy: current, mark: MARKS.current }]),
    ...(proposed === undefined ? [] : [{ policy: proposed, mark: MARKS.proposed }]),
  ];
  const legend = [
    ...(current === undefined || current === proposed ? [] : [`${MARKS.current} current`]),
    ...(proposed === undefined ? [] : [`${MARKS.proposed} proposed`]),
    `${MARKS.tried} tried`,
    ...(shown.some(isRisky) ? [`${MARKS.risky} would have banned a user`] : []),
  ];
  return `${drawChart(points)}\n${legend.join("   ")}`;
}

/** Says which policies would have banned users, and which users. */
function describeRisky(
  { tuning, showRisky, history }: TunedJail,
  width: number | undefined,
): readonly string[] {
  const risky = tuning.tried.filter(isRisky);
  if (risky.length === 0) return [];
  const text = `${amount(risky.length, "policy", "policies")} would have banned an address from which a user logged in`;
  if (!showRisky) return ["", `${text}; --show-risky shows them.`];
  const found = new Map(
    risky.flatMap(({ innocents }) => innocents.map((one) => [one.subject, one])),
  );
  const rows = [...found.values()]
    .slice(0, MAX_INNOCENTS)
    .map(({ subject, innocent, reason }) => [subject, innocent ?? "", safe(reason)]);
  const headings = ["BANNED", "LOGIN FROM", "FIRST REASON"];
  const more = found.size - rows.length;
  return [
    "",
    `${text} (${amount(history.logins, "login")} in all):`,
    formatTable({ headings, rows, width }),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

function describeProposal(jail: TunedJail): string {
  const { proposal } = jail.tuning;
  if (proposal === undefined) return describeNone(jail);
  const reasons = proposal.reasons.map((reason) => `- ${reason}`);
  if (proposal.isCurrent) return ["Proposed: keep the current policy.", ...reasons].join("\n");
  return [
    "Proposed:",
    ...reasons,
    "",
    "To use it, put these lines into the configuration, then: bailiff reload",
    "",
    tomlOf(jail),
  ].join("\n");
}

/** Says why no policy is proposed, and whom each would have banned. */
export function describeNone({ tuning: { tried } }: TunedJail): string {
  const [first = [], ...others] = tried.map(({ innocents }) =>
    innocents.map(({ subject }) => subject),
  );
  const always = first.filter((subject) => others.every((banned) => banned.includes(subject)));
  const more = always.length - MAX_INNOCENTS;
  const whom =
    always.length === 0
      ? "See --show-risky."
      : `All would have banned ${always.slice(0, MAX_INNOCENTS).join(", ")}${more > 0 ? ` and ${more} more` : ""}. Where that is a user, exempt the address (bailiff allow) and tune again.`;
  return `No policy is proposed: each that was tried, or its next lower maxretry, would have banned an address from which a user logged in. ${whom}`;
}

function dayOf(at: Parameters<typeof formatInstant>[0]): string {
  return formatInstant(at).slice(0, 10);
}
