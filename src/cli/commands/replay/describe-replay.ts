/** Formats the results of a replay for people. */
import { amount } from "../../../domain/amount.ts";
import { formatInstant, type Instant } from "../../../domain/instant.ts";
import type { BannedSubject, Replayed, ReplaySummary } from "../../../pipeline/replay.ts";
import { POLICY_LEGEND } from "../../policy-legend.ts";
import { formatTable } from "../../table.ts";
import { safe } from "../../terminal.ts";

export interface DescribeOptions {
  /** Whether to list every address. */
  readonly all: boolean;
  readonly width: number | undefined;
}

const MAX_LISTED = 20;
const LEGEND = [
  "THROUGH, STOPPED: attempts that no ban stopped, and that a ban stopped",
  ...POLICY_LEGEND,
].join("\n");
const NOT_SIMULATED =
  "Not simulated, because a log does not show it: who was logged in at the time, records in btmp, names in ignoreip, ignorecommand, addresses of this host.";

export function describeReplay(
  replayed: Replayed,
  summaries: readonly ReplaySummary[],
  options: DescribeOptions,
): string {
  const { lines, first, last, overLimit } = replayed;
  if (lines === 0) return "the log is empty";
  if (summaries.every(isEmpty)) return describeUnrecognized(lines);
  const span =
    first === undefined || last === undefined
      ? "no recognized line has a time"
      : `recognized lines from ${timeOf(first)} to ${timeOf(last)}`;
  const parts = [`${amount(lines, "line")}, ${span}.`];
  if (overLimit > 0)
    parts.push(
      `${amount(overLimit, "line")} not matched to the end: rules reached their step limit.`,
    );
  parts.push("", describePolicies(summaries, options.width));
  for (const summary of summaries) parts.push(...describeNotes(summary));
  parts.push(...describeInnocents(summaries, options));
  const [a, b] = summaries;
  if (a !== undefined && b !== undefined)
    parts.push(...describeOnly(a, b, options), ...describeOnly(b, a, options));
  return [...parts, "", NOT_SIMULATED].join("\n");
}

function isEmpty({ line, tally }: ReplaySummary): boolean {
  return line.attempts + tally.untimed + tally.late === 0;
}

/** Says what to do about a log in which no policy finds an attempt, for which a table would only show zeros. */
function describeUnrecognized(lines: number): string {
  return [
    `${amount(lines, "line")}, and no failed login among them.`,
    "  to do: if there should be some, choose the filter of the service that wrote the log:",
    "    bailiff services --all",
    "    bailiff scan --filter NAME LOG",
    "    bailiff replay --filter NAME LOG",
  ].join("\n");
}

function describePolicies(summaries: readonly ReplaySummary[], width: number | undefined): string {
  const headings = [
    "POLICY",
    "ATTEMPTS",
    "THROUGH",
    "STOPPED",
    "BANS",
    "BANNED",
    "INNOCENT",
    "PEAK",
  ];
  const rows = summaries.map(({ line }) => [
    safe(line.policy),
    ...[line.attempts, line.through, line.stopped, line.bans, line.subjects].map(String),
    ...[line.innocents, line.peak].map(String),
  ]);
  return `${formatTable({ headings, rows, width })}\n${LEGEND}`;
}

function describeNotes({ line, tally }: ReplaySummary): readonly string[] {
  const { ignored, raised, forgiven, suspected, limited } = tally.guards;
  const notes = [
    ...[...ignored].map(
      ([reason, count]) => `${amount(count, "offense")} led to no ban (${reason})`,
    ),
    ...(raised > 0 ? [`${amount(raised, "threshold")} raised for a known user's address`] : []),
    ...(forgiven > 0 ? [`typing errors forgiven ${amount(forgiven, "time")}`] : []),
    ...(suspected > 0 ? [`${amount(suspected, "offense")} suspected, and only reported`] : []),
    ...(limited > 0 ? [`bans_per_minute reached ${amount(limited, "time")}`] : []),
    ...(tally.stoppedLogins > 0
      ? [`${amount(tally.stoppedLogins, "login")} prevented by a ban`]
      : []),
    ...(tally.untimed > 0
      ? [`${amount(tally.untimed, "attempt")} not counted, because their lines have no time`]
      : []),
    ...(tally.late > 0
      ? [`${amount(tally.late, "attempt")} not counted, because newer lines come before them`]
      : []),
  ];
  return notes.length === 0 ? [] : ["", `${safe(line.policy)}:`, ...notes.map((one) => `  ${one}`)];
}

/** Lists banned subjects from which a user logged in. */
function describeInnocents(
  summaries: readonly ReplaySummary[],
  { all, width }: DescribeOptions,
): readonly string[] {
  const found = summaries.flatMap(({ line, subjects }) =>
    subjects.filter(({ innocent }) => innocent !== undefined).map((one) => ({ line, one })),
  );
  if (found.length === 0) return [];
  const rows = found
    .slice(0, all ? found.length : MAX_LISTED)
    .map(({ line, one }) => [
      ...(summaries.length > 1 ? [safe(line.policy)] : []),
      ...cellsOf(one),
      one.innocent === one.subject ? "" : (one.innocent ?? ""),
    ]);
  const headings = [...(summaries.length > 1 ? ["POLICY"] : []), ...HEADINGS, "LOGIN FROM"];
  return [
    "",
    "Banned, although a user logged in from there at some time:",
    formatTable({ headings, rows, width }),
    ...moreOf(found.length, rows.length),
  ];
}

const HEADINGS = ["ADDRESS", "BANS", "FIRST BAN", "JAIL", "REASON"];

function cellsOf({ subject, bans, at, jail, reason }: BannedSubject): readonly string[] {
  return [subject, String(bans), timeOf(at), jail, safe(reason)];
}

/** Lists the subjects that one policy banned and the other did not. */
function describeOnly(
  { line, subjects }: ReplaySummary,
  other: ReplaySummary,
  { all, width }: DescribeOptions,
): readonly string[] {
  const others = new Set(other.subjects.map(({ subject }) => subject));
  const only = subjects.filter(({ subject }) => !others.has(subject));
  const title = `Banned only by ${safe(line.policy)}: ${amount(only.length, "address", "addresses and networks")}`;
  if (only.length === 0) return ["", title];
  const rows = only.slice(0, all ? only.length : MAX_LISTED).map(cellsOf);
  return [
    "",
    title,
    formatTable({ headings: HEADINGS, rows, width }),
    ...moreOf(only.length, rows.length),
  ];
}

function moreOf(found: number, shown: number): readonly string[] {
  return found > shown ? [`… and ${found - shown} more (--all lists them)`] : [];
}

function timeOf(at: Instant): string {
  return `${formatInstant(at).slice(0, 19).replace("T", " ")}Z`;
}
