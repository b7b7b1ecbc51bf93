/** Finds where a jail's past lines are, and reads them: the log that the daemon would read, with its rotated files. */
import type { ContainersConfig } from "../../config/config.ts";
import type { Clock } from "../../domain/clock.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import type { CompiledJail } from "../../jails/compile-jails.ts";
import { expandPatterns } from "../../source/file/expand-patterns.ts";
import { hasLogHistory, readLogHistory } from "../../source/file/log-history.ts";
import { readJournalHistory } from "../../source/journal/journal-history.ts";
import { findSource, type Looked } from "./find-sources.ts";
import type { ReadSource } from "./source-plan.ts";

export type PastLines =
  | { readonly source: ReadSource }
  /** Nothing can be read; these places were tried. */
  | { readonly looked: readonly Looked[] };

export interface PastLinesOptions {
  readonly since: Instant;
  readonly signal: AbortSignal;
  /** Joins lines to records that begin so; undefined: lines are read as they are. */
  readonly start: RecordStart | undefined;
  /** Called with what was left out and why. */
  readonly onLeftOut: (what: string) => void;
}

/** About a gigabyte of text: some five million lines of sshd. */
const MAX_BYTES = 1 << 30;

/** Finds the source as the daemon does. If the log is empty now, its rotated files still have older lines. */
export async function findPastLines(
  compiled: CompiledJail,
  containers: ContainersConfig,
  clock: Clock,
): Promise<PastLines> {
  const { source, looked } = await findSource({ ...compiled, containers }, clock);
  if (source?.kind === "file") {
    const files = expandPatterns(source.files).files.filter(hasLogHistory);
    if (files.length > 0) return { source: { ...source, files } };
    return { looked: source.files.map((where) => ({ where, found: "nothing to read" })) };
  }
  if (source?.kind === "none") return { looked };
  if (source !== undefined) return { source };
  if (compiled.jail.config.source.kind === "container") return { looked };
  const files = rotatedOnly(compiled.definition);
  return files.length === 0 ? { looked } : { source: { kind: "file", files } };
}

function rotatedOnly({ files }: FilterDefinition): readonly string[] {
  return expandPatterns(files).files.filter(hasLogHistory);
}

/** Reads them, oldest first; undefined: the source keeps none. */
export function readPastLines(
  source: ReadSource,
  { since, signal, start, onLeftOut }: PastLinesOptions,
): AsyncIterable<LineBatch> | undefined {
  switch (source.kind) {
    case "file":
      return readLogHistory({
        ...{ files: source.files, since, signal, start, onLeftOut },
        maxBytes: MAX_BYTES,
      });
    case "journal":
      return readJournalHistory({ ...source, since, signal });
    case "stdin":
    case "command":
      return undefined;
  }
}

/** Names the source for people. */
export function describeSource(source: ReadSource): string {
  switch (source.kind) {
    case "file":
      return source.shownAs ?? source.files.join(", ");
    case "journal":
      return "the journal";
    case "stdin":
      return "standard input";
    case "command":
      return source.argv[0] ?? "a command";
  }
}
