/**
 * Judges whether the parsed host and program come from a syslog daemon's header. In a service's own file the words
 * after the time may be a client's, and `… denied myapp[1]: …` has the parts of a header too. Allocates almost nothing;
 * skipped for logs whose headers are settled.
 */
import { blankAfter, skipBlanks } from "../characters.ts";
import { forgetCachedHeader } from "./cached-header.ts";
import type { HeaderTrust } from "./header-trust.ts";
import type { Header } from "./header.ts";
import { isLevel, readLevelWord } from "./log-level.ts";
import { scanSender, skipPriority } from "./rfc5424-fields.ts";
import { scanStamp } from "./scan-stamp.ts";
import { type StampForm, stampFormOf } from "./stamp-form.ts";
import { isFacility } from "./syslog-tag.ts";

/** Returns the position of the text after the time, which begins with host and program if present. */
export function wholeStart({ hostStart, hostEnd, bodyStart }: Header): number {
  return hostEnd > hostStart ? Math.min(hostStart, bodyStart) : bodyStart;
}

/**
 * sure: need not be matched as a whole. believed: a header. doubted: the log's other lines have no headers. none: no
 * header.
 */
export type HeaderVerdict = "none" | "doubted" | "believed" | "sure";

interface HeadedLine {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly header: Header;
}

/**
 * Judges a header. `name`: whether the program is one of the filter's. Another name without a host counts only with a
 * process id, and if the log has had such headers throughout.
 */
export function judgeHeader(
  heads: HeaderTrust,
  form: StampForm,
  { text, start, end, header }: HeadedLine,
  name: "own" | "other",
): HeaderVerdict {
  if (header.hostEnd > header.hostStart && heads.isSettled(form)) return "sure";
  if (isPrioritized(text, start, end)) return "sure";
  if (!isSyslogHeader(text, start, end, header)) return "none";
  if (name === "other" && header.hostEnd === header.hostStart) {
    if (header.pid === 0) return "none";
    return heads.isSettled(form) ? "believed" : "doubted";
  }
  // Many services begin their log lines so (`TIME imap-login: …`); some of their processes use other names.
  if (name === "own" && header.hostEnd === header.hostStart && header.pid === 0) return "believed";
  return heads.isBelieved(form) ? "believed" : "doubted";
}

/** Treats the parsed header as the beginning of the message. A level before it is not part of the message. */
export function dropHeader(text: string, start: number, end: number, header: Header): void {
  header.bodyStart = wholeStart(header);
  // The time was behind the apparent host.
  if (header.bodyStart === start) header.stamped = false;
  header.messageStart = behindLevel(text, header.bodyStart, end);
  header.hostEnd = header.hostStart;
  header.programEnd = header.programStart;
  header.structuredStart = -1;
  header.pid = 0;
  // Invalidates the cached header and what was computed with it.
  forgetCachedHeader(header);
  header.reading++;
}

/**
 * Returns whether the line begins with a priority such as `<38>`. No client can write it, because it precedes
 * everything else.
 */
function isPrioritized(text: string, start: number, end: number): boolean {
  const after = skipPriority(text, start, end);
  return after > start && text.charCodeAt(after) > 32;
}

function isSyslogHeader(text: string, start: number, end: number, header: Header): boolean {
  const { hostStart, hostEnd, programStart } = header;
  const whole = wholeStart(header);
  // A row of CSV: the quote begins a client's value.
  if (text.slice(whole, programStart).includes('"')) return false;
  const from = skipFacility(text, whole, end, header);
  if (hostEnd > hostStart) {
    const form = stampFormOf(text, start, header);
    if (form !== "classic" && form !== "iso") return false;
    return hostStart === whole || hostStart === from || isRelayed(text, from, end, header);
  }
  const tag = behindLevel(text, from, end);
  return [from, from + 1, tag, tag + 1].includes(programStart);
}

/** Skips a severity word (`ERROR: `, `[warn] `, `app.ERROR: `); returns `from` without one. */
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

/** Returns whether a relay's host precedes the sender's own header, which begins with a time or the same host again. */
function isRelayed(
  text: string,
  from: number,
  end: number,
  { hostStart, hostEnd, spare }: Header,
): boolean {
  const relayEnd = blankAfter(text, from, end);
  const at = skipBlanks(text, relayEnd, end);
  const after = scanSender(text, at, end, spare);
  if (after >= 0) return hostStart === after;
  return hostStart === at && text.slice(from, relayEnd) === text.slice(hostStart, hostEnd);
}
