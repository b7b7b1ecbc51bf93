/**
 * An event -> one line of log: for people at a terminal, for the journal (priority prefix, key=value), or JSON.
 * Values may hold what a client typed, so every control character is escaped and every value is cut (invariant 8).
 */
import { amount } from "../domain/amount.ts";
import { duration, formatDuration } from "../domain/duration.ts";
import { formatInstant, type Instant, instant } from "../domain/instant.ts";
import { DURATION_FIELDS, INSTANT_FIELDS, toEventRecord } from "./event-record.ts";
import { EVENTS, type Level, type TelemetryEvent } from "./events.ts";

export type LogFormat = "text" | "journal" | "json";

/** sd-daemon(3): the priority at the start of a line on standard error. */
export const PRIORITY: { readonly [level in Level]: number } = {
  error: 3,
  warn: 4,
  info: 6,
  debug: 7,
};

const LONGEST_VALUE = 300;
/** Advice is there to be pasted: a part of it is none. */
const LONGEST_ADVICE = 10_000;

export interface RenderContext {
  readonly format: LogFormat;
  readonly color: boolean;
  /** Wall time as people read it: "04:11:05". */
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

/** The message and the fields, in one line. */
export function describeEvent(event: TelemetryEvent): string {
  return `${escapeText(messageOf(event))} ${keyValues(event)}`.trimEnd();
}

/** What nothing drops is no ban. */
function messageOf(event: TelemetryEvent): string {
  if (event.event === "ban" && isOnlyObserved(event)) return "would ban";
  if (event.event === "ban-extended" && isOnlyObserved(event)) return "would extend the ban";
  return EVENTS[event.event].message;
}

function isOnlyObserved({ observed, by_actions }: BanEvent): boolean {
  return observed === true && by_actions !== true;
}

function byActions({ by_actions }: BanEvent): string {
  return by_actions === true ? ", by its actions only" : "";
}

type BanEvent = Extract<TelemetryEvent, { readonly event: "ban" | "ban-extended" }>;

/** Makes any text safe for a terminal and a line of log: controls, bidirectional overrides and line ends are escaped. */
export function escapeText(text: string): string {
  return escapeUpTo(text, LONGEST_VALUE);
}

/** The same for what is to be done. */
export function escapeAdvice(text: string): string {
  return escapeUpTo(text, LONGEST_ADVICE);
}

function escapeUpTo(text: string, longest: number): string {
  const short = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return short.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function keyValues(event: TelemetryEvent): string {
  return fieldsOf(event)
    .map(([key, value]) => `${key}=${quoted(value)}`)
    .join(" ");
}

/** Every field but the event's name, as text for one line. */
export function fieldsOf(event: TelemetryEvent): readonly (readonly [string, string])[] {
  return Object.entries(event).flatMap(([key, value]) =>
    key === "event" || value === undefined ? [] : [[key, formatValue(key, value)] as const],
  );
}

function formatValue(key: string, value: unknown): string {
  if (typeof value === "number" && INSTANT_FIELDS.has(key)) return formatInstant(instant(value));
  if (typeof value === "number" && DURATION_FIELDS.has(key))
    return formatDuration(duration(Math.abs(value)));
  if (Array.isArray(value)) return escapeText(value.join(", "));
  return escapeText(String(value));
}

function quoted(value: string): string {
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

const COLORS: { readonly [level in Level]: string } = {
  error: "\u001b[31m",
  warn: "\u001b[33m",
  info: "",
  debug: "\u001b[2m",
};
const RESET = "\u001b[0m";
const BOLD = "\u001b[1m";

function renderText(
  event: TelemetryEvent,
  now: Instant,
  { color, timeOfDay }: RenderContext,
): string {
  const { level } = EVENTS[event.event];
  const paint = (text: string, code: string): string =>
    color && code !== "" ? `${code}${text}${RESET}` : text;
  const [word, rest] = sentence(event, timeOfDay);
  const strong = event.event === "ban" && !isOnlyObserved(event) ? BOLD : COLORS[level];
  return `${paint(timeOfDay(now), color ? "\u001b[2m" : "")} ${paint(word.padEnd(8), strong)} ${rest}`.trimEnd();
}

/** The word a reader scans for, and the rest of the line. */
function sentence(
  event: TelemetryEvent,
  timeOfDay: (at: Instant) => string,
): readonly [string, string] {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- most events read well as message and fields
  switch (event.event) {
    case "failure": {
      const user = event.user === undefined ? "" : ` as "${escapeText(event.user)}"`;
      return [
        "failure",
        `${event.ip.padEnd(15)} ${event.jail}  ${event.count} of ${event.of}${user}`,
      ];
    }
    case "ban": {
      const length = event.length === undefined ? "forever" : `for ${formatDuration(event.length)}`;
      const end = event.until === "forever" ? "" : `, until ${timeOfDay(event.until)}`;
      return [
        isOnlyObserved(event) ? "would ban" : "BAN",
        `${event.ip.padEnd(15)} ${event.jail}  ${length}${end}${byActions(event)}: ${escapeText(event.reason)}`,
      ];
    }
    case "ban-extended": {
      const end = event.until === "forever" ? "forever" : `until ${formatInstant(event.until)}`;
      return [
        isOnlyObserved(event) ? "would extend" : "extended",
        `${event.ip.padEnd(15)} ${event.jail}  ${end}${byActions(event)}: ${escapeText(event.reason)}`,
      ];
    }
    case "unban":
      return [
        "unban",
        `${event.ip.padEnd(15)} ${event.jail}  ${escapeText(event.reason)}${event.who === "daemon" ? "" : ` by ${escapeText(event.who)}`}`,
      ];
    case "ignored":
      return ["ignored", `${event.ip.padEnd(15)} ${event.jail}  ${escapeText(event.reason)}`];
    case "jail-started":
      return [
        "protect",
        `${event.jail}: ${escapeText(event.policy)}\n${" ".repeat(18)}reads ${escapeText(event.source)}`,
      ];
    case "jail-protects":
      return ["protect", `${event.jail}: ${changeOf(event.before, event.state)}`];
    case "jail-degraded":
      return ["DEGRADED", `${event.jail}: ${explanation(event)}`];
    case "jail-failed":
      return [event.state.toUpperCase(), `${event.jail}: ${explanation(event)}`];
    case "jail-left-out":
      return [
        event.kept ? "ERROR" : "LEFT OUT",
        `${event.jail}: ${event.kept ? "not reloaded, the last good configuration stays in use" : EVENTS[event.event].message}:\n  ${event.reasons.map(escapeText).join("\n  ")}`,
      ];
    case "option-in-doubt":
      return ["WARNING", `${EVENTS[event.event].message}: ${escapeText(event.reason)}`];
    case "firewall-changed":
      return ["CHANGED", `the firewall, by ${escapeText(event.by)}`];
    case "firewall-repaired":
      return ["REPAIRED", describeRepair(event)];
    case "config-in-doubt": {
      const more = event.more === 0 ? [] : [`and ${event.more} more (bailiff check)`];
      const lines = [...event.warnings.map(escapeText), ...more];
      return ["WARNING", `${EVENTS[event.event].message}:\n  ${lines.join("\n  ")}`];
    }
    case "config-refused":
      return [
        "ERROR",
        `${EVENTS[event.event].message}:\n  ${event.problems.map(escapeText).join("\n  ")}`,
      ];
    default:
      return plainSentence(event);
  }
}

function describeRepair({
  missing,
  extra,
  structure,
  took,
  by,
}: TelemetryEvent & { readonly event: "firewall-repaired" }): string {
  const done = [
    ...(structure ? ["table and rules made anew"] : []),
    ...(missing > 0 ? [`${amount(missing, "ban")} put back`] : []),
    ...(extra > 0 ? [`${extra} taken out that nobody banned`] : []),
  ];
  const who = by === "unknown" ? "" : ` (broken by ${escapeText(by)})`;
  return `the firewall in ${formatDuration(took)}: ${done.join(", ")}${who}`;
}

function changeOf(before: string | undefined, state: string): string {
  return before === undefined ? state : `${before} → ${state}`;
}

function explanation({ reason, fix }: { readonly reason: string; readonly fix: string }): string {
  return `${escapeText(reason)}\n${" ".repeat(18)}to do: ${escapeAdvice(fix)}`;
}

function plainSentence(event: TelemetryEvent): readonly [string, string] {
  const { level, message } = EVENTS[event.event];
  const word = level === "error" ? "ERROR" : level === "warn" ? "warning" : level;
  return [word, `${message}  ${keyValues(event)}`];
}
