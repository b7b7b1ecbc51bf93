/** Formats statistics as CSV. An unknown count is empty, which is not zero. */
import type { StatsReply, StatsSeriesReply } from "../../../control/stats-messages.ts";
import { COUNTERS } from "../../../domain/stats.ts";
import { quoteCsv } from "../../../domain/quote-csv.ts";
import type { StatsRows } from "../shared-options.ts";

type Cell = string | number | null;

/** Returns the text without a final line feed. */
export function formatStatsCsv(reply: StatsReply, by: StatsRows | undefined): string {
  const rows: readonly (readonly Cell[])[] = rowsOf(reply, by);
  return rows.map((row) => row.map(quoteCsv).join(",")).join("\n");
}

function rowsOf(reply: StatsReply, by: StatsRows | undefined): readonly (readonly Cell[])[] {
  if (by === "address" || by === "user" || by === "network")
    return [
      [by, "failures", "error", ...(by === "user" ? [] : ["country", "asn", "organization"])],
      ...reply.top[by].map(({ key, failures, error, facts }) => [
        ...[key, failures, error],
        ...(by === "user" ? [] : [facts.country, facts.asn, facts.organization]),
      ]),
    ];
  if (by === "jail" || by === "rule") {
    const names = by === "jail" ? ["jail"] : ["jail", "rule"];
    const namesOf = ({ jail, rule }: StatsSeriesReply): readonly Cell[] =>
      by === "jail" ? [jail] : [jail, rule];
    const rows = reply.series.map((one) => [
      ...namesOf(one),
      ...COUNTERS.map((counter) => one.totals[counter]),
    ]);
    return [[...names, ...COUNTERS], ...rows];
  }
  const [series] = reply.series;
  const times = (series?.covered ?? []).map((covered, i) => [
    new Date(Date.parse(reply.from) + i * reply.step_ms).toISOString(),
    covered,
    ...COUNTERS.map((counter) => series?.counts[counter][i] ?? null),
  ]);
  return [["from", "covered", ...COUNTERS], ...times];
}
