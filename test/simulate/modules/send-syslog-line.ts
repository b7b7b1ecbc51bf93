/** Replaces host/logs/send-syslog-line.ts: lines go to the syslog daemon of the simulated machine. */
import { ok, type Result } from "../../../src/domain/result.ts";
import { machine } from "./machine.ts";

export async function sendSyslogLine(line: {
  readonly tag: string;
  readonly text: string;
}): Promise<Result<undefined, string>> {
  machine().logLine(line.tag, line.text);
  return ok(undefined);
}
