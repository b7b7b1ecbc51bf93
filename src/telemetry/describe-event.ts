/** Describes an event in one line: its message and its fields. */
import { duration, formatDuration } from "../domain/duration.ts";
import { formatInstant, instant } from "../domain/instant.ts";
import { escapeAdvice, escapeReport, escapeText } from "./escape-text.ts";
import { DURATION_FIELDS, INSTANT_FIELDS } from "./event-record.ts";
import { EVENTS, type TelemetryEvent } from "./events.ts";

type BanEvent = Extract<TelemetryEvent, { readonly event: "ban" | "ban-extended" }>;

export function describeEvent(event: TelemetryEvent): string {
  return `${escapeText(messageOf(event))} ${keyValues(event)}`.trimEnd();
}

/** Returns what happened, without the fields. */
export function messageOf(event: TelemetryEvent): string {
  if (event.event === "ban" && isOnlyObserved(event)) return "would ban";
  if (event.event === "ban-extended" && isOnlyObserved(event)) return "would extend the ban";
  return EVENTS[event.event].message;
}

/** Reports whether a ban is only recorded, and nothing drops packets. */
export function isOnlyObserved({ observed, by_actions }: BanEvent): boolean {
  return observed === true && by_actions !== true;
}

export function keyValues(event: TelemetryEvent): string {
  return fieldsOf(event)
    .map(([key, value]) => `${key}=${quoted(value)}`)
    .join(" ");
}

/** Returns every field with a value except the event's name, as text for one line. */
export function fieldsOf(event: TelemetryEvent): readonly (readonly [string, string])[] {
  return Object.entries(event).flatMap(([key, value]) =>
    key === "event" || isEmpty(value) ? [] : [[key, formatValue(key, value)] as const],
  );
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function formatValue(key: string, value: unknown): string {
  if (typeof value === "number" && INSTANT_FIELDS.has(key)) return formatInstant(instant(value));
  if (typeof value === "number" && DURATION_FIELDS.has(key))
    return formatDuration(duration(Math.abs(value)));
  if (Array.isArray(value)) return escapeList(key, value.map(String));
  return escapeOf(key)(String(value));
}

/** Fields with text by bailiff. All other fields may contain text of a client. */
const REPORTS: ReadonlySet<string> = new Set(["problems", "reason", "reasons", "warnings"]);
/** Maximum characters of a list of reports. */
const MAX_LIST_LENGTH = 8192;

function escapeOf(key: string): (text: string) => string {
  if (key === "fix") return escapeAdvice;
  return REPORTS.has(key) ? escapeReport : escapeText;
}

/** Joins a list: reports are included whole, as many as fit; other lists are cut. */
function escapeList(key: string, values: readonly string[]): string {
  if (!REPORTS.has(key)) return escapeText(values.join(", "));
  const escaped = values.map(escapeReport);
  let length = 0;
  const fitting = escaped.filter((text) => (length += text.length) <= MAX_LIST_LENGTH);
  const left = escaped.length - fitting.length;
  return [...fitting, ...(left === 0 ? [] : [`and ${left} more`])].join(", ");
}

function quoted(value: string): string {
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
