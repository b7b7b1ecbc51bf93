/**
 * Parses the most common form of a syslog header quickly: `STAMP HOST PROGRAM[PID]: message`, single spaces. Lines that
 * one host writes within a second begin with the same characters, so they are compared with the previous line instead
 * of being parsed again. Any other form is left to syslog-tag.ts, which returns the same result for this one.
 */
import { isDigitCode, isTagCode } from "../characters.ts";
import type { Header } from "./header.ts";
import { isLevel } from "./log-level.ts";
import { isFacility, skipMessageId } from "./syslog-tag.ts";

/** Parses the whole header if the line begins like the previous one; `header.stamp` then still contains its time. */
export function readCachedHeader(
  text: string,
  start: number,
  end: number,
  header: Header,
): boolean {
  const { text: head, host } = header.known;
  if (head === "" || !text.startsWith(head, start)) return false;
  header.stamped = true;
  header.bodyStart = header.hostStart = start + host;
  header.hostEnd = start + head.length - 1;
  return readPlainTag(text, start + head.length, end, header);
}

/** `from` is where the host begins, after the timestamp and one space. Caches the header if it can recur. */
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
  // A timestamp with a fraction of a second hardly recurs.
  if (header.stamp.millisecond === 0) {
    header.known.text = text.slice(start, at + 1);
    header.known.host = from - start;
  }
  return true;
}

/** "sshd[123]: " or "sshd: ", the name without a dot (which may be a facility). */
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
