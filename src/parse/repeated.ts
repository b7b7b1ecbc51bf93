import { blankAfter } from "./characters.ts";
import type { Header } from "./header.ts";

/** What syslog daemons write instead of the same message n times: `message repeated n times: [ … ]`. */
export interface RepeatedMessage {
  readonly times: number;
  /** The message itself, ended by "\n". */
  readonly message: string;
}

const OPENING = "message repeated ";
/** One line can stand for no more than this, whoever wrote it. */
const MAX_TIMES = 100_000;

export function unfoldRepeated(
  text: string,
  start: number,
  end: number,
): RepeatedMessage | undefined {
  if (!text.startsWith(OPENING, start)) return undefined;
  const line = text.slice(start, end).trimEnd();
  const [head, count] = /^message repeated (\d{1,9}) times: \[ ?/.exec(line) ?? [];
  if (head === undefined || !line.endsWith("]")) return undefined;
  return { times: Math.min(Number(count), MAX_TIMES), message: `${line.slice(head.length, -1)}\n` };
}

/** "The line before, n times more", as some syslog daemons write it in a line of their own. */
export interface LineRepeat {
  readonly times: number;
  /** How the repeated message begins, where the daemon says it. */
  readonly begins: string | undefined;
}

/** sysklogd, inetutils, BusyBox, BSD, Solaris and macOS; then syslog-ng, which quotes 20 characters of the message. */
const LAST_REPEATED =
  /^(?:\S+ )?(?:-{2,3} )?last message (?:repeated|buffered) (\d{1,9}) times?(?: -{2,3})?$/;
const SUPPRESSED =
  /^(?:\S+ )?Last message '(.*)' repeated (\d{1,9}) times?, suppressed by syslog-ng on \S+$/;
/** Longer lines are something else. */
const MAX_REPEAT_LINE = 300;

/** Whether it is worth looking closer: the message, or what follows the host where no program is named, begins so. */
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

/** Said by the syslog daemon itself; under the name of another program it is that program's text. */
const SYSLOG_DAEMONS: readonly string[] = ["syslogd", "syslog", "syslog-ng", "rsyslogd"];

/** Of a line that names no program, what follows its time is looked at. */
export function readLineRepeat(
  text: string,
  { programStart, programEnd, messageStart }: Header,
  end: number,
): LineRepeat | undefined {
  const said = text.slice(messageStart, end).trimEnd();
  const program = text.slice(programStart, programEnd);
  const byDaemon = program === "" || SYSLOG_DAEMONS.includes(program);
  const plain = byDaemon ? LAST_REPEATED.exec(said)?.[1] : undefined;
  if (plain !== undefined) return { times: bound(plain), begins: undefined };
  const [, begins, times] = SUPPRESSED.exec(said) ?? [];
  return times === undefined ? undefined : { times: bound(times), begins };
}

function bound(times: string): number {
  return Math.min(Number(times), MAX_TIMES);
}
