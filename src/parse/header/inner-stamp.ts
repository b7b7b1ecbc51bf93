/**
 * Finds the time of a line that does not begin with it. Searches only where services are known to write it, never where
 * a client's text may be. Other positions require {time} in the rule.
 */
import { isDigitCode } from "../characters.ts";
import { scanStamp } from "./scan-stamp.ts";
import type { Stamp } from "./stamp.ts";

/** Returns whether a time was found in [from, to). */
export function scanInnerStamp(text: string, from: number, to: number, stamp: Stamp): boolean {
  const head = text.slice(from, Math.min(to, from + MAX_HEAD));
  return (
    scanPair(head, stamp) ||
    scanAudit(head, stamp) ||
    scanBeforeRequest(text.slice(from, to), stamp) ||
    scanAfterAddress(head, stamp)
  );
}

const MAX_HEAD = 160;

/** Matches `time="2026-11-28T09:19:59Z" level=…`, `ts=…`, `date=2026-11-28 time=09:19:59` at the start of a line. */
const PAIR = /^\s*(?:<\d{1,3}>)?(?:time|ts|timestamp|t|date|datetime)="?/;
const DATE_AND_TIME = /^"?(\d{4}-\d\d-\d\d)"? time="?(\d\d:\d\d:\d\d)/;

function scanPair(head: string, stamp: Stamp): boolean {
  const [key] = PAIR.exec(head) ?? [];
  if (key === undefined) return false;
  if (scanStamp(head, key.length, head.length, stamp) >= 0) return true;
  const [, date, time] = DATE_AND_TIME.exec(head.slice(key.length)) ?? [];
  if (date === undefined) return false;
  const joined = `${date} ${time}`;
  return scanStamp(joined, 0, joined.length, stamp) >= 0;
}

/** Matches `type=USER_AUTH msg=audit(1795857599.123:456): …` of the kernel's audit log. */
const AUDIT = /^(?:node=\S+ )?type=\w+ msg=audit\((?=\d{10}\.\d{3}:)/;

function scanAudit(head: string, stamp: Stamp): boolean {
  const [opening] = AUDIT.exec(head) ?? [];
  if (opening === undefined) return false;
  const time = head.slice(opening.length, opening.length + 14);
  return scanStamp(time, 0, time.length, stamp) >= 0;
}

/**
 * Scans `… [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" …`. Web servers write the time before the request. They escape
 * quotes in the account before the time, in which a client may write brackets.
 */
function scanBeforeRequest(line: string, stamp: Stamp): boolean {
  let quote = line.indexOf('"');
  while (quote > 0 && line.charCodeAt(quote - 1) === BACKSLASH)
    quote = line.indexOf('"', quote + 1);
  const close = quote - 2;
  if (close < 0 || !line.startsWith('] "', close)) return false;
  const open = line.lastIndexOf("[", close);
  return open >= 0 && scanStamp(line, open, line.length, stamp) === close + 1;
}

const BACKSLASH = 92;

/**
 * Matches an address directly before a time, with no account between them: `192.0.2.7:40122 [28/Nov/2026:09:19:59.123]
 * …`, `192.0.2.7 - - [28/Nov/2026:09:19:59 +0100] …`.
 */
const ADDRESS = /^\[?[\da-fA-F]*[.:][\da-fA-F.:]*\]?(?::\d+)? (?:- - )?(?=\[)/;

function scanAfterAddress(head: string, stamp: Stamp): boolean {
  const [before] = ADDRESS.exec(head) ?? [];
  if (before === undefined || !isDigitCode(head.charCodeAt(before.length + 1))) return false;
  return scanStamp(head, before.length, head.length, stamp) >= 0;
}
