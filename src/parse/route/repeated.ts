import { CUT_MARK } from "../../domain/line-batch.ts";
import { blankAfter } from "../characters.ts";
import { MAX_REPEATED } from "../../domain/match.ts";
import type { Header } from "../header/header.ts";

/** Written by syslog daemons instead of n equal messages: `message repeated n times: [ … ]`. */
export interface RepeatedMessage {
  readonly times: number;
  /** The message itself, ended by "\n". */
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
  // A cut line lacks its end, and has the cut mark there.
  const isCut = line.endsWith(CUT_MARK);
  if (!isCut && !line.endsWith("]")) return undefined;
  const message = isCut ? line.slice(head.length) : line.slice(head.length, -1);
  return { times: bound(count ?? ""), message: `${message}\n` };
}

/** "The previous line, n more times", as some syslog daemons write on a separate line. */
export interface LineRepeat {
  readonly times: number;
  /** Host of the previous line, according to the repeat; undefined: it names none. */
  readonly host: string | undefined;
  /** The program of the previous line and the beginning of its message, if the daemon quotes them. */
  readonly said: { readonly program: string; readonly begins: string } | undefined;
}

/** sysklogd, inetutils, BusyBox, BSD and Solaris, and macOS between dashes; then syslog-ng, which quotes the message. */
const LAST_REPEATED =
  /^(?:((?!-{2,3} )\S+) )?(-{2,3} )?last message (?:repeated|buffered) (\d{1,9}) times?(?: -{2,3})?$/;
/** Length that syslog-ng quotes of a message. A shorter quote is ambiguous. */
export const QUOTED = 20;
const SUPPRESSED =
  /^Last message '(.{20})' repeated (\d{1,9}) times?, suppressed by syslog-ng on \S+$/;
/** Longer lines are something else. */
const MAX_REPEAT_LINE = 300;

/** A quick check: whether the message, or what follows the host if no program is named, begins like a repeat. */
export function mayRepeat(text: string, end: number, header: Header): boolean {
  const { programStart, programEnd, messageStart } = header;
  if (end - messageStart > MAX_REPEAT_LINE) return false;
  if (isOpening(text.charCodeAt(messageStart))) return true;
  return (
    programStart === programEnd &&
    isOpening(text.charCodeAt(blankAfter(text, messageStart, end) + 1))
  );
}

/** "l", "L" or "-" */
function isOpening(code: number): boolean {
  return code === 108 || code === 76 || code === 45;
}

/** Written by the syslog daemon itself; under the name of another program it is that program's text. */
const SYSLOG_DAEMONS: readonly string[] = ["syslogd", "syslog", "syslog-ng", "rsyslogd"];

/**
 * All of these daemons repeat the host, except macOS, which puts the sentence between dashes: a bare sentence after the
 * time may be a client's text.
 */
export function readLineRepeat(
  text: string,
  { hostStart, hostEnd, programStart, programEnd, messageStart }: Header,
  end: number,
): LineRepeat | undefined {
  const message = text.slice(messageStart, end).trimEnd();
  const program = text.slice(programStart, programEnd);
  const named = hostEnd > hostStart ? text.slice(hostStart, hostEnd) : undefined;
  const [, begins, quoted] = SUPPRESSED.exec(message) ?? [];
  // syslog-ng writes it under the name of the repeated program.
  if (begins !== undefined && quoted !== undefined)
    return named === undefined || program === ""
      ? undefined
      : { times: bound(quoted), host: named, said: { program, begins } };
  if (program !== "" && !SYSLOG_DAEMONS.includes(program)) return undefined;
  const [, word, dashes, plain] = LAST_REPEATED.exec(message) ?? [];
  if (plain === undefined || (named !== undefined && word !== undefined)) return undefined;
  const host = named ?? word;
  if (host === undefined && dashes === undefined) return undefined;
  return { times: bound(plain), host, said: undefined };
}

function bound(times: string): number {
  return Math.min(Number(times), MAX_REPEATED);
}
