/** Reads the journal once from `since` to its present end, with one `journalctl -o export`. */
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { JournalPosition } from "../../domain/line-source.ts";
import { findProgram } from "../../host/process/find-program.ts";
import { JournalExportParser } from "./journal-export.ts";
import { LINE_FIELDS, ORIGIN_FIELDS, createJournalLineReader } from "./journal-line.ts";
import { journalMatchArguments } from "./journal-match.ts";
import { isAfter } from "./journal-position.ts";
import { readChild } from "../supervise-output.ts";

export interface JournalHistoryOptions {
  readonly matches: readonly (readonly string[])[];
  readonly directory: string | undefined;
  readonly since: Instant;
  /** Entries after this position are left out. */
  readonly until?: JournalPosition | undefined;
  readonly signal: AbortSignal;
}

export async function* readJournalHistory(
  options: JournalHistoryOptions,
): AsyncIterable<LineBatch> {
  const journalctl = findProgram("journalctl");
  if (journalctl === undefined) return;
  const matched = options.matches.flat().map((match) => match.slice(0, match.indexOf("=")));
  const named = [...new Set([...ORIGIN_FIELDS, ...matched])];
  const readLine = createJournalLineReader(named);
  const { until } = options;
  const parser = new JournalExportParser();
  for await (const event of readChild(argumentsOf(journalctl, named, options), options.signal)) {
    if (event.kind !== "bytes") continue;
    const lines = parser
      .push(event.chunk)
      .flatMap((entry) => readLine(entry) ?? [])
      .filter((line) => until === undefined || !isAfter(line, until));
    if (lines.length === 0) continue;
    yield {
      text: `${lines.map(({ text }) => text).join("\n")}\n`,
      fields: lines.map(({ fields }) => fields),
      arrival: "backlog",
      cursor: undefined,
    };
  }
}

function argumentsOf(
  journalctl: string,
  named: readonly string[],
  { matches, directory, since }: JournalHistoryOptions,
): readonly string[] {
  return [
    journalctl,
    "--output=export",
    "--quiet",
    "--no-pager",
    `--output-fields=${[...LINE_FIELDS, ...named].join(",")}`,
    ...(directory === undefined ? [] : [`--directory=${directory}`]),
    `--since=@${(since / 1000).toFixed(3)}`,
    "--",
    ...journalMatchArguments(matches),
  ];
}
