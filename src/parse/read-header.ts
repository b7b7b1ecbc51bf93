/**
 * Reads the head of a line once: time, host, program and process id, and where the message begins.
 * Syslog in its many spellings (RFC 3164, RFC 5424, with priority, with facility, without host, without colon),
 * otherwise "stamp, then text", otherwise the bare message. Fills a reused `Header`; allocates nothing.
 */
import { blankAfter, isDigitCode, readNumber, skipBlanks } from "./characters.ts";
import type { Header } from "./header.ts";
import { readKnownHead, readPlainHead } from "./plain-head.ts";
import { scanStamp } from "./scan-stamp.ts";
import { readTag } from "./syslog-tag.ts";

export function readHeader(text: string, start: number, end: number, header: Header): void {
  if (readKnownHead(text, start, end, header)) return;
  // From here on the stamp is overwritten, so what began with the old one is no longer known.
  header.known.length = 0;
  header.reading++;
  header.hostStart = header.hostEnd = header.programStart = header.programEnd = start;
  header.pid = 0;
  const at = skipPriority(text, start, end);
  if (at > start && text.startsWith("1 ", at) && readRfc5424(text, at + 2, end, header)) return;
  const after = scanStamp(text, at, end, header.stamp);
  header.stamped = after >= 0;
  header.bodyStart = header.messageStart = after < 0 ? at : skipBlanks(text, after, end);
  if (header.stamped && readPlainHead(text, start, header.bodyStart, end, header)) return;
  readTag(text, header.bodyStart, end, header);
}

/** "<35>" -> just after it; the line's start when it is no priority. */
function skipPriority(text: string, start: number, end: number): number {
  if (text.charCodeAt(start) !== 60) return start;
  let at = start + 1;
  while (at < end && at <= start + 3 && isDigitCode(text.charCodeAt(at))) at++;
  return at > start + 1 && text.charCodeAt(at) === 62 ? at + 1 : start;
}

/** `TIMESTAMP HOST APP PID MSGID STRUCTURED-DATA MESSAGE` (RFC 5424 section 6). */
function readRfc5424(text: string, from: number, end: number, header: Header): boolean {
  const after = scanStamp(text, from, end, header.stamp);
  const stampEnd = after >= 0 ? after : text.startsWith("- ", from) ? from + 1 : -1;
  if (stampEnd < 0) return false;
  const hostEnd = blankAfter(text, stampEnd + 1, end);
  const programEnd = blankAfter(text, hostEnd + 1, end);
  const pidEnd = blankAfter(text, programEnd + 1, end);
  const idEnd = blankAfter(text, pidEnd + 1, end);
  if (idEnd >= end) return false;
  header.stamped = after >= 0;
  header.hostStart = stampEnd + 1;
  header.hostEnd = hostEnd;
  header.programStart = hostEnd + 1;
  header.programEnd = programEnd;
  header.pid = readNumber(text, programEnd + 1, pidEnd);
  header.messageStart = skipStructured(text, idEnd + 1, end);
  if (text.charCodeAt(header.messageStart) === 0xfeff) header.messageStart++;
  header.bodyStart = header.messageStart;
  return true;
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
