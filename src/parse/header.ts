/**
 * Reads the head of a line once: time, host, program and process id, and where the message begins.
 * Syslog in its many spellings (RFC 3164, RFC 5424, with priority, with facility, without host, without colon),
 * otherwise "stamp, then text", otherwise the bare message. Fills a reused `Header`; allocates nothing.
 */
import { type Stamp, createStamp, scanStamp } from "./timestamp.ts";

export interface Header {
  readonly stamp: Stamp;
  /** Whether `stamp` was filled. */
  stamped: boolean;
  /** Just after the time: where the text begins for programs that write their own file. */
  bodyStart: number;
  hostStart: number;
  hostEnd: number;
  /** programStart === programEnd: the line names no program. */
  programStart: number;
  programEnd: number;
  /** 0 when the line names none. */
  pid: number;
  messageStart: number;
}

export function createHeader(): Header {
  return {
    stamp: createStamp(),
    stamped: false,
    bodyStart: 0,
    hostStart: 0,
    hostEnd: 0,
    programStart: 0,
    programEnd: 0,
    pid: 0,
    messageStart: 0,
  };
}

export function readHeader(text: string, start: number, end: number, header: Header): void {
  let at = start;
  header.hostStart = header.hostEnd = header.programStart = header.programEnd = start;
  header.pid = 0;
  if (text.charCodeAt(at) === 60) {
    at = skipPriority(text, at, end);
    if (
      text.charCodeAt(at) === 49 &&
      text.charCodeAt(at + 1) === 32 &&
      readRfc5424(text, at + 2, end, header)
    )
      return;
  }
  const after = scanStamp(text, at, end, header.stamp);
  header.stamped = after >= 0;
  header.bodyStart = header.messageStart = after < 0 ? at : skipBlanks(text, after, end);
  readTag(text, header.bodyStart, end, header);
}

/** "<35>" -> just after it; the line's start when it is no priority. */
function skipPriority(text: string, at: number, end: number): number {
  const close = text.indexOf(">", at);
  if (close < 0 || close >= end || close - at > 4 || close === at + 1) return at;
  for (let i = at + 1; i < close; i++) if (!isDigit(text.charCodeAt(i))) return at;
  return close + 1;
}

/** `TIMESTAMP HOST APP PID MSGID STRUCTURED-DATA MESSAGE` (RFC 5424 section 6). */
function readRfc5424(text: string, from: number, end: number, header: Header): boolean {
  const after = scanStamp(text, from, end, header.stamp);
  header.stamped = after >= 0;
  const stampEnd = after >= 0 ? after : text.startsWith("- ", from) ? from + 1 : -1;
  if (stampEnd < 0) return false;
  header.hostStart = stampEnd + 1;
  header.hostEnd = blankAfter(text, header.hostStart, end);
  header.programStart = header.hostEnd + 1;
  header.programEnd = blankAfter(text, header.programStart, end);
  const pidStart = header.programEnd + 1;
  const pidEnd = blankAfter(text, pidStart, end);
  const idEnd = blankAfter(text, pidEnd + 1, end);
  if (idEnd >= end) return false;
  header.pid = readNumber(text, pidStart, pidEnd);
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

/**
 * `HOST TAG[PID]: message`, where HOST, the pid or the colon may be missing and a facility ("auth.info") may stand
 * before the tag. The tag is looked for in the first four words; without one the message is the whole body.
 * On a line without a time only a tag with a process id is believed: "error: PAM: …" is a message.
 */
function readTag(text: string, from: number, end: number, header: Header): void {
  let wordStart = from;
  for (let word = 0; word < 4 && wordStart < end; word++) {
    const wordEnd = blankAfter(text, wordStart, end);
    if (isFacility(text, wordStart, wordEnd)) {
      const inner = skipBlanks(text, wordEnd, end);
      const again = scanStamp(text, inner, end, header.stamp);
      wordStart = again >= 0 ? skipBlanks(text, again, end) : inner;
      if (word === 0) header.messageStart = wordStart;
      continue;
    }
    if (takeTag(text, wordStart, wordEnd, end, header)) return;
    // The second word that is neither host nor tag: this is no syslog line.
    if (header.hostEnd > header.hostStart) break;
    header.hostStart = wordStart;
    header.hostEnd = wordEnd;
    wordStart = skipBlanks(text, wordEnd, end);
  }
  header.hostEnd = header.hostStart;
}

/** "sshd[123]:", "sshd:", "[sshd]:", "[sshd]", "sshd[123]", "sshd(pam_unix)[123]:". */
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
  if (nameEnd === start + bracketed) return false;
  let sure = false;
  if (bracketed === 1) {
    if (text.charCodeAt(at) !== 93) return false;
    at++;
    sure = true;
  } else {
    if (text.charCodeAt(at) === 40) at = Math.min(text.indexOf(")", at) + 1 || wordEnd, wordEnd);
    if (text.charCodeAt(at) === 91) {
      let close = at + 1;
      while (close < wordEnd && isDigit(text.charCodeAt(close))) close++;
      if (text.charCodeAt(close) !== 93 || close === at + 1) return false;
      header.pid = readNumber(text, at + 1, close);
      at = close + 1;
      sure = true;
    }
  }
  if (!sure && !header.stamped) return false;
  if (text.charCodeAt(at) === 58) at++;
  else if (!sure) return false;
  if (at !== wordEnd) return false;
  header.programStart = start + bracketed;
  header.programEnd = nameEnd;
  header.messageStart = skipMessageId(text, skipBlanks(text, at, end), end);
  return true;
}

/** Solaris writes "[ID 800047 auth.info] " before the message, a relay through the kernel's log "kernel: [ 970.7] ". */
function skipMessageId(text: string, at: number, end: number): number {
  const first = text.charCodeAt(at);
  if (first !== 91 && first !== 107) return at;
  const [prefix] = /^(?:\[ID \d+ [a-z]+\.[a-z]+\]|kernel: ?\[ *\d+\.\d+\]):? /.exec(
    text.slice(at, Math.min(end, at + 60)),
  ) ?? [""];
  return at + prefix.length;
}

const FACILITIES =
  /^<[\d.]+>$|^[[<]?(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|security|local[0-7])\.[a-z]+[\]>]?:?$/;

/** "auth.info", "auth.info:", "<10.5>". The cheap tests come first: this runs for every line. */
function isFacility(text: string, start: number, end: number): boolean {
  if (end - start < 5 || end - start > 20) return false;
  const first = text.charCodeAt(start);
  if (first !== 60 && first !== 91 && (first < 97 || first > 122)) return false;
  const dot = text.indexOf(".", start);
  return dot > start && dot < end && FACILITIES.test(text.slice(start, end));
}

function isTagCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 45 || // -
    code === 95 || // _
    code === 46 || // .
    code === 47 || // /
    code === 64 || // @
    code === 43 // +
  );
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function blankAfter(text: string, from: number, end: number): number {
  const blank = text.indexOf(" ", from);
  return blank < 0 || blank > end ? end : blank;
}

function skipBlanks(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) === 32) at++;
  return at;
}

function readNumber(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code) || value > 1e12) return 0;
    value = value * 10 + code - 48;
  }
  return value;
}
