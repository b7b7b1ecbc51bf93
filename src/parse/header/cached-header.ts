/**
 * Parses the most common form of a syslog header quickly: `STAMP HOST PROGRAM[PID]: message`, single spaces. Lines that
 * one host writes within a minute differ only in the seconds, so the rest of the header is compared with that of the
 * previous line instead of being parsed again. Any other form is parsed by syslog-tag.ts, which returns the same result
 * for this one.
 */
import { isDigitCode, isTagCode } from "../characters.ts";
import type { Header } from "./header.ts";
import { isLevel } from "./log-level.ts";
import { scanSeconds } from "./scan-stamp.ts";
import { isFacility, skipMessageId } from "./syslog-tag.ts";

/** Parses the whole header if, apart from the seconds, the line begins like the previous one. */
export function readCachedHeader(
  text: string,
  start: number,
  end: number,
  header: Header,
): boolean {
  const { stamp, known } = header;
  const { minute, afterSeconds } = known;
  if (minute === "" || !text.startsWith(minute, start)) return false;
  const { second, millisecond } = stamp;
  const at = scanSeconds(text, start + minute.length, end, stamp);
  if (at < 0 || !text.startsWith(afterSeconds, at)) return false;
  if (stamp.second !== second || stamp.millisecond !== millisecond) header.reading++;
  header.stamped = true;
  header.bodyStart = header.hostStart = at + known.host;
  header.hostEnd = at + afterSeconds.length - 1;
  return readPlainTag(text, at + afterSeconds.length, end, header);
}

/** Parses the header after its time, and caches it. `from` is where the host begins, one space after the time. */
export function readPlainHeader(
  text: string,
  start: number,
  from: number,
  end: number,
  header: Header,
): boolean {
  let at = from;
  let dotted = false;
  for (let code = text.charCodeAt(at); isTagCode(code); code = text.charCodeAt(++at)) {
    if (code === 46) dotted = true;
  }
  if (at === from || text.charCodeAt(at) !== 32 || (dotted && isFacility(text, from, at)))
    return false;
  if (isLevel(text, from, at)) return false;
  if (!readPlainTag(text, at + 1, end, header)) return false;
  header.hostStart = from;
  header.hostEnd = at;
  cacheHeader(text, start, header);
  return true;
}

/** Caches a header with `hh:mm:ss HOST`, or with RFC 3339, its fraction and its zone. Other forms are not cached. */
function cacheHeader(text: string, start: number, header: Header): void {
  const { known, stamp, spare, hostStart, hostEnd } = header;
  const isLast = isClock(text, hostStart - 9);
  const isIso = text.charCodeAt(start + 10) === 84 && isClock(text, start + 11);
  if (!isLast && !isIso) return;
  const secondsStart = isLast ? hostStart - 3 : start + 17;
  const at = scanSeconds(text, secondsStart, hostStart, spare);
  // Ensure that these are the seconds of the time, not of another number.
  if (at < 0 || spare.second !== stamp.second || spare.millisecond !== stamp.millisecond) return;
  known.minute = text.slice(start, secondsStart);
  known.afterSeconds = text.slice(at, hostEnd + 1);
  known.host = hostStart - at;
}

/** Forgets the header, so that the next line is parsed in full. Also releases the batch. */
export function forgetCachedHeader({ known }: Header): void {
  known.minute = known.afterSeconds = "";
}

/** Returns whether "hh:mm:ss" may be here. */
function isClock(text: string, at: number): boolean {
  return text.charCodeAt(at + 2) === 58 && text.charCodeAt(at + 5) === 58;
}

/** Parses "sshd[123]: " or "sshd: ". The name must not contain a dot, because it may then be a facility. */
function readPlainTag(text: string, from: number, end: number, header: Header): boolean {
  let at = from;
  let code = text.charCodeAt(at);
  while (isTagCode(code) && code !== 46) code = text.charCodeAt(++at);
  const nameEnd = at;
  if (nameEnd === from || isLevel(text, from, nameEnd)) return false;
  let pid = 0;
  if (code === 91) {
    const digits = at + 1;
    for (code = text.charCodeAt(++at); isDigitCode(code); code = text.charCodeAt(++at)) {
      pid = pid * 10 + code - 48;
    }
    if (code !== 93 || at === digits || at - digits > 10) return false;
    code = text.charCodeAt(++at);
  }
  if (code !== 58 || text.charCodeAt(at + 1) !== 32) return false;
  at += 2;
  while (at < end && text.charCodeAt(at) === 32) at++;
  header.programStart = from;
  header.programEnd = nameEnd;
  header.pid = pid;
  header.messageStart = skipMessageId(text, at, end);
  return true;
}
