/** Reads the newest entries of the journal once. */
import type { Instant } from "../../domain/instant.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findProgram } from "../../host/process/find-program.ts";
import { runProgram } from "../../host/process/run-program.ts";
import { JournalExportParser } from "./journal-export.ts";
import {
  createJournalLineReader,
  type JournalLine,
  LINE_FIELDS,
  ORIGIN_FIELDS,
} from "./journal-line.ts";
import { journalMatchArguments } from "./journal-match.ts";

const TIMEOUT_MS = 10_000;

export interface JournalEndOptions {
  readonly matches: readonly (readonly string[])[];
  /** A folder of journal files other than the system's. */
  readonly directory?: string | undefined;
  /** Maximum number of entries; older ones are left out. */
  readonly lines: number;
  readonly since?: Instant;
}

/** Returns entries, oldest first. The error says why the journal cannot be read. */
export async function readJournalEnd(
  options: JournalEndOptions,
): Promise<Result<readonly JournalLine[], string>> {
  const { matches, directory, lines, since } = options;
  const journalctl = findProgram("journalctl");
  if (journalctl === undefined) return fail("journalctl is not installed");
  const named = matches.flat().map((match) => match.slice(0, match.indexOf("=")));
  const fields = [...new Set([...ORIGIN_FIELDS, ...named])];
  const end = await runProgram({
    argv: [
      journalctl,
      "--output=export",
      `--output-fields=${[...LINE_FIELDS, ...fields].join(",")}`,
      // Reversed: with --since, systemd before 254 returns the first entries, not the last.
      `--lines=${lines}`,
      "--reverse",
      "--quiet",
      "--no-pager",
      ...(directory === undefined ? [] : [`--directory=${directory}`]),
      ...(since === undefined ? [] : [`--since=@${(since / 1000).toFixed(3)}`]),
      "--",
      ...journalMatchArguments(matches),
    ],
    input: "",
    timeoutMilliseconds: TIMEOUT_MS,
  });
  const readLine = createJournalLineReader(fields);
  const entries = new JournalExportParser().push(Buffer.from(end.output));
  const found = entries.toReversed().flatMap((entry) => readLine(entry) ?? []);
  return end.ok || found.length > 0 ? ok(found) : fail(end.error);
}
