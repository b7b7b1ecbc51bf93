/**
 * Checks whether a program's log lines arrive: sends one through the host's syslog path and waits for it. Bounded in
 * time. Sends two lines, because one lost line does not prove a broken path.
 */
import { randomBytes } from "node:crypto";
import { sleep } from "../timers.ts";
import { type Facility, sendSyslogLine } from "./send-syslog-line.ts";

export interface LogPathProbe {
  readonly facility: Facility;
  /** Returns whether the line has arrived. Called after each of `waits`. The line contains `text`. */
  readonly arrived: (text: string) => boolean | Promise<boolean>;
  /** Waits in milliseconds, one after the other. */
  readonly waits: readonly number[];
  readonly signal: AbortSignal;
}

export type LogPathResult =
  | { readonly kind: "came"; readonly milliseconds: number }
  /** `reason` is for display. */
  | { readonly kind: "lost"; readonly reason: string };

export const PROBE_TAG = "bailiff";
const MAX_TRIES = 2;

export async function probeLogPath(probe: LogPathProbe): Promise<LogPathResult> {
  for (let tried = 0; tried < MAX_TRIES; tried++) {
    const text = `bailiff probe ${randomBytes(12).toString("hex")}`;
    const begin = performance.now();
    const line = await sendSyslogLine({ tag: PROBE_TAG, text, facility: probe.facility });
    if (!line.ok) return { kind: "lost", reason: line.error };
    for (const wait of probe.waits) {
      await sleep(wait, probe.signal, "loose");
      if (await probe.arrived(text))
        return { kind: "came", milliseconds: Math.round(performance.now() - begin) };
    }
  }
  const seconds = probe.waits.reduce((sum, wait) => sum + wait, 0) / 1000;
  const reason = `${MAX_TRIES} probe lines through /dev/log did not arrive within ${seconds} s each`;
  return { kind: "lost", reason };
}
