/**
 * Writes `scan --json`: one object per line on standard output. Lines are collected into large writes, because one
 * write per line would cost more than reading it. Parts are formatted by hand where JSON.stringify of the whole object
 * would take longer than the scan.
 */
import { codeOf } from "../../../domain/thrown-error.ts";
import { writeSync } from "node:fs";
import type { ScannedLine } from "../../../pipeline/scan.ts";
import { formatInstant, type Instant } from "../../../domain/instant.ts";
import { endOnOutputError } from "../../output-error.ts";

export interface LineWriter {
  readonly write: (line: ScannedLine) => void;
  /** Writes a line that no rule recognized, with its text. */
  readonly writeUnmatched: (text: string, line: number) => void;
  readonly end: () => void;
}

export function createLineWriter(): LineWriter {
  const format = createLineFormat();
  let buffer = "";
  const end = (): void => {
    writeFully(buffer);
    buffer = "";
  };
  const add = (text: string): void => {
    buffer += text;
    if (buffer.length > 65_536) end();
  };
  return {
    write: (line) => add(format(line)),
    writeUnmatched: (text, line) => add(`${JSON.stringify({ line, text })}\n`),
    end,
  };
}

/** Writes the whole text. If standard output is a full pipe, it waits for the reader. */
function writeFully(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      const code = codeOf(error);
      if (code !== "EAGAIN") endOnOutputError(error);
      waitForReader();
    }
  }
}

function waitForReader(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}

/** Creates a formatter. Rule ids and kinds need no escapes; all text from a log goes through JSON.stringify. */
export function createLineFormat(): (line: ScannedLine) => string {
  let lastAt: Instant | null = null;
  let lastText = "null";
  const instantText = (at: Instant | null): string => {
    if (at === null) return "null";
    if (at !== lastAt) lastText = `"${formatInstant(at)}"`;
    lastAt = at;
    return lastText;
  };
  return ({ line, kind, ip, user, at, rule, counts, filter, via }) => {
    if (rule === null) return `{"line":${line},${SILENT}}\n`;
    const which = filter === undefined ? "" : `,"filter":"${filter}"`;
    const how = via === undefined ? "" : `,"proxy":"${via.proxy}","hop":${via.hop}`;
    const who = `"ip":${JSON.stringify(ip)},"user":${JSON.stringify(user)}`;
    return `{"line":${line},"kind":"${kind}",${who},"at":${instantText(at)},"rule":"${rule}","counts":${counts}${how}${which}}\n`;
  };
}

const SILENT = '"kind":"none","ip":null,"user":null,"at":null,"rule":null,"counts":0';
