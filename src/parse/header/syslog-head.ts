/**
 * Judges whether what was read as host and program has the shape that a syslog daemon writes. In a service's own file the
 * words behind the time may be a client's, and `… denied myapp[1]: …` has the parts of a head too. Allocates next to
 * nothing; not asked for lines of a log whose heads are settled.
 */
import { blankAfter, isDigitCode, skipBlanks } from "../characters.ts";
import type { HeadBelief } from "./head-belief.ts";
import type { Header } from "./header.ts";
import { isLevel, readLevelWord } from "./log-level.ts";
import { scanStamp } from "./scan-stamp.ts";
import { type StampForm, stampFormOf } from "./stamp-form.ts";
import { isFacility } from "./syslog-tag.ts";

/** Where everything behind the time begins, with the host and program if there are any. */
export function wholeStart({ hostStart, hostEnd, bodyStart }: Header): number {
  return hostEnd > hostStart ? Math.min(hostStart, bodyStart) : bodyStart;
}

/** sure: not even a reading as a whole is needed; doubted: the log's other lines have no heads. */
export type HeadVerdict = "none" | "doubted" | "believed" | "sure";

interface HeadedLine {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly header: Header;
}

/**
 * `name`: whether the program is one of the filter's. Another name without a host is believed only with a process id, where
 * the log has had such heads throughout.
 */
export function judgeHead(
  heads: HeadBelief,
  form: StampForm,
  { text, start, end, header }: HeadedLine,
  name: "own" | "other",
): HeadVerdict {
  if (header.hostEnd > header.hostStart && heads.isSettled(form)) return "sure";
  if (isPrioritized(text, start)) return "sure";
  if (!isSyslogHead(text, start, end, header)) return "none";
  if (name === "other" && header.hostEnd === header.hostStart) {
    if (header.pid === 0) return "none";
    return heads.isSettled(form) ? "believed" : "doubted";
  }
  // Many services begin their own file's lines so (`TIME imap-login: …`), some of their processes under other names.
  if (name === "own" && header.hostEnd === header.hostStart && header.pid === 0) return "believed";
  return heads.isBelieved(form) ? "believed" : "doubted";
}

/** What was read as a head is how the message begins; a level before it stays the writer's. */
export function forgetHead(text: string, end: number, header: Header): void {
  header.bodyStart = wholeStart(header);
  header.messageStart = behindLevel(text, header.bodyStart, end);
  header.hostEnd = header.hostStart;
  header.programEnd = header.programStart;
  header.pid = 0;
  // Neither the next line's host nor what was worked out with this one.
  header.known.text = "";
  header.reading++;
}

/** `<38>`, which no client can write: it stands before everything else. */
function isPrioritized(text: string, start: number): boolean {
  if (text.charCodeAt(start) !== 60) return false;
  let at = start + 1;
  while (at <= start + 3 && isDigitCode(text.charCodeAt(at))) at++;
  return at > start + 1 && text.charCodeAt(at) === 62 && text.charCodeAt(at + 1) > 32;
}

function isSyslogHead(text: string, start: number, end: number, header: Header): boolean {
  const { hostStart, hostEnd, programStart } = header;
  const whole = wholeStart(header);
  const from = skipFacility(text, whole, end, header);
  if (hostEnd > hostStart) {
    const form = stampFormOf(text, start, header);
    if (form !== "classic" && form !== "iso") return false;
    return hostStart === whole || hostStart === from || isRelayed(text, from, end, header);
  }
  const tag = behindLevel(text, from, end);
  return [from, from + 1, tag, tag + 1].includes(programStart);
}

/** Behind a word that says how serious the message is: `ERROR: `, `[warn] `, `app.ERROR: `; `from` when there is none. */
function behindLevel(text: string, from: number, end: number): number {
  const wordEnd = blankAfter(text, from, end);
  if (readLevelWord(text, from, wordEnd) !== undefined) return skipBlanks(text, wordEnd, end);
  const dot = text.charCodeAt(wordEnd - 1) === 58 ? text.lastIndexOf(".", wordEnd) : -1;
  return dot > from && isLevel(text, dot + 1, wordEnd - 1) ? skipBlanks(text, wordEnd, end) : from;
}

function skipFacility(text: string, from: number, end: number, { spare }: Header): number {
  const wordEnd = blankAfter(text, from, end);
  if (!isFacility(text, from, wordEnd)) return from;
  const at = skipBlanks(text, wordEnd, end);
  const after = scanStamp(text, at, end, spare);
  return after < 0 ? at : skipBlanks(text, after, end);
}

/** A relay's host before the sender's own head, which begins with a time or names the same host again. */
function isRelayed(
  text: string,
  from: number,
  end: number,
  { hostStart, hostEnd, spare }: Header,
): boolean {
  const relayEnd = blankAfter(text, from, end);
  const at = skipBlanks(text, relayEnd, end);
  const after = scanStamp(text, at, end, spare);
  if (after >= 0) return hostStart === skipBlanks(text, after, end);
  return hostStart === at && text.slice(from, relayEnd) === text.slice(hostStart, hostEnd);
}
