/**
 * Parses what RFC 5424 puts around a line's time: the priority before it, and host, program, process id and structured
 * data after it.
 */
import { blankAfter, isDigitCode, readNumber, skipBlanks } from "../characters.ts";
import type { Header } from "./header.ts";
import { isLevel } from "./log-level.ts";
import { scanStamp } from "./scan-stamp.ts";
import type { Stamp } from "./stamp.ts";

const BLANK = 32;

/** Skips "<35>"; returns `start` if there is no priority. */
export function skipPriority(text: string, start: number, end: number): number {
  if (text.charCodeAt(start) !== 60) return start;
  let at = start + 1;
  while (at < end && at <= start + 3 && isDigitCode(text.charCodeAt(at))) at++;
  return at > start + 1 && text.charCodeAt(at) === 62 ? at + 1 : start;
}

/**
 * Scans the beginning of a sender's own header, which a relay may put behind its own: `[<PRI>][1 ]STAMP`. Returns the
 * position after the time, where the sender's host begins; -1: there is no time.
 */
export function scanSender(text: string, from: number, end: number, stamp: Stamp): number {
  const at = skipPriority(text, from, end);
  const after = scanStamp(text, isVersion(text, at) ? at + 2 : at, end, stamp);
  return after < 0 ? -1 : skipBlanks(text, after, end);
}

/** Returns whether the version of RFC 5424 is here: "1 ". */
export function isVersion(text: string, at: number): boolean {
  return text.charCodeAt(at) === 49 && text.charCodeAt(at + 1) === BLANK;
}

/**
 * Parses the fields after the time. `strict`: there was no priority, so the line may have any other form, and process
 * id and structured data must have their own.
 */
export function readFields(
  text: string,
  from: number,
  end: number,
  header: Header,
  strict: boolean,
): boolean {
  const hostEnd = blankAfter(text, from, end);
  const programEnd = blankAfter(text, hostEnd + 1, end);
  const pidEnd = blankAfter(text, programEnd + 1, end);
  const idEnd = blankAfter(text, pidEnd + 1, end);
  if (idEnd >= end) return false;
  if (strict && !isProcess(text, programEnd + 1, pidEnd)) return false;
  if (strict && !isStructured(text, idEnd + 1, end)) return false;
  // Python's logging writes "TIME - app - WARNING - message", which is no RFC 5424.
  if (strict && isLevel(text, pidEnd + 1, idEnd)) return false;
  header.hostStart = from;
  header.hostEnd = hostEnd;
  header.programStart = hostEnd + 1;
  // "-" names no program.
  header.programEnd = text.startsWith("- ", hostEnd + 1) ? hostEnd + 1 : programEnd;
  header.pid = readNumber(text, programEnd + 1, pidEnd);
  header.messageStart = skipStructured(text, idEnd + 1, end);
  if (text.charCodeAt(idEnd + 1) === 91) header.structuredStart = idEnd + 1;
  if (text.charCodeAt(header.messageStart) === 0xfeff) header.messageStart++;
  header.bodyStart = header.messageStart;
  return true;
}

/** Returns whether a field is "-" or a number. */
function isProcess(text: string, from: number, to: number): boolean {
  if (to === from + 1 && text.charCodeAt(from) === 45) return true;
  return to > from && readNumber(text, from, to) > 0;
}

/** Returns whether "-" as a word, or "[name", begins here. */
function isStructured(text: string, at: number, end: number): boolean {
  const next = text.charCodeAt(at + 1);
  if (text.charCodeAt(at) === 91) return next > BLANK && next !== 93;
  return text.charCodeAt(at) === 45 && (at + 1 === end || next === BLANK);
}

function skipStructured(text: string, from: number, end: number): number {
  let at = from;
  if (text.charCodeAt(at) === 45) return skipBlanks(text, at + 1, end);
  let quoted = false;
  let open = false;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 92) at++;
      else if (code === 34) quoted = false;
    } else if (code === 34) quoted = true;
    else if (code === 91) open = true;
    else if (code === 93) open = false;
    else if (code === 32 && !open) break;
  }
  return skipBlanks(text, Math.min(at, end), end);
}
