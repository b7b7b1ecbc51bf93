/** Formats what sshd logs about connections, and the headers of syslog daemons. */
import type { LoginOutcome } from "../happenings.ts";

export type HeaderStyle = "traditional" | "iso";

export interface LoggedConnection {
  readonly ip: string;
  readonly user: string;
  readonly outcome: LoginOutcome;
  readonly pid: number;
  readonly port: number;
  /** Whether an account with that name exists. */
  readonly account: "known" | "unknown";
}

/** Maximum length of a name in a message (`%.100s` in auth.c). */
const MAX_NAME = 100;

/** Returns the messages of a connection, in order (OpenSSH 9). */
export function sshdMessages(connection: LoggedConnection): readonly string[] {
  const { ip, outcome, port, account } = connection;
  const user = escapeName(connection.user);
  const from = `${ip} port ${port}`;
  switch (outcome) {
    case "succeeded":
      return [
        `Accepted password for ${user} from ${from} ssh2`,
        `pam_unix(sshd:session): session opened for user ${user}(uid=1000) by ${user}(uid=0)`,
      ];
    case "closed-without-trying":
      return [`Connection closed by ${from} [preauth]`];
    case "failed":
      return account === "known"
        ? [`Failed password for ${user} from ${from} ssh2`]
        : [
            `Invalid user ${user} from ${from}`,
            `Failed password for invalid user ${user} from ${from} ssh2`,
          ];
  }
}

/**
 * Returns a name as sshd logs it: up to its first colon (auth2.c), cut, and escaped as strnvis(3) with VIS_SAFE and
 * VIS_OCTAL does (log.c).
 */
function escapeName(name: string): string {
  const bytes = Buffer.from(name.split(/[\0:]/, 1)[0] ?? "").subarray(0, MAX_NAME);
  return [...bytes].map(escapeByte).join("");
}

function escapeByte(byte: number): string {
  const isSafe = (byte >= 0x20 && byte < 0x7f) || [0x07, 0x08, 0x09].includes(byte);
  if (byte === 0x5c) return "\\\\";
  return isSafe ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Formats a line. `at`: wall clock in milliseconds; `zone`: offset from UTC in milliseconds, positive in the east. */
export function syslogLine(
  { at, zone, style }: { readonly at: number; readonly zone: number; readonly style: HeaderStyle },
  tag: string,
  message: string,
): string {
  const local = new Date(at + zone);
  if (style === "iso") {
    const minutes = Math.abs(zone) / 60_000;
    const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
    const offset = `${zone < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
    return `${local.toISOString().slice(0, -1)}000${offset} web1 ${tag}: ${message}\n`;
  }
  const day = String(local.getUTCDate()).padStart(2, " ");
  const time = local.toISOString().slice(11, 19);
  return `${MONTHS[local.getUTCMonth()]} ${day} ${time} web1 ${tag}: ${message}\n`;
}
