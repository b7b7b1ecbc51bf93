/**
 * Plans the readers of a set of jails. Equal sources are read once, and all jails of one journal share one reader. Pure
 * planning; `open` creates the reader.
 */
import type { SourceSetting } from "../../config/kinds/source-setting.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Instant } from "../../domain/instant.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import type { LineFields } from "../../domain/line-batch.ts";
import type { LineSource } from "../../domain/line-source.ts";
import { openCommandSource } from "../../source/command-source.ts";
import { openFileSource } from "../../source/file/file-source.ts";
import { JournalSource } from "../../source/journal/journal-source.ts";
import { createEntryTest, createRefusalTest } from "../../source/journal/journal-sender.ts";
import { openStdinSource } from "../../source/stream-source.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Jail } from "../../jails/jail.ts";
import {
  fileHistory,
  type History,
  type HistoryRequest,
  journalHistory,
  noHistory,
} from "./history.ts";

/** A source with a known place; for `auto` and containers, the place that the search found. */
export type FoundSource = Exclude<SourceSetting, { readonly kind: "auto" | "container" }>;

/** Returns the source of a setting that needs no search; undefined: its place must be found. */
export function fixedSource(setting: SourceSetting): FoundSource | undefined {
  return setting.kind === "auto" || setting.kind === "container" ? undefined : setting;
}

/** A source that has a reader. */
export type ReadSource = Exclude<FoundSource, { readonly kind: "none" }>;

export interface Watch {
  readonly jail: Jail;
  readonly source: ReadSource;
}

/** Lists jails that read a source whose place is known. */
export function watchesOf(
  jails: readonly { readonly jail: Jail; readonly source: FoundSource | undefined }[],
): readonly Watch[] {
  return jails.flatMap(({ jail, source }) =>
    source === undefined || source.kind === "none" ? [] : [{ jail, source }],
  );
}

export interface PlannedSource {
  /** A text that is equal for readers that need not be restarted. */
  readonly id: string;
  readonly watches: readonly Watch[];
  open(options: OpenOptions): LineSource;
  /** Returns what was written before the position of the reader; nothing for sources that keep no history. */
  history(request: HistoryRequest): History;
}

export interface OpenOptions {
  readonly resume: (key: string) => string | undefined;
  /** Keys at which the reader saved a position. */
  readonly savedKeys?: () => readonly string[];
  readonly since: Instant;
  readonly clock: Clock;
  readonly emit: Emit;
}

export function planSources(watches: readonly Watch[]): readonly PlannedSource[] {
  const groups = Map.groupBy(watches, readerOf);
  return [...groups].flatMap(([id, group]) => {
    const [first] = group;
    return first === undefined ? [] : [planGroup(first, group, id)];
  });
}

/**
 * Identifies the reader of a jail. A log has another one for records of several lines, so that each keeps its own
 * position: that of the records stays where the last one begins.
 */
function readerOf(watch: Watch): string {
  const place = readPlaceOf(watch.source);
  const start = recordStartOf(watch);
  return start === undefined ? place : `${place} records ${start.id}`;
}

/** Returns how records of several lines begin; undefined: each line is one. An entry of a journal is one already. */
export function recordStartOf({ jail, source }: Watch): RecordStart | undefined {
  return source.kind === "journal" ? undefined : jail.filter.begins;
}

/** Identifies the place that holds the log. Adding files or matches does not change the place. */
export function readPlaceOf(source: ReadSource): string {
  switch (source.kind) {
    case "file":
      return `file:${[...new Set(source.files)].sort().join("|")}`;
    case "journal":
      return `journal:${source.directory ?? ""}`;
    case "stdin":
      return "stdin";
    case "command":
      return `command:${JSON.stringify(source.argv)}`;
  }
}

function planGroup(first: Watch, watches: readonly Watch[], id: string): PlannedSource {
  const { source } = first;
  const start = recordStartOf(first);
  switch (source.kind) {
    case "file": {
      const { files: patterns, shownAs } = source;
      return {
        id,
        watches,
        open: (options) => openFileSource({ ...options, patterns, shownAs, start }),
        history: (request) => fileHistory(patterns, request, start),
      };
    }
    case "command":
      return {
        id,
        watches,
        open: (options) => openCommandSource({ ...options, argv: source.argv, start }),
        history: () => noHistory(source.argv.join(" ")),
      };
    case "stdin":
      return {
        id,
        watches,
        open: ({ clock, emit }) => openStdinSource(clock, emit, start),
        history: () => noHistory("standard input"),
      };
    case "journal": {
      const matches = unionOfMatches(watches);
      const { directory } = source;
      return {
        id: `${id}:${JSON.stringify(matches)}`,
        watches,
        open: (options) => new JournalSource({ ...options, matches, directory }),
        history: (request) => journalHistory({ matches, directory }, request),
      };
    }
  }
}

function unionOfMatches(watches: readonly Watch[]): readonly (readonly string[])[] {
  const all = watches.flatMap(({ source }) => (source.kind === "journal" ? source.matches : []));
  const byText = new Map(all.map((match) => [[...match].sort().join(" "), match]));
  return [...byText.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, match]) => match);
}

/**
 * Returns a test for journal lines that count for the jail; undefined for sources without trusted fields. A match of
 * only names that any process can choose accepts lines of root, never of another account.
 */
export function acceptsOf(source: ReadSource): ((fields: LineFields) => boolean) | undefined {
  if (source.kind !== "journal") return undefined;
  const takes = createEntryTest(source.matches);
  const isWhole = source.matches.some((match) => match.length === 0);
  return isWhole ? (fields) => !isOwn(fields) && takes(fields) : takes;
}

/**
 * Returns a test for journal lines that satisfy the jail's source but are not trusted, because nothing proves their
 * sender; undefined if there can be none.
 */
export function judgesSender(source: ReadSource): ((fields: LineFields) => boolean) | undefined {
  if (source.kind !== "journal") return undefined;
  const refuses = createRefusalTest(source.matches);
  return refuses === undefined ? undefined : (fields) => !isOwn(fields) && refuses(fields);
}

/** Returns whether the daemon wrote the line, which is then not a failure of the address in it. */
function isOwn({ program, pid, journal }: LineFields): boolean {
  const unit = journal.get("_SYSTEMD_UNIT");
  return program === "bailiff" || pid === process.pid || unit === "bailiff.service";
}
