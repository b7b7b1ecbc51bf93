/**
 * Sends one line through the host's syslog path, as syslog(3) does. The receiver of /dev/log (rsyslog, syslog-ng,
 * journald) treats it like any other line. Never waits for a receiver; fails without one.
 */
import { reasonOf } from "../explain-system-error.ts";
import { connect } from "node:net";
import { fail, ok, type Result } from "../../domain/result.ts";
import { openDatagramSender } from "../kernel/unix-datagram.ts";

/** Facilities of RFC 5424, table 1. The facility selects the file into which syslog daemons write a line. */
export const FACILITIES = {
  user: 1,
  mail: 2,
  daemon: 3,
  auth: 4,
  cron: 9,
  authpriv: 10,
  ftp: 11,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

export type Facility = keyof typeof FACILITIES;

export interface SyslogLine {
  /** The program name in the header, such as "bailiff". */
  readonly tag: string;
  /** One line; control characters become spaces. */
  readonly text: string;
  /** Facility of the line; default: authpriv. */
  readonly facility?: Facility;
  /** The process id in the header; default: this process. */
  readonly pid?: number;
  /** Path of the socket; default: /dev/log. */
  readonly path?: string;
}

/** Severity "informational" (RFC 5424, table 2). The rules of Debian and Red Hat write it to every file they use. */
const SEVERITY = 6;
const MAX_TEXT_LENGTH = 900;
const STREAM_LIMIT_MS = 1000;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Sends the line. The error says what to check. */
export async function sendSyslogLine(line: SyslogLine): Promise<Result<undefined, string>> {
  const path = line.path ?? "/dev/log";
  const message = formatMessage(line, new Date());
  const sender = await openDatagramSender(path);
  if (!sender.ok) return fail(`cannot write to ${path}: ${sender.error}`);
  const sent = sender.value.send(Buffer.from(message));
  sender.value.close();
  if (sent.ok) return sent;
  // syslog-ng can offer a stream socket instead. For it, syslog(3) ends each message with NUL.
  if (sent.error === "EPROTOTYPE") return sendToStream(path, `${message}\0`);
  return fail(explain(path, sent.error));
}

/** Formats the message as syslog(3) does: "<priority>Mon dd hh:mm:ss tag[pid]: text", in local time. */
function formatMessage({ tag, text, facility = "authpriv", pid }: SyslogLine, at: Date): string {
  const priority = FACILITIES[facility] * 8 + SEVERITY;
  const day = String(at.getDate()).padStart(2, " ");
  const stamp = `${MONTHS[at.getMonth()]} ${day} ${at.toTimeString().slice(0, 8)}`;
  const plain = text.slice(0, MAX_TEXT_LENGTH).replace(/\p{Cc}/gu, " ");
  return `<${priority}>${stamp} ${tag.replace(/[^\w./-]/g, "_")}[${pid ?? process.pid}]: ${plain}`;
}

function explain(path: string, code: string): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `${path} does not exist: no syslog daemon or journal is running`,
    ECONNREFUSED: `no process receives from ${path}: the syslog daemon or the journal has stopped`,
    EAGAIN: `the receiver of ${path} is overloaded or hangs: its queue is full`,
    EACCES: `no permission to write to ${path}`,
  };
  return reasons[code] ?? `cannot write to ${path}: ${code}`;
}

function sendToStream(path: string, message: string): Promise<Result<undefined, string>> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (result: Result<undefined, string>): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(STREAM_LIMIT_MS, () => end(fail(explain(path, "EAGAIN"))));
    socket.once("error", (error) => end(fail(`cannot write to ${path}: ${reasonOf(error)}`)));
    socket.end(message, () => end(ok(undefined)));
  });
}
