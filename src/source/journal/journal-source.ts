/**
 * Implements the `LineSource` port for the systemd journal: one supervised `journalctl --follow --merge -o export`.
 * Without `--merge`, following shows only the boot that the kernel names, which a container or a sandboxed service may
 * not see, and no line from before a reboot. With it, `_MACHINE_ID` excludes the journals of other machines. The next
 * child starts at the cursor of the last entry returned, so a killed child, a rotated or vacuumed journal and a
 * restarted journald lose and repeat no entry. The child includes the entry of the cursor, which is then dropped:
 * asking for entries *after* a vacuumed cursor makes older journalctl skip one entry. If it is not included, entries
 * after it may have been vacuumed unread, which is reported.
 */
import type { Clock } from "../../domain/clock.ts";
import type { Duration } from "../../domain/duration.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type {
  JournalGap,
  JournalPosition,
  LineSource,
  SourceStatus,
} from "../../domain/line-source.ts";
import { findProgram } from "../../host/process/find-program.ts";
import type { Emit } from "../../telemetry/events.ts";
import { createDroppedNotes, DROPPED_FIELDS, DROPPED_MESSAGE_ID } from "../dropped-lines.ts";
import { type JournalEntry, JournalExportParser } from "./journal-export.ts";
import {
  type JournalLine,
  LINE_FIELDS,
  ORIGIN_FIELDS,
  createJournalLineReader,
  placeOf,
} from "./journal-line.ts";
import { journalMatchArguments, ofThisMachine, sameJournalEntry } from "./journal-match.ts";
import { formatSavedCursor, parseSavedCursor, positionOf } from "./journal-position.ts";
import type { OpenLine } from "./line-breaks.ts";
import { RunState } from "../run-state.ts";
import { type SourceTally, createSourceTally } from "../source-tally.ts";
import { type ChildOutput, superviseOutput } from "../supervise-output.ts";

/** Further matches to read: reports of dropped lines. */
const DROPPED: readonly string[] = [`MESSAGE_ID=${DROPPED_MESSAGE_ID}`];

export interface JournalSourceOptions {
  /**
   * An inner list requires all of its matches, the outer list any of them: [["_SYSTEMD_UNIT=ssh.service"]]; an empty
   * inner list accepts every entry.
   */
  readonly matches: readonly (readonly string[])[];
  /** A folder of journal files other than the system's. */
  readonly directory?: string | undefined;
  readonly resume: (key: string) => string | undefined;
  /** Where to begin without a cursor; default: now. */
  readonly since?: Instant;
  /** Longest wait between two starts of the child; default: 30 s. */
  readonly longestWait?: Duration;
  readonly clock: Clock;
  readonly emit: Emit;
}

export type JournalLocation = Pick<JournalSourceOptions, "matches" | "directory">;

/** Returns the key under which the journal's cursor is saved. */
export function journalKeyOf({ matches, directory }: JournalLocation): string {
  return `journal:${directory ?? ""}:${groupsOf(matches).join("|")}`;
}

/** Formats the matches for display. */
export function describeJournal({ matches, directory }: JournalLocation): string {
  const groups = matches.map(describeGroup).sort();
  const which = groups.includes("") ? "everything" : groups.join(" or ");
  return `journal ${which || "everything"}${directory === undefined ? "" : ` in ${directory}`}`;
}

/** Formats one list of matches. Several values of one field are alternatives (journalctl(1)). */
function describeGroup(group: readonly string[]): string {
  const byField = Map.groupBy([...group].sort(), (match) => match.slice(0, match.indexOf("=")));
  const isAlone = byField.size === 1;
  return [...byField.values()]
    .map((values) =>
      values.length === 1 || isAlone ? values.join(" or ") : `(${values.join(" or ")})`,
    )
    .join(" AND ");
}

function groupsOf(matches: JournalLocation["matches"]): readonly string[] {
  return matches.map((group) => [...group].sort().join(" AND ")).sort();
}

/** Creates the source. `batches` starts journalctl, and may be called once. */
export class JournalSource implements LineSource {
  readonly id: string;
  readonly #options: JournalSourceOptions;
  readonly #where: string;
  readonly #tally: SourceTally;
  readonly #dropped = createDroppedNotes();
  /** Fields that each line carries in `LineFields.journal`. */
  readonly #matched: readonly string[];
  #cursor: string | undefined;
  /** Lines that are still incomplete at `#cursor`. */
  #open: readonly OpenLine[] = [];
  #since: Instant | undefined;
  #delivered: JournalPosition | undefined;
  /** The entry that the child must return first; undefined once it returned one. */
  #expected: string | undefined;
  #gap: JournalGap | undefined;
  readonly #run: RunState;

  constructor(options: JournalSourceOptions) {
    this.#options = options;
    this.#where = describeJournal(options);
    this.id = journalKeyOf(options);
    this.#tally = createSourceTally(this.#where, options.clock, options.emit);
    // A journal may be quiet for long, and the source check compares it with what was read.
    this.#run = new RunState({ isTrusted: true, onReading: () => this.#emitStarted() });
    const matched = options.matches.flat().map((match) => match.slice(0, match.indexOf("=")));
    this.#matched = [...new Set([...ORIGIN_FIELDS, ...matched])];
  }

