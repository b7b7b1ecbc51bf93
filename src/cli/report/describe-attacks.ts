/** Describes who attacked, what was stopped, and what may have got through. */
import type { StatsTopReply } from "../../control/stats-messages.ts";
import type { Bar } from "../bar-chart.ts";
import { describeAddress } from "../describe-address.ts";
import { formatDay, formatMoment, sentence } from "../format-time.ts";
import { safe } from "../terminal.ts";
import type { Block, Section } from "./document.ts";
import type { ReportReply } from "./report-reply.ts";

export function describeAttacks(report: ReportReply): readonly Section[] {
  const { top, campaigns, campaigns_not_kept: notKept } = report;
  const attacked: readonly Block[] = [
    { kind: "steps", what: "failed attempts", steps: stepsOf(report, "failures") },
    bars("address", top.address),
    bars("user", top.user),
    bars("network", top.network),
    ...(campaigns.length === 0
      ? [text("No campaign (many addresses that each try little) of the last 30 days is recorded.")]
      : [campaignTable(campaigns)]),
    ...(notKept === 0 ? [] : [text(`${notKept} more of the last 30 days are not kept.`)]),
  ];
  return [
    { title: "Attacked", blocks: attacked },
    { title: "Stopped", blocks: describeStopped(report) },
  ];
}

function campaignTable(campaigns: ReportReply["campaigns"]): Block {
  const rows = campaigns.map(({ name, jail, began, ended, sources, tries, banned }) => [
    ...[
      safe(name),
      safe(jail),
      formatMoment(began),
      ended === null ? "lasts" : formatMoment(ended),
    ],
    ...[sources, tries, banned].map(String),
  ]);
  const headings = ["Campaign", "Jail", "Began", "Ended", "Addresses", "Attempts", "Banned now"];
  return { kind: "table", headings, rows };
}

function describeStopped(report: ReportReply): readonly Block[] {
  const rows = report.jails.map((jail) => [
    safe(jail.name),
    `${Math.round(jail.observed * 100)}%`,
    ...[jail.failures, jail.offenses, jail.bans, jail.unbans].map((value) => String(value ?? "-")),
    jail.dropped === null ? "-" : `≥ ${jail.dropped}`,
  ]);
  const headings = ["Jail", "Observed", "Attempts", "Offenses", "Bans", "Ended", "Packets dropped"];
  return [
    { kind: "steps", what: "bans", steps: stepsOf(report, "bans") },
    { kind: "table", headings, rows },
    text(
      "Observed: the part of the period in which the daemon ran the jail. An attempt is listed in each jail that counts it. Dropped packets are a lower bound, since the counters of only some bans are read. A dash is unknown, which is not zero.",
    ),
  ];
}

/** Says what logins followed guesses, and where logins are recognized at all. */
export function describeGotThrough(report: ReportReply): Section {
  const { suspected_compromises: open, acknowledged_compromises: known, jails } = report;
  const alarms = [
    ...open.map(({ at, user, ip, jail, reason }) => [
      ...[formatMoment(at), safe(user), ip, safe(jail), "open", sentence(reason)],
    ]),
    ...known.map(({ at, who, subject, jail, detail }) => [
      ...[formatMoment(at), "-", subject ?? "-", safe(jail ?? "-")],
      ...[`acknowledged by ${safe(who)}`, sentence(detail)],
    ]),
  ];
  const seen = jails.filter(({ successes }) => (successes ?? 0) > 0);
  const unseen = jails.filter(({ successes }) => (successes ?? 0) === 0);
  const logins = seen.map(({ name, successes }) => `${safe(name)} ${successes}`);
  return {
    title: "Got through",
    blocks: [
      alarms.length === 0
        ? text(
            "No suspected compromise is open or was acknowledged in this time, as far as logins were recognized. An open one is kept for 30 days.",
          )
        : {
            kind: "table",
            headings: ["When", "User", "Address", "Jail", "State", "Why"],
            rows: alarms,
          },
      text(`Logins counted: ${logins.length === 0 ? "none" : logins.join(", ")}.`),
      ...(unseen.length === 0
        ? []
        : [
            text(
              `No login was counted in ${unseen.map(({ name }) => safe(name)).join(", ")}: there a login of an attacker would not show, unless there was none.`,
            ),
          ]),
    ],
  };
}

function bars(what: "address" | "user" | "network", top: readonly StatsTopReply[]): Block {
  const rows = top.map(
    ({ key, failures, error, facts }): Bar => ({
      name: safe(key),
      value: failures - error,
      note: error === 0 ? "" : String(failures),
      where: describeAddress(facts),
    }),
  );
  return { kind: "bars", headings: [what, "attempts", "up to"], bars: rows };
}

function stepsOf({ step: unit, steps }: ReportReply, counter: "failures" | "bans") {
  return steps.map((step) => ({
    name: unit === "hour" ? formatMoment(step.from) : formatDay(step.from),
    value: step[counter],
    observed: step.observed,
  }));
}

function text(words: string): Block {
  return { kind: "text", text: words };
}
