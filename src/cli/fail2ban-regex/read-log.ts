/** Reads the lines of LOG on the command line: a file, the journal, or the literal text. */
import { isAscii } from "node:buffer";
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { readJournal } from "../../pipeline/sources/read-journal.ts";
import type { Instant } from "../../domain/instant.ts";
import { CodedError } from "../../domain/errors.ts";
import { readJournalFolder } from "../../fail2ban/config/journal-folder.ts";
import { parseNamedOptions } from "../../fail2ban/config/named-options.ts";
import { machineId } from "../../host/machine-id.ts";
import { withJournalHead } from "../../fail2ban/dialect/journal-head.ts";
import { splitWords } from "../split-words.ts";
import { shorten } from "./choose-rules.ts";

/** Lines of a log as one text. Each line ends with a newline, except perhaps the last of the log. */
export interface LogPiece {
  readonly text: string;
  /** Whether the text is certainly ASCII. */
  readonly ascii: true | undefined;
  /** The time of each line of a journal; undefined for other logs. */
  readonly times: readonly (Instant | undefined)[] | undefined;
}

export interface Log {
  /** Output lines that describe the log. */
  readonly notes: readonly string[];
  readonly pieces: AsyncIterable<LogPiece>;
}

/** Calls `take` for each line, except comments and empty lines. */
export function forEachLine(
  { text, times }: LogPiece,
  take: (line: string, at: Instant | undefined) => void,
): void {
  let number = 0;
  for (let start = 0; start < text.length; number++) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found + 1;
    const isComment = text.charCodeAt(start) === 35;
    if (!isComment && !isEmpty(text, start, end)) take(text.slice(start, end), times?.[number]);
    start = end;
  }
}

/** Reports whether a line consists of line endings only. */
function isEmpty(text: string, start: number, end: number): boolean {
  let at = start;
  while (at < end && (text.charCodeAt(at) === 10 || text.charCodeAt(at) === 13)) at++;
  return at === end;
}

export interface LogRequest {
  readonly log: string;
  readonly encoding: string;
  readonly maxLines: number;
  readonly journalMatch: string | undefined;
}

const CHUNK = 1 << 16;
/** Longer log arguments are shown cut to this many lines. */
const MAX_SHOWN = 5;

export function openLog(request: LogRequest): Log {
  const { log, encoding, maxLines, journalMatch } = request;
  if (existsSync(log) && statSync(log).isFile()) {
    const notes = [`Use         log file : ${log}`, `Use         encoding : ${encoding}`];
    return { notes, pieces: readFile(log, encoding) };
  }
  if (log.startsWith("systemd-journal")) {
    const notes = ["Use         systemd journal", `Use         encoding : ${encoding}`];
    const matches = splitWords(journalMatch ?? "");
    if (matches.length > 0) notes.push(`Use    journal match : ${matches.join(" ")}`);
    const directory = folderOf(log);
    if (directory !== undefined) notes.push(`Use   journal folder : ${directory}`);
    return { notes, pieces: readEntries(matches, directory) };
  }
  const lines = maxLines <= 1 && !log.includes("\n") ? [log] : log.split("\n");
  const notes =
    lines.length === 1 && maxLines <= 1
      ? [`Use      single line : ${shorten(log)}`]
      : describeLines(lines);
  return { notes, pieces: given(log) };
}

/** Returns the folder of a journal such as `systemd-journal[namespace=ssh]`; undefined: the system's. */
function folderOf(log: string): string | undefined {
  const parsed = parseNamedOptions(log);
  const expected = "systemd-journal[key=value, …]";
  if (!parsed.ok) throw new CodedError("usage", `${expected}: ${parsed.error}`);
  const host = { machineId: machineId(), exists: existsSync };
  const folder = readJournalFolder(parsed.value.options, host);
  if (folder.ok) return folder.value;
  throw new CodedError("usage", `found ${folder.error.got}, expected ${folder.error.expected}`);
}

function describeLines(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MAX_SHOWN).map(
    (line, i) =>
      `| ${String(i + 1)
        .slice(0, 2)
        .padStart(2)}: ${shorten(line)}`,
  );
  const more = lines.length > MAX_SHOWN ? ["| ..."] : [];
  return [`Use      multi line : ${lines.length} line(s)`, ...shown, ...more, "`-"];
}

async function* given(text: string): AsyncIterable<LogPiece> {
  yield { text, ascii: undefined, times: undefined };
}

async function* readEntries(
  matches: readonly string[],
  directory: string | undefined,
): AsyncIterable<LogPiece> {
  const stop = new AbortController();
  for await (const { text, fields } of readJournal(matches, directory, stop.signal)) {
    const lines = text.slice(0, -1).split("\n");
    const heads = lines.map((line, i) => {
      const known = fields?.[i];
      return known === undefined ? line : withJournalHead(line, known);
    });
    const times = lines.map((_, i) => fields?.[i]?.at);
    yield { text: `${heads.join("\n")}\n`, ascii: undefined, times };
  }
}

async function* readFile(path: string, encoding: string): AsyncIterable<LogPiece> {
  const file = openSync(path, "r");
  try {
    const decoder = new TextDecoder(labelOf(encoding));
    let buffer = Buffer.allocUnsafe(CHUNK);
    /** Number of buffered bytes of an incomplete line. */
    let begun = 0;
    for (;;) {
      if (begun === buffer.length) buffer = Buffer.concat([buffer], begun * 2);
      const length = readSync(file, buffer, begun, buffer.length - begun, null);
      if (length === 0) break;
      const known = begun + length;
      const end = buffer.subarray(0, known).lastIndexOf(10) + 1;
      if (end > 0) yield pieceOf(buffer.subarray(0, end), decoder);
      buffer.copyWithin(0, end, known);
      begun = known - end;
    }
    if (begun > 0) yield pieceOf(buffer.subarray(0, begun), decoder);
  } finally {
    closeSync(file);
  }
}

function pieceOf(bytes: Buffer, decoder: TextDecoder): LogPiece {
  if (isAscii(bytes)) return { text: bytes.toString("latin1"), ascii: true, times: undefined };
  return { text: decoder.decode(bytes), ascii: undefined, times: undefined };
}

/** Converts Python's name of an encoding to TextDecoder's. */
function labelOf(encoding: string): string {
  const plain = encoding.toLowerCase().replaceAll("_", "-");
  return ["ascii", "us-ascii", "auto"].includes(plain) ? "utf-8" : plain;
}
