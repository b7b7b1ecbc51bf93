/** Prints results on standard output, and errors as log lines on standard error, as fail2ban's client does. */
import { formatLogLine } from "../../fail2ban/server/log-line.ts";
import { systemClock } from "../../host/system-clock.ts";
import { hideControls } from "../hide-controls.ts";

/**
 * Prints a text of the server, which may come from a log. On a terminal, control characters except tab and newline are
 * escaped.
 */
export function print(text: string): void {
  const shown = process.stdout.isTTY ? hideControls(text) : text;
  process.stdout.write(`${shown}\n`);
}

export function complain(text: string, level: "ERROR" | "WARNING" = "ERROR"): void {
  const at = systemClock.now();
  const line = formatLogLine({ at, name: "fail2ban", pid: process.pid, level, text });
  process.stderr.write(`${process.stderr.isTTY ? hideControls(line) : line}\n`);
}
