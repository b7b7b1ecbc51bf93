/**
 * Finds host and program in the text after a line's time, in every variant of syslog daemons: `HOST TAG[PID]: message`,
 * where HOST, the pid or the colon may be missing and a facility ("auth.info") may precede the tag.
 */
import { blankAfter, isDigitCode, isTagCode, readNumber, skipBlanks } from "../characters.ts";
import type { Header } from "./header.ts";
import { isLevel, readLevelWord } from "./log-level.ts";
import { isVersion, readFields, scanSender, skipPriority } from "./rfc5424-fields.ts";
import { scanStamp } from "./scan-stamp.ts";

/**
 * Searches for the tag in the first four words; without one, the whole body is the message. A level directly after the
 * time is skipped; elsewhere it ends the header. On a line without a time only a tag with a process id counts, because
 * "error: PAM: …" is a message. Returns whether it found one.
 */
export function readTag(text: string, from: number, end: number, header: Header): boolean {
  let wordStart = from;
  let isEnded = false;
  for (let word = 0; word < 4 && wordStart < end; word++) {
    const wordEnd = blankAfter(text, wordStart, end);
    if (isFacility(text, wordStart, wordEnd)) {
      const inner = skipBlanks(text, wordEnd, end);
      const again = scanStamp(text, inner, end, header.stamp);
      wordStart = again >= 0 ? skipBlanks(text, again, end) : inner;
      if (word === 0) header.messageStart = wordStart;
      continue;
    }
    if (isBareProcess(text, wordStart, wordEnd)) break;
    const level = readLevelWord(text, wordStart, wordEnd);
    // A relay may put its host before the priority: "web1 <38>sshd[42]:".
    const tagStart = word === 0 ? wordStart : skipPriority(text, wordStart, wordEnd);
    if (level === undefined && takeTag(text, tagStart, wordEnd, end, header)) {
      // After "ERROR:" a word with a colon is the beginning of the message.
      if (!isEnded || header.pid > 0) return true;
      header.programEnd = header.programStart;
      header.messageStart = wordStart;
      break;
    }
    if (level !== undefined && word === 0 && header.stamped) {
      isEnded = level === "ended";
      wordStart = skipBlanks(text, wordEnd, end);
      header.messageStart = wordStart;
      continue;
    }
    if (header.hostEnd > header.hostStart) {
      if (readRelayed(text, wordStart, end, header)) return true;
      // The second word is neither host nor tag: this is not a syslog line.
      break;
    }
    header.hostStart = wordStart;
    header.hostEnd = wordEnd;
    wordStart = skipBlanks(text, wordEnd, end);
  }
  header.hostEnd = header.hostStart;
  return false;
}

/**
 * Parses the sender's own header after a relay's host: `[<PRI>][1 ][STAMP] [HOST] TAG[PID]:`, or the fields of RFC 5424.
 * The relay's time is kept, because the sender's clock is unknown. Without a second time only a tag with a process id
 * counts, or the same host again.
 */
function readRelayed(text: string, from: number, end: number, header: Header): boolean {
  const { stamped, bodyStart } = header;
  const sender = skipPriority(text, from, end);
  // Without the relay's time, a word and a time are any text; a priority or version shows that a header follows.
  if (!stamped && sender === from && !isVersion(text, from)) return false;
  const after = scanSender(text, from, end, stamped ? header.spare : header.stamp);
  if (!stamped && after < 0) return false;
  header.stamped = true;
  const hostStart = after < 0 ? sender : after;
  const hostEnd = blankAfter(text, hostStart, end);
  // A program that writes to the syslog socket names no host: "relay <38>STAMP sshd[42]:".
  if (after >= 0 && sender > from && takeTag(text, hostStart, hostEnd, end, header)) return true;
  const tagStart = skipBlanks(text, hostEnd, end);
  const again =
    hostEnd - hostStart === header.hostEnd - header.hostStart &&
    text.startsWith(text.slice(header.hostStart, header.hostEnd), hostStart);
  if (!takeTag(text, tagStart, blankAfter(text, tagStart, end), end, header)) {
    if (after >= 0 && readFields(text, hostStart, end, header, true)) {
      header.bodyStart = bodyStart;
      return true;
    }
    header.stamped = stamped;
    return false;
  }
  if (after < 0 && !again && header.pid === 0) {
    header.programEnd = header.programStart;
    header.messageStart = bodyStart;
    return false;
  }
  header.hostStart = hostStart;
  header.hostEnd = hostEnd;
  return true;
}

