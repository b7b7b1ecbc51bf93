import { CUT_MARK } from "../../domain/line-batch.ts";
import { blankAfter } from "../characters.ts";
import { MAX_REPEATED } from "../../domain/match.ts";
import type { Header } from "../header/header.ts";

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

/** Returns quickly whether the message, or what follows the host if no program is named, may begin a repeat. */
export function mayRepeat(text: string, end: number, header: Header): boolean {
  const { programStart, programEnd, messageStart } = header;
  if (end - messageStart > MAX_REPEAT_LINE) return false;
  if (isOpening(text.charCodeAt(messageStart))) return true;
  return (
    programStart === programEnd &&
    isOpening(text.charCodeAt(blankAfter(text, messageStart, end) + 1))
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
export function readLineRepeat(
  text: string,
  { hostStart, hostEnd, programStart, programEnd, messageStart }: Header,
  end: number,
): LineRepeat | undefined {
  const message = text.slice(messageStart, end).trimEnd();
  const program = text.slice(programStart, programEnd);
  const named = hostEnd > hostStart ? text.slice(hostStart, hostEnd) : undefined;
  const [, begins, count] = SUPPRESSED.exec(message) ?? [];
  // syslog-ng writes the line under the name of the repeated program.
  if (begins !== undefined && count !== undefined)
    return named === undefined || program === ""
      ? undefined
      : { times: bound(count), host: named, quoted: { program, begins } };
  if (program !== "" && !SYSLOG_DAEMONS.includes(program)) return undefined;
  const [, word, dashes, plain] = LAST_REPEATED.exec(message) ?? [];
  if (plain === undefined || (named !== undefined && word !== undefined)) return undefined;
  const host = named ?? word;
  if (host === undefined && dashes === undefined) return undefined;
  return { times: bound(plain), host, quoted: undefined };
}

function bound(times: string): number {
  return Math.min(Number(times), MAX_REPEATED);
}
