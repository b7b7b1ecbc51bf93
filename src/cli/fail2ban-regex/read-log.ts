/** LOG of the command line -> its lines: of a file, of the journal, or the very text. */
import { isAscii } from "node:buffer";
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { readJournal } from "../../daemon/read-journal.ts";
import type { Instant } from "../../domain/instant.ts";
import { withJournalHead } from "../../fail2ban/journal-head.ts";
import { splitWords } from "../fail2ban-client/split-words.ts";
import { shorten } from "./choose-rules.ts";

export interface LogLine {
  /** Of a file with its line end. */
  readonly text: string;
  readonly ascii: boolean;
  /** Of the journal, which knows it. */
  readonly at: Instant | undefined;
}

export interface Log {
  /** What is said of it. */
  readonly said: readonly string[];
  readonly lines: AsyncIterable<readonly LogLine[]>;
}

export interface LogRequest {
  readonly log: string;
  readonly encoding: string;
  readonly maxLines: number;
  readonly journalMatch: string | undefined;
}

const CHUNK = 1 << 20;
/** Lines of a text that are shown. */
const SHOWN = 5;

export function openLog(request: LogRequest): Log {
  const { log, encoding, maxLines, journalMatch } = request;
  if (existsSync(log) && statSync(log).isFile()) {
    const said = [`Use         log file : ${log}`, `Use         encoding : ${encoding}`];
    return { said, lines: readFile(log, encoding) };
  }
  if (log.startsWith("systemd-journal")) {
    const said = ["Use         systemd journal", `Use         encoding : ${encoding}`];
    const matches = splitWords(journalMatch ?? "");
    if (matches.length > 0) said.push(`Use    journal match : ${matches.join(" ")}`);
    return { said, lines: readEntries(matches) };
  }
  const lines = maxLines <= 1 && !log.includes("\n") ? [log] : log.split("\n");
  const said =
    lines.length === 1 && maxLines <= 1
      ? [`Use      single line : ${shorten(log)}`]
      : describeLines(lines);
  return { said, lines: given(lines) };
}

function describeLines(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, SHOWN).map(
    (line, i) =>
      `| ${String(i + 1)
        .slice(0, 2)
        .padStart(2)}: ${shorten(line)}`,
  );
  const more = lines.length > SHOWN ? ["| ..."] : [];
  return [`Use      multi line : ${lines.length} line(s)`, ...shown, ...more, "`-"];
}

async function* given(lines: readonly string[]): AsyncIterable<readonly LogLine[]> {
  yield lines.map((text) => ({ text, ascii: false, at: undefined }));
}

async function* readEntries(matches: readonly string[]): AsyncIterable<readonly LogLine[]> {
  const stop = new AbortController();
  for await (const { text, fields } of readJournal(matches, stop.signal)) {
    const lines = text.slice(0, -1).split("\n");
    yield lines.map((line, i) => {
      const known = fields?.[i];
      const whole = known === undefined ? line : withJournalHead(line, known);
      return { text: whole, ascii: false, at: known?.at };
    });
  }
}

async function* readFile(path: string, encoding: string): AsyncIterable<readonly LogLine[]> {
  const file = openSync(path, "r");
  try {
    const decoder = new TextDecoder(labelOf(encoding));
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const length = readSync(file, chunk, 0, CHUNK, null);
      if (length === 0) break;
      const whole = Buffer.concat([rest, chunk.subarray(0, length)]);
      const end = whole.lastIndexOf(10) + 1;
      rest = whole.subarray(end);
      if (end > 0) yield splitLines(whole.subarray(0, end), decoder);
    }
    if (rest.length > 0) yield splitLines(rest, decoder);
  } finally {
    closeSync(file);
  }
}

function splitLines(bytes: Buffer, decoder: TextDecoder): readonly LogLine[] {
  const ascii = isAscii(bytes);
  const text = ascii ? bytes.toString("latin1") : decoder.decode(bytes);
  const lines: LogLine[] = [];
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found + 1;
    lines.push({ text: text.slice(start, end), ascii, at: undefined });
    start = end;
  }
  return lines;
}

/** Python's names of encodings as the decoder knows them. */
function labelOf(encoding: string): string {
  const plain = encoding.toLowerCase().replaceAll("_", "-");
  return ["ascii", "us-ascii", "auto"].includes(plain) ? "utf-8" : plain;
}

/** Comments and empty lines are passed over. */
export function isLookedAt(line: string): boolean {
  return line !== "" && !/^[#\r\n]/.test(line);
}
