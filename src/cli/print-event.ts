/**
 * Prints events on standard error, in the form that suits its reader. For the journal, events are sent as entries with
 * separate fields, if it accepts them.
 */
import type { DaemonConfig } from "../config/config.ts";
import type { Instant } from "../domain/instant.ts";
import { type JournalSocket, openJournalSocket } from "../host/logs/journal-socket.ts";
import { isJournalStream, writeLine } from "../host/logs/log-output.ts";
import { systemClock } from "../host/system-clock.ts";
import { EVENTS, type TelemetryEvent } from "../telemetry/events.ts";
import { journalFields } from "../telemetry/journal-fields.ts";
import { type LogFormat, renderEvent } from "../telemetry/render-event.ts";

import { wantsColor } from "./color.ts";
import { localizeTimes } from "./format-time.ts";

export interface PrinterOptions {
  readonly format: DaemonConfig["log_format"];
  /** Whether to print events of level debug. */
  readonly verbose: boolean;
}

/** Prints an event; `at`: when it happened, now by default. */
export type Printer = (event: TelemetryEvent, at?: Instant) => void;

export function createPrinter({ format, verbose }: PrinterOptions): Printer {
  const chosen = chooseFormat(format);
  const color = chosen === "text" && wantsColor(process.stderr, process.env);
  let journal: JournalSocket | undefined;
  // Until the journal's socket is open, and if standard error leads elsewhere, events are printed as lines.
  if (chosen === "journal" && isJournalStream(process.env)) {
    void openJournalSocket().then((opened) => {
      journal = opened.ok ? opened.value : undefined;
    });
  }
  return (event, at = systemClock.now()) => {
    if (EVENTS[event.event].level === "debug" && !verbose) return;
    if (journal?.send(journalFields(event)).ok === true) return;
    const line = renderEvent(event, at, { format: chosen, color, timeOfDay });
    writeLine(2, chosen === "text" ? localizeTimes(line) : line);
  };
}

/** Formats a local time, such as "04:11:05". */
export function timeOfDay(at: Instant): string {
  return new Date(at).toTimeString().slice(0, 8);
}

function chooseFormat(format: DaemonConfig["log_format"]): LogFormat {
  if (format !== "auto") return format;
  return isJournalStream(process.env) ? "journal" : "text";
}
