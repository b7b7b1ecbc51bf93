/** Describes a report in sections, the same for text and HTML. */
import { amount } from "../../domain/amount.ts";
import { duration, formatDuration } from "../../domain/duration.ts";
import { DAY_MS } from "../../domain/stats.ts";
import { describeEnding } from "../describe-ending.ts";
import { formatDay, formatMoment, sentence } from "../format-time.ts";
import { safe } from "../terminal.ts";
import { describeAttacks, describeGotThrough } from "./describe-attacks.ts";
import type { Block, Section } from "./document.ts";
import type { ReportReply } from "./report-reply.ts";

/** Maximum number of rows of a table. */
const MAX_ROWS = 20;

export function titleOf({ host, from, to }: ReportReply): string {
  const year = new Date(to).getFullYear();
  return `bailiff on ${safe(host)}, ${formatDay(from)} to ${formatDay(to)} ${year}`;
}

export function describeReport(report: ReportReply): readonly Section[] {
  return [
    { title: "Summary", blocks: [{ kind: "facts", facts: summarize(report) }] },
    ...describeGaps(report),
    ...describeAttacks(report),
    describeGotThrough(report),
    describeProtection(report),
    describeDoubts(report),
    describeChanges(report),
    describeUndone(report),
  ];
}

function summarize(report: ReportReply): readonly (readonly [string, string])[] {
  const { totals, suspected_compromises: open, changes, undone_bans: undone } = report;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const percent = Math.floor(report.observed * 1000) / 10;
  const wrong = undone.filter((ban) => ban.within_day).length;
  const doubts = Object.values(report.doubts).reduce((sum, list) => sum + list.length, 0);
  return [
    ["Period", `${formatMoment(report.from)} to ${formatMoment(report.to)} (${zone})`],
    [
      "Observed",
      report.gaps.length === 0
        ? "the whole period"
        : `${percent}% of the period; nothing is known of the rest, which is listed below`,
    ],
    ["Attacked", count(totals.failures, "failed attempt")],
    [
      "Stopped",
      `${count(totals.bans, "ban")}; packets dropped: ${totals.dropped === null ? "unknown" : `at least ${totals.dropped}`}`,
    ],
    [
      "Got through",
      open.length === 0
        ? "no open suspicion, as far as logins are recognized"
        : `${amount(open.length, "suspected compromise")} open`,
    ],
    ["Proofs missed", amount(report.missed_proofs.length, "time")],
    ["Policy doubts", amount(doubts, "entry")],
    [
      "Changes by hand",
      amount(
        changes.reduce((sum, one) => sum + one.count, 0),
        "entry",
      ),
    ],
    ["Bans undone", `${amount(undone.length, "detected ban")}, ${wrong} within a day`],
  ];
}

function count(value: number | null, one: string): string {
  return value === null ? "unknown" : amount(value, one);
}

/** Names the times of which nothing is known, so that they are not taken for quiet ones. */
function describeGaps({ gaps }: ReportReply): readonly Section[] {
  if (gaps.length === 0) return [];
  const rows = gaps
    .slice(-MAX_ROWS)
    .map(({ from, to, missing_ms: missing }) => [
      formatMoment(from),
      formatMoment(to),
      length(missing),
    ]);
  const blocks: readonly Block[] = [
    text(
      "The daemon did not run all the time: no attempt of these times was counted, and whether there were any is unknown.",
    ),
    { kind: "table", headings: ["From", "To", "Not running"], rows },
    ...rest(gaps.length - rows.length, "earlier gap"),
  ];
  return [{ title: "Not observed", blocks }];
}

function describeProtection({ jails, missed_proofs: missed }: ReportReply): Section {
  const rows = jails.map(({ name, state, states, unknown_ms: unknown }) => [
    safe(name),
    state ?? "not running now",
    [
      ...states.map((one) => `${one.state} ${length(one.length_ms)}`),
      ...(unknown < 60_000 ? [] : [`unknown ${length(unknown)}`]),
    ].join(", "),
  ]);
  const newest = missed.slice(-MAX_ROWS).toReversed();
  const times = newest.map(({ jail, state, cause, from, to }) => [
    safe(jail),
    state,
    cause ?? "-",
    formatMoment(from),
    to === null ? "lasts" : length(Date.parse(to) - Date.parse(from)),
  ]);
  return {
    title: "Proofs missed",
    blocks: [
      { kind: "table", headings: ["Jail", "Now", "In the period"], rows },
      times.length === 0
        ? text("No time is recorded in which a running jail was not as configured.")
        : {
            kind: "table",
            headings: ["Jail", "State", "Cause", "Since", "Lasted"],
            rows: times,
          },
      ...rest(missed.length - times.length, "earlier time"),
    ],
  };
}

