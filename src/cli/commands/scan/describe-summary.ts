/** Formats the results of a scan for people. */
import type { ScanSummary, Shape } from "../../../pipeline/scan.ts";
import { amount } from "../../../domain/amount.ts";
import { describeHiddenClients, fixHiddenClients } from "../../../jails/hidden-clients.ts";
import { describeUnaddressed, fixUnaddressed } from "../../../jails/unaddressed.ts";
import { fixOpenQuote } from "../../../health/open-quote.ts";
import { explainColumns } from "../../../parse/route/unknown-columns.ts";
import { formatTable } from "../../table.ts";
import { safe } from "../../terminal.ts";

const MAX_LISTED = 10;

export interface Scanned {
  /** As given on the command line: a path, or "-". */
  readonly log: string;
  /** Names as given on the command line. */
  readonly filters: readonly string[];
  /** Programs whose lines the filters read; empty: any program. */
  readonly programs: readonly string[];
  /** Number of rules that were not used, because they are unverified. */
  readonly unused: number;
}

export function describeSummary(
  summary: ScanSummary,
  { log, filters, programs, unused }: Scanned,
  width: number | undefined,
): string {
  const { kinds, lines, attempts, unrecognized, skipped } = summary;
  const { unaddressed, hidden, possibleProxy } = summary;
  if (lines === 0) return `${log === "-" ? "standard input" : safe(log)} is empty`;
  const others =
    programs.length === 0
      ? ` without a readable header`
      : ` of other programs or without a readable header (${filters.length === 1 ? "this filter reads" : "these filters read"} ${programs.join(", ")})`;
  const parts = [
    `${amount(lines, "line")}, filter ${filters.join(", ")}: ${amount(kinds.failure, "failure")} (${amount(attempts, "attempt")}), ${amount(kinds.success, "success")}, ${kinds.pending} as context for later lines, ${kinds.neutral} harmless, ${unrecognized} not recognized${skipped === 0 ? "" : `, ${skipped}${others}`}`,
  ];
  if (unused > 0 && unrecognized > 0)
    parts.push(`${amount(unused, "unverified rule")} not used (--unverified uses them too).`);
  if (unaddressed !== undefined && attempts === 0) {
    parts.push(`No address is counted: ${safe(describeUnaddressed(unaddressed))}.`);
    parts.push(`  to do: ${fixUnaddressed(unaddressed, filters.join(" "))}`);
  }
  if (hidden !== undefined) {
    parts.push(`${describeHiddenClients(hidden)}.`);
    parts.push(`  to do: ${fixHiddenClients(hidden)}`);
  }
  if (possibleProxy !== undefined) {
    const { failures, peer } = possibleProxy;
    parts.push(
      `${amount(failures, "failure")} of possible proxies count against nobody: lines of ${peer} name another client.`,
      `  to do: if it is a proxy, count its clients: --proxy ${peer}`,
    );
  }
  parts.push(...describeUnread(summary, filters));
  const rules = top(summary.rules);
  if (rules.length > 0)
    parts.push(
      "",
      formatTable({
        headings: ["LINES", "RULE"],
        rows: rules.map(([rule, n]) => [String(n), rule]),
        width,
      }),
    );
  parts.push(...describeAddresses(summary, width));
  if (summary.shapes.size > 0)
    parts.push(
      "",
      "Unrecognized messages (--unmatched prints the lines):",
      describeShapes(summary.shapes, width),
    );
  return parts.join("\n");
}

/** Describes lines that rules could not read as they are. */
function describeUnread(
  { cut, doubted, overLimit, unknownColumns, unstamped }: ScanSummary,
  filters: readonly string[],
): readonly string[] {
  const parts: string[] = [];
  if (doubted > 0) {
    parts.push(
      `${amount(doubted, "line")} not believed: behind a quote that was not closed, a client may have written them.`,
      `  to do: ${fixOpenQuote(filters.join(" or "))}`,
    );
  }
  if (cut > 0) parts.push(`${amount(cut, "line")} longer than 16 KiB (JSON: 256 KiB) and cut.`);
  if (overLimit > 0)
    parts.push(
      `${amount(overLimit, "line")} not matched to the end: rules reached their step limit.`,
    );
  if (unknownColumns !== undefined) {
    parts.push(`Rows not read: ${safe(explainColumns(unknownColumns))}.`);
    parts.push("  to do: compare the header of the log with columns of the filter");
  }
  if (unstamped > 0)
    parts.push(`${amount(unstamped, "line")} without a time in the form of time_format.`);
  return parts;
}

function describeAddresses(
  { addresses }: ScanSummary,
  width: number | undefined,
): readonly string[] {
  const rows = addresses.top(MAX_LISTED).map(([ip, n]) => [String(n), ip]);
  if (rows.length === 0) return [];
  return [
    "",
    `${addresses.more ? "At least " : ""}${amount(addresses.size, "address")}; most attempts:`,
    formatTable({ headings: ["ATTEMPTS", "ADDRESS"], rows, width }),
  ];
}

function top(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_LISTED);
}

function describeShapes(shapes: ReadonlyMap<string, Shape>, width: number | undefined): string {
  const sorted = [...shapes].sort((a, b) => b[1].count - a[1].count).slice(0, MAX_LISTED * 2);
  const rows = sorted.map(([shape, { count, firstLine }]) => [
    String(count),
    String(firstLine),
    safe(shape),
  ]);
  return formatTable({ headings: ["COUNT", "FIRST AT LINE", "MESSAGE"], rows, width });
}
