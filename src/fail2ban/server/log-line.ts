/** Formats a line of fail2ban's log: "2026-11-23 03:58:50,134 fail2ban.actions [3561]: NOTICE [sshd] Ban 192.0.2.1". */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Name of the logger, such as "fail2ban.actions"; "fail2ban" for a client. */
  readonly name: string;
  readonly pid: number;
  readonly level: "ERROR" | "WARNING" | "NOTICE" | "INFO";
  readonly text: string;
}

export function formatLogLine({ at, name, pid, level, text }: LogLine): string {
  const thousandths = String(Math.floor(at) % 1000).padStart(3, "0");
  return `${formatLocal(at)},${thousandths} ${name.padEnd(24)}[${pid}]: ${level.padEnd(7)} ${text}`;
}

/** Formats local time to the second, as fail2ban does. */
export function formatLocal(at: number): string {
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}