function describeDoubts({ doubts }: ReportReply): Section {
  const items = [
    ...doubts.quality.map(
      (one) =>
        `${safe(one.jail)}: ${one.kind} ${safe(one.name)} was wrong about ${amount(one.wrong, "address")} with ${amount(one.bans, "ban")} within 30 days${one.demoted ? ", and only reports now" : ""}`,
    ),
    ...doubts.breakers.map(
      ({ jail, rule, state, reason }) =>
        `${safe(jail)}: rule ${safe(rule)} is ${state}: ${sentence(reason)}`,
    ),
    ...doubts.ignored.map(
      ({ subject, jail, offenses, entry }) =>
        `${safe(jail)}: ${subject} is exempt (${sentence(entry)}), with ${amount(offenses, "offense")} within 30 days`,
    ),
    ...doubts.exempting_nobody.map(
      ({ entry, reason }) => `${safe(entry)} in ignoreip exempts nobody: ${sentence(reason)}`,
    ),
    ...doubts.left_out.map(
      ({ name, reasons }) => `${safe(name)} cannot run: ${sentence(reasons[0] ?? "")}`,
    ),
  ];
  const shown = items.slice(0, MAX_ROWS);
  return {
    title: "Policy doubts",
    blocks:
      items.length === 0
        ? [text("None: no rule or detector was seen to be wrong within 30 days.")]
        : [
            { kind: "table", headings: ["What"], rows: shown.map((item) => [item]) },
            ...rest(items.length - shown.length, "more"),
          ],
  };
}

function describeChanges(report: ReportReply): Section {
  const { changes, newest_changes: newest, changes_cut: isCut } = report;
  if (changes.length === 0)
    return { title: "Changes by hand", blocks: [text("None is recorded.")] };
  const shown = changes.slice(0, MAX_ROWS);
  return {
    title: "Changes by hand",
    blocks: [
      {
        kind: "table",
        headings: ["Who", "What", "Entries"],
        rows: shown.map((one) => [safe(one.who), safe(one.action), String(one.count)]),
      },
      ...rest(changes.length - shown.length, "more"),
      ...(isCut ? [text("Only the newest 2000 entries of the period are counted.")] : []),
      text("The newest:"),
      {
        kind: "table",
        headings: ["When", "Who", "What", "Subject", "Jail", "Detail"],
        rows: newest.map(({ at, who, action, subject, jail, detail }) => [
          ...[formatMoment(at), safe(who), safe(action), subject ?? "-", safe(jail ?? "-")],
          sentence(detail),
        ]),
      },
    ],
  };
}

function describeUndone({ undone_bans: undone, undone_bans_cut: isCut }: ReportReply): Section {
  const shown = undone.slice(0, MAX_ROWS);
  const rows = shown.map((ban) => {
    const lasted = length(Date.parse(ban.ended) - Date.parse(ban.from));
    return [
      ...[ban.subject, safe(ban.jail), formatMoment(ban.ended)],
      ban.within_day ? `${lasted}, wrong` : lasted,
      describeEnding({ ...ban, why: "unbanned", counts: false }),
      sentence(ban.reason),
    ];
  });
  const cut = isCut ? [text("Only the newest 2000 lifted bans of the period are searched.")] : [];
  return {
    title: "Bans undone",
    blocks:
      rows.length === 0
        ? [text("No detected ban was lifted by hand."), ...cut]
        : [
            text(`A detected ban that is lifted within ${length(DAY_MS)} counts as wrong.`),
            {
              kind: "table",
              headings: ["Subject", "Jail", "Lifted", "Lasted", "How", "Reason"],
              rows,
            },
            ...rest(undone.length - shown.length, "older one"),
            ...cut,
          ],
  };
}

function rest(more: number, what: string): readonly Block[] {
  if (more <= 0) return [];
  return [
    text(`and ${what === "more" ? `${more} more` : amount(more, what)}: --format json lists them`),
  ];
}

function text(words: string): Block {
  return { kind: "text", text: words };
}

/** Formats whole minutes, or seconds of a short time. */
function length(ms: number): string {
  const unit = ms < 60_000 ? 1000 : 60_000;
  return formatDuration(duration(Math.max(1000, Math.round(ms / unit) * unit)));
}
