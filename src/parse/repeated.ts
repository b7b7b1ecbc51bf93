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
