/**
 * Renders an event as one log line: for a terminal, for the journal (priority prefix, key=value), or as JSON. Values
 * may contain text of a client, so each is escaped and cut (invariant 8).
 */
import type { Instant } from "../domain/instant.ts";
import { describeEvent, isOnlyObserved } from "./describe-event.ts";
import { toEventRecord } from "./event-record.ts";
import { composeSentence } from "./event-sentence.ts";
import type { Level } from "./event-kind.ts";
import { EVENTS, type TelemetryEvent } from "./events.ts";

export type LogFormat = "text" | "journal" | "json";

/** Priority at the start of a line on standard error; see sd-daemon(3). */
export const PRIORITY: { readonly [level in Level]: number } = {
  error: 3,
  warn: 4,
  info: 6,
  debug: 7,
};

export interface RenderContext {
  readonly format: LogFormat;
  readonly color: boolean;
  /** Formats the local time for people, such as "04:11:05". */
  readonly timeOfDay: (at: Instant) => string;
}

export function renderEvent(event: TelemetryEvent, now: Instant, context: RenderContext): string {
  switch (context.format) {
    case "json":
      return JSON.stringify(toEventRecord(event, now));
    case "journal":
      return `<${PRIORITY[EVENTS[event.event].level]}>${describeEvent(event)}`;
    case "text":
      return renderText(event, now, context);
  }
}

const RESET = "\u001b[0m";
const BOLD = "\u001b[1m";
const DIM = "\u001b[2m";
const COLORS: { readonly [level in Level]: string } = {
  error: "\u001b[31m",
  warn: "\u001b[33m",
  info: "",
  debug: DIM,
};

function renderText(
  event: TelemetryEvent,
  now: Instant,
  { color, timeOfDay }: RenderContext,
): string {
  const { level } = EVENTS[event.event];
  const paint = (text: string, code: string): string =>
    color && code !== "" ? `${code}${text}${RESET}` : text;
  const [word, rest] = composeSentence(event, timeOfDay);
  const strong = event.event === "ban" && !isOnlyObserved(event) ? BOLD : COLORS[level];
  return `${paint(timeOfDay(now), DIM)} ${paint(word.padEnd(8), strong)} ${rest}`.trimEnd();
}