/**
 * Skips a relay's host at `from`, and the beginning of the sender's header behind it. Returns where the sender's host
 * begins, or its message if it names none.
 */
export function skipRelay(text: string, from: number, end: number, { spare }: Header): number {
  const next = skipBlanks(text, blankAfter(text, from, end), end);
  const after = scanSender(text, next, end, spare);
  return after < 0 ? skipPriority(text, next, end) : after;
}

/** Consumes "sshd[123]:", "sshd:", "[sshd]:", "[sshd]", "sshd[123]", "sshd(pam_unix)[123]:". */
function takeTag(
  text: string,
  start: number,
  wordEnd: number,
  end: number,
  header: Header,
): boolean {
  const bracketed = text.charCodeAt(start) === 91 ? 1 : 0;
  let at = start + bracketed;
  while (at < wordEnd && isTagCode(text.charCodeAt(at))) at++;
  const nameEnd = at;
  if (nameEnd === start + bracketed || isLevel(text, start + bracketed, nameEnd)) return false;
  let sure = false;
  let pid = 0;
  if (bracketed === 1) {
    if (text.charCodeAt(at) !== 93) return false;
    at++;
    sure = true;
  } else {
    if (text.charCodeAt(at) === 40) at = skipParenthesis(text, at, wordEnd);
    if (text.charCodeAt(at) === 91) {
      let close = at + 1;
      while (close < wordEnd && isDigitCode(text.charCodeAt(close))) close++;
      if (text.charCodeAt(close) !== 93 || close === at + 1) return false;
      pid = readNumber(text, at + 1, close);
      at = close + 1;
      sure = true;
    }
  }
  if (!sure && !header.stamped) return false;
  if (text.charCodeAt(at) === 58) at++;
  else if (!sure) return false;
  if (at !== wordEnd) return false;
  header.pid = pid;
  header.programStart = start + bracketed;
  header.programEnd = withoutLevel(text, start + bracketed, nameEnd);
  header.messageStart = skipMessageId(text, skipBlanks(text, at, end), end);
  return true;
}

/** Returns whether the word is "[22382]" or "[22382]:": a process or thread without a name, no host and no program. */
function isBareProcess(text: string, start: number, end: number): boolean {
  if (text.charCodeAt(start) !== 91) return false;
  let at = start + 1;
  while (isDigitCode(text.charCodeAt(at))) at++;
  if (at === start + 1 || text.charCodeAt(at) !== 93) return false;
  return at + 1 === end || (at + 2 === end && text.charCodeAt(at + 1) === 58);
}

/** Removes the level that some loggers append to the name: "app.ERROR:". */
function withoutLevel(text: string, start: number, end: number): number {
  const dot = text.lastIndexOf(".", end - 1);
  return dot > start && isLevel(text, dot + 1, end) ? dot : end;
}

function skipParenthesis(text: string, from: number, wordEnd: number): number {
  let at = from;
  while (at < wordEnd && text.charCodeAt(at) !== 41) at++;
  return Math.min(at + 1, wordEnd);
}

/**
 * Skips "[ID 800047 auth.info] ", which Solaris writes before the message, or "kernel: [ 970.7] ", which a relay
 * through the kernel's log adds.
 */
export function skipMessageId(text: string, at: number, end: number): number {
  const first = text.charCodeAt(at);
  if (first !== 91 && first !== 107) return at;
  const [prefix] = /^(?:\[ID \d+ [a-z]+\.[a-z]+\]|kernel: ?\[ *\d+\.\d+\]):? /.exec(
    text.slice(at, Math.min(end, at + 60)),
  ) ?? [""];
  return at + prefix.length;
}

const FACILITIES =
  /^<[\d.]+>$|^[[<]?(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|security|local[0-7])\.[a-z]+[\]>]?:?$/;

/**
 * Returns whether the word is "auth.info", "auth.info:" or "<10.5>". The cheap tests come first: this runs for every
 * word of a header.
 */
export function isFacility(text: string, start: number, end: number): boolean {
  if (end - start < 5 || end - start > 20) return false;
  const first = text.charCodeAt(start);
  if (first !== 60 && first !== 91 && (first < 97 || first > 122)) return false;
  return FACILITIES.test(text.slice(start, end));
}
