import { CUT_MARK } from "../../domain/line-batch.ts";
import { blankAfter } from "../characters.ts";
import { MAX_REPEATED } from "../../domain/match.ts";
import type { Header } from "../header/header.ts";
import { skipRelay } from "../header/syslog-tag.ts";

/** A message that syslog daemons write instead of n equal ones: `message repeated n times: [ … ]`. */
export interface RepeatedMessage {
  readonly times: number;
  /** The repeated message, which ends in "\n". */
  readonly message: string;
}

const OPENING = "message repeated ";
export function unfoldRepeated(
  text: string,
  start: number,
  end: number,
): RepeatedMessage | undefined {
  if (!text.startsWith(OPENING, start)) return undefined;
  const line = text.slice(start, end).trimEnd();
  const [head, count] = /^message repeated (\d{1,9}) times: \[ ?/.exec(line) ?? [];
  if (head === undefined) return undefined;
  // A cut line has the cut mark instead of the closing bracket.
  const isCut = line.endsWith(CUT_MARK);
  if (!isCut && !line.endsWith("]")) return undefined;
  const message = isCut ? line.slice(head.length) : line.slice(head.length, -1);
  return { times: bound(count ?? ""), message: `${message}\n` };
}

/** A separate line by which some syslog daemons replace n equal ones: "the previous line, n more times". */
export interface LineRepeat {
  readonly times: number;
  /** Host of the previous line, according to the repeat; undefined: it names none. */
  readonly host: string | undefined;
  /** The relay whose host precedes that of the sender, if no program is named; undefined: any or none. */
  readonly relay: string | undefined;
  /** The program of the previous line and the beginning of its message, if the daemon quotes them. */
  readonly quoted: { readonly program: string; readonly begins: string } | undefined;
}

/**
 * Matches the forms of sysklogd, inetutils, BusyBox, BSD and Solaris, and of macOS between dashes. SUPPRESSED matches
 * syslog-ng's, which quotes the message.
 */
const LAST_REPEATED =
  /^(?:((?!-{2,3} )\S+) )?(-{2,3} )?last message (?:repeated|buffered) (\d{1,9}) times?(?: -{2,3})?$/;
/** Number of characters of a message that syslog-ng quotes. A shorter quote is ambiguous. */
export const QUOTED = 20;
const SUPPRESSED =
  /^Last message '(.{20})' repeated (\d{1,9}) times?, suppressed by syslog-ng on \S+$/;
/** Maximum length of a line that reports a repetition. */
const MAX_REPEAT_LINE = 300;

/** Returns quickly whether the message, or what follows the hosts if no program is named, may begin a repeat. */
export function mayRepeat(text: string, end: number, header: Header): boolean {
  const { programStart, programEnd, messageStart } = header;
  if (end - messageStart > MAX_REPEAT_LINE) return false;
  if (isOpening(text.charCodeAt(messageStart))) return true;
  if (programStart < programEnd) return false;
  if (isOpening(text.charCodeAt(blankAfter(text, messageStart, end) + 1))) return true;
  const sender = skipRelay(text, messageStart, end, header);
  return (
    isOpening(text.charCodeAt(sender)) ||
    isOpening(text.charCodeAt(blankAfter(text, sender, end) + 1))
  );
}

/** Returns whether the character is "l", "L" or "-". */
function isOpening(code: number): boolean {
  return code === 108 || code === 76 || code === 45;
}

/** Names under which a syslog daemon writes itself. Under another program's name it is that program's text. */
const SYSLOG_DAEMONS: readonly string[] = ["syslogd", "syslog", "syslog-ng", "rsyslogd"];

/**
 * Parses a repeat. All of these daemons repeat the host, except macOS, which puts the sentence between dashes: a bare
 * sentence after the time may be a client's text.
 */
export function readLineRepeat(text: string, header: Header, end: number): LineRepeat | undefined {
  const { hostStart, hostEnd, programStart, programEnd, messageStart } = header;
  const message = text.slice(messageStart, end).trimEnd();
  const program = text.slice(programStart, programEnd);
  const named = hostEnd > hostStart ? text.slice(hostStart, hostEnd) : undefined;
  const [, begins, count] = SUPPRESSED.exec(message) ?? [];
  // syslog-ng writes the line under the name of the repeated program.
  if (begins !== undefined && count !== undefined)
    return named === undefined || program === ""
      ? undefined
      : { times: bound(count), host: named, relay: undefined, quoted: { program, begins } };
  if (program !== "" && !SYSLOG_DAEMONS.includes(program)) return undefined;
  const plain = readSentence(message);
  if (plain === undefined) return program === "" ? readRelayedRepeat(text, header, end) : undefined;
  if (named !== undefined && plain.word !== undefined) return undefined;
  const host = named ?? plain.word;
  if (host === undefined && !plain.hasDashes) return undefined;
  return { times: plain.times, host, relay: undefined, quoted: undefined };
}

/** Parses a repeat without a program behind a relay's host: `RELAY [STAMP] [HOST] last message repeated n times`. */
function readRelayedRepeat(text: string, header: Header, end: number): LineRepeat | undefined {
  const { messageStart } = header;
  const relay = text.slice(messageStart, blankAfter(text, messageStart, end));
  const sender = skipRelay(text, messageStart, end, header);
  const plain = readSentence(text.slice(sender, end).trimEnd());
  if (plain === undefined) return undefined;
  const { times, word } = plain;
  // A sender that names no host has the relay's.
  return { times, host: word ?? relay, relay: word && relay, quoted: undefined };
}

function readSentence(
  message: string,
): { times: number; word: string | undefined; hasDashes: boolean } | undefined {
  const [, word, dashes, times] = LAST_REPEATED.exec(message) ?? [];
  return times === undefined
    ? undefined
    : { times: bound(times), word, hasDashes: dashes !== undefined };
}

function bound(times: string): number {
  return Math.min(Number(times), MAX_REPEATED);
}
