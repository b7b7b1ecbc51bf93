/** Describes statistics as a table with a chart that fits the terminal. An unknown count is "-", and has no bar. */
import type { StatsReply, StatsSeriesReply } from "../../../control/stats-messages.ts";
import { amount } from "../../../domain/amount.ts";
import { type Counter, COUNTERS, DAY_MS } from "../../../domain/stats.ts";
import {
  type Bar,
  formatBars,
  formatShare,
  joinUnknown,
  MAX_BAR_NAME,
  shorten,
} from "../../bar-chart.ts";
import { describeAddress } from "../../describe-address.ts";
import { formatDay, formatWhen } from "../../format-time.ts";
import { formatTable } from "../../table.ts";
import { report, safe } from "../../terminal.ts";
import type { StatsRows } from "../shared-options.ts";

const MAX_PLACE = 28;
/** `width`: of the terminal, in columns. */
export function describeStats(
  reply: StatsReply,
  { by, count }: { readonly by?: StatsRows | undefined; readonly count: Counter },
  width: number,
  now: number,
): string {
  const since = `since ${formatWhen(reply.from, now)}`;
  if (by === "address" || by === "user" || by === "network") {
    const title = `Failures by ${by === "network" ? "network (/24 or /48)" : by}, ${since}`;
    const chart = formatBars(topBars(reply, by), [by, "failures", "up to"], width);
    const problems = reply.address_problems.map((one) => `\n${report(one)}`);
    return [title, "", chart, ...describeRest(reply, by), ...problems].join("\n");
  }
  const title = `${TITLES[count]} ${by === undefined ? "" : `by ${by}, `}${since}`;
  if (by === "jail" || by === "rule") {
    const bars = reply.series.map((one) => seriesBar(one, count));
    const chart = formatBars(bars, [by, count, "ran"], width);
    return [title, "", chart, "", formatTotals(reply.series, by, width)].join("\n");
  }
  const [series] = reply.series;
  if (series === undefined) return title;
  const chart = formatBars(timeBars(reply, series, count, now), ["from", count, "ran"], width);
  return [title, "", chart, "", formatTotals([series], "jail", width)].join("\n");
}

const TITLES: Readonly<Record<Counter, string>> = {
  failures: "Failures",
  successes: "Logins",
  offenses: "Offenses",
  bans: "Bans",
  unbans: "Ended bans",
  unrecognized: "Unrecognized lines",
  dropped: "Dropped packets, at least,",
};

function topBars({ top }: StatsReply, by: "address" | "user" | "network"): readonly Bar[] {
  return top[by].map((one) => ({
    name: safe(one.key),
    value: one.failures - one.error,
    note: one.error === 0 ? "" : String(one.failures),
    where: shorten(describeAddress(one.facts), MAX_PLACE),
  }));
}

/** Says what the list does not show. */
function describeRest(
  { top, top_rest: rest }: StatsReply,
  by: "address" | "user" | "network",
): readonly string[] {
  const { keys, floor } = rest[by];
  const more = `and ${keys} more: --limit ${top[by].length + keys} shows them`;
  const other = `Each ${by} that is not recorded has at most ${amount(floor, "failure")}.`;
  return [...(keys === 0 ? [] : [more]), ...(floor === 0 ? [] : [other])];
}

function seriesBar(one: StatsSeriesReply, count: Counter): Bar {
  return { name: nameOf(one), value: one.totals[count], note: formatShare(one.covered[0] ?? 0) };
}

function nameOf({ jail, rule }: StatsSeriesReply): string {
  return [jail ?? "all", rule ?? []].flat().map(safe).join(" ");
}

function timeBars(
  reply: StatsReply,
  { covered, counts }: StatsSeriesReply,
  count: Counter,
  now: number,
): readonly Bar[] {
  const bars = covered.map((share, i) => {
    const at = new Date(Date.parse(reply.from) + i * reply.step_ms).toISOString();
    // The end of the last step is in the future.
    const past = Math.min(1, Math.max(0, now - Date.parse(at)) / reply.step_ms);
    return {
      name: reply.step_ms < DAY_MS ? formatHour(at) : formatDay(at),
      value: counts[count][i] ?? null,
      note: formatShare(past === 0 ? 0 : Math.min(1, share / past)),
    };
  });
  return joinUnknown(bars);
}

function formatHour(iso: string): string {
  const date = new Date(iso);
  return `${formatDay(iso)} ${String(date.getHours()).padStart(2, "0")}:00`;
}

const HEADINGS: Readonly<Record<Counter, string>> = {
  failures: "FAIL",
  successes: "LOGIN",
  offenses: "OFFENSE",
  bans: "BAN",
  unbans: "UNBAN",
  unrecognized: "UNRECOGNIZED",
  dropped: "DROPPED",
};

/** A rule has no count of unrecognized lines and dropped packets. */
function formatTotals(
  series: readonly StatsSeriesReply[],
  by: "jail" | "rule",
  width: number,
): string {
  const shown = COUNTERS.filter(
    (counter) => by === "jail" || (counter !== "unrecognized" && counter !== "dropped"),
  );
  const rows = series.map((one) => [
    shorten(nameOf(one), MAX_BAR_NAME),
    ...shown.map((counter) => String(one.totals[counter] ?? "-")),
  ]);
  const headings = [by.toUpperCase(), ...shown.map((counter) => HEADINGS[counter])];
  return formatTable({ headings, rows, width });
}
