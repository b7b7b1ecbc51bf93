/**
 * Parses the header of a line once: time, host, program and process id, and where the message begins. Supports syslog
 * in many variants (RFC 3164, RFC 5424, with or without priority, with facility, without host, without colon, behind a
 * relay's header), otherwise "timestamp, then text", otherwise only a message. Fills a reused `Header`; allocates
 * nothing.
 */
import { skipBlanks } from "../characters.ts";
import type { Header } from "./header.ts";
import { forgetCachedHeader, readCachedHeader, readPlainHeader } from "./cached-header.ts";
import { isVersion, readFields, skipPriority } from "./rfc5424-fields.ts";
import { scanStamp } from "./scan-stamp.ts";
import { readTag } from "./syslog-tag.ts";

export function readHeader(text: string, start: number, end: number, header: Header): void {
  if (readCachedHeader(text, start, end, header)) return;
  header.format = undefined;
  header.structuredStart = -1;
  // The timestamp is overwritten below, so the cached header is no longer valid.
  forgetCachedHeader(header);
  header.reading++;
  header.hostStart = header.hostEnd = header.programStart = header.programEnd = start;
  header.pid = 0;
  header.isContainer = false;
  const from = text.charCodeAt(start) <= BLANK ? skipIndent(text, start, end) : start;
  const at = skipPriority(text, from, end);
  if (isVersion(text, at) && readRfc5424(text, at + 2, end, header, at > from)) return;
  const stated = header.formats.length === 0 ? -1 : scanStated(text, at, end, header);
  const after = stated >= 0 ? stated : scanStamp(text, at, end, header.stamp);
  header.stamped = after >= 0;
  header.messageStart = after < 0 ? at : skipBlanks(text, after, end);
  // Keep the indentation of a line without a time, for programs that write their own file.
  header.bodyStart = after < 0 && at === from ? start : header.messageStart;
  if (header.stamped && readPlainHeader(text, start, header.bodyStart, end, header)) return;
  if (header.stamped && readStream(text, header.bodyStart, end, header)) return;
  if (readTag(text, header.messageStart, end, header)) return;
  if (header.stamped) readFields(text, header.bodyStart, end, header, true);
}

/** Scans a time in a form that the log's filters state. */
function scanStated(text: string, from: number, end: number, header: Header): number {
  for (const format of header.formats) {
    const after = format.scan(text, from, end, header.stamp);
    if (after < 0) continue;
    header.format = format;
    return after;
  }
  return -1;
}

const STREAM = /^(?:stdout|stderr) [FP](?::[^ ]*)?(?: |$)/;

/** Parses `stdout F text`, which container runtimes write after the time. */
function readStream(text: string, from: number, end: number, header: Header): boolean {
  // "st" of "stdout" or "stderr".
  if (text.charCodeAt(from) !== 115 || text.charCodeAt(from + 1) !== 116) return false;
  const head = text.slice(from, Math.min(end, from + MAX_STREAM));
  if (!STREAM.test(head)) return false;
  header.isContainer = true;
  header.hostStart = from;
  header.hostEnd = from + 6;
  header.messageStart = from + 7;
  return true;
}

const MAX_STREAM = 64;
const BLANK = 32;

/** Skips leading spaces and tabs. */
function skipIndent(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && (text.charCodeAt(at) === BLANK || text.charCodeAt(at) === 9)) at++;
  return at;
}

/** Parses `TIMESTAMP HOST APP PID MSGID STRUCTURED-DATA MESSAGE` (RFC 5424 section 6). */
function readRfc5424(
  text: string,
  from: number,
  end: number,
  header: Header,
  prioritized: boolean,
): boolean {
  const after = scanStamp(text, from, end, header.stamp);
  const unknown = prioritized && text.startsWith("- ", from);
  const stampEnd = after >= 0 ? after : unknown ? from + 1 : -1;
  if (stampEnd < 0) return false;
  if (!readFields(text, stampEnd + 1, end, header, !prioritized)) return false;
  header.stamped = after >= 0;
  return true;
}