  async *batches(signal: AbortSignal): AsyncIterable<LineBatch> {
    const { clock } = this.#options;
    const saved = parseSavedCursor(this.#options.resume(this.id));
    this.#cursor = saved?.cursor;
    // Kept for every start before the first entry, so that a child that ends early loses nothing.
    this.#since = this.#options.since ?? clock.now();
    this.#delivered = positionOf(this.#cursor, this.#since);
    this.#open = saved?.open ?? [];
    let readLine = createJournalLineReader(this.#matched, this.#open);
    let parser = new JournalExportParser();
    let startedAt = clock.now();
    for await (const event of this.#output(signal)) {
      switch (event.kind) {
        case "started":
          parser = new JournalExportParser();
          // A new child begins after the last line returned, so lines that were incomplete there are read again.
          readLine = createJournalLineReader(this.#matched, this.#open);
          this.#expected = this.#cursor;
          // Lines that arrived while no child ran are not live.
          if (this.#run.current.state === "failed") startedAt = clock.now();
          this.#run.started();
          break;
        case "bytes":
          yield* this.#batchesOf(parser.push(event.chunk), readLine, startedAt);
          break;
        case "ended":
          this.#failed(event.reason, event.retryIn);
      }
    }
    this.#run.ended();
  }

  async *#output(signal: AbortSignal): AsyncGenerator<ChildOutput, void> {
    const { clock, longestWait } = this.#options;
    const waits = longestWait === undefined ? {} : { longestWait };
    const [command, onSteady] = [() => this.#command(), () => this.#run.worked()];
    yield* superviseOutput({ command, onSteady, clock, ...waits }, signal);
  }

  status(): SourceStatus {
    const where = this.#where;
    const dropped = this.#dropped.list();
    const delivered = this.#delivered;
    return {
      ...{ kind: "journal", where, ...this.#run.current },
      ...this.#tally.counts(),
      ...{ delivered, dropped, gap: this.#gap },
    };
  }

  #command(): readonly string[] | string {
    const journalctl = findProgram("journalctl");
    if (journalctl === undefined) {
      return "journalctl is not installed: use log files, or install systemd";
    }
    const { directory, matches } = this.#options;
    const wanted = matches.length === 0 ? [] : [...matches, DROPPED];
    const since = `--since=@${((this.#since ?? 0) / 1000).toFixed(3)}`;
    return [
      journalctl,
      "--follow",
      "--no-tail",
      "--merge",
      "--output=export",
      "--quiet",
      "--no-pager",
      `--output-fields=${[...LINE_FIELDS, ...DROPPED_FIELDS, ...this.#matched].join(",")}`,
      ...(directory === undefined ? [] : [`--directory=${directory}`]),
      this.#cursor === undefined ? since : `--cursor=${this.#cursor}`,
      "--",
      // Files in a configured folder are read whichever machine wrote them.
      ...journalMatchArguments(directory === undefined ? ofThisMachine(wanted) : wanted),
    ];
  }

  /** Yields at most two batches: entries from before the start of the child, and later ones. */
  *#batchesOf(
    entries: readonly JournalEntry[],
    readLine: (entry: JournalEntry) => JournalLine | undefined,
    startedAt: Instant,
  ): Iterable<LineBatch> {
    const lines: JournalLine[] = [];
    let last: JournalPosition | undefined;
    for (const entry of entries) {
      this.#compareStart(entry);
      const line = readLine(entry);
      if (line === undefined) last = placeOf(entry) ?? last;
      if (line === undefined || this.#isCursor(line.cursor)) continue;
      last = line;
      if (!this.#dropped.take(entry, line.receivedAt)) lines.push(line);
    }
    const firstLive = lines.findIndex(({ receivedAt }) => receivedAt >= startedAt);
    const border = firstLive < 0 ? lines.length : firstLive;
    if (border > 0) yield this.#batch(lines.slice(0, border), "backlog");
    if (border < lines.length) yield this.#batch(lines.slice(border), "live");
    // Set only after the yield, because the reader asks for more once it has processed the batch.
    if (last !== undefined) this.#delivered = last;
  }

  #batch(lines: readonly JournalLine[], arrival: LineBatch["arrival"]): LineBatch {
    const text = `${lines.map((line) => line.text).join("\n")}\n`;
    const cuts = lines.map(({ cutBytes }) => cutBytes).filter((bytes) => bytes > 0);
    const longestCut = Math.max(0, ...cuts);
    this.#tally.count({ text, bytes: text.length, cutLines: cuts.length, longestCut });
    const last = lines.at(-1);
    this.#run.worked();
    const value = last === undefined ? "" : formatSavedCursor(last);
    this.#cursor = last?.cursor;
    this.#open = last?.open ?? [];
    const fields = lines.map((line) => line.fields);
    return { text, fields, arrival, cursor: { key: this.id, value } };
  }

  /** Notes a gap if the first entry of a child is not that of the cursor, which was deleted. */
  #compareStart(entry: JournalEntry): void {
    const [expected, after, before] = [this.#expected, this.#delivered, placeOf(entry)];
    if (expected === undefined || after === undefined || before === undefined) return;
    this.#expected = undefined;
    if (sameJournalEntry(expected, before.cursor)) return;
    this.#gap = { after, before };
    const reason = `the entry read last, from ${formatInstant(after.receivedAt)}, is gone, and perhaps others between it and the next one, from ${formatInstant(before.receivedAt)}`;
    this.#options.emit({ event: "lines-missed", source: this.#where, reason });
  }

  #isCursor(cursor: string): boolean {
    return this.#cursor !== undefined && sameJournalEntry(this.#cursor, cursor);
  }

  #emitStarted(): void {
    const from = this.#cursor === undefined ? "the journal" : "where reading stopped";
    this.#options.emit({ event: "source-started", source: this.#where, from });
  }

  #failed(reason: string, retryIn: Duration): void {
    // A cursor that this journalctl does not understand would fail forever.
    if (/seek to cursor/.test(reason)) this.#cursor = undefined;
    this.#run.failed(reason);
    this.#options.emit({ event: "source-failed", source: this.#where, reason, retry_in: retryIn });
  }
}
