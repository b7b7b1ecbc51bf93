/** Converts an event to a JSON object with time and level, and back. Used for the socket and the JSON log. */
import type { Duration } from "../domain/duration.ts";
import { formatInstant, type Instant, instant } from "../domain/instant.ts";
import type { Level } from "./event-kind.ts";
import { EVENTS, type EventName, type TelemetryEvent } from "./events.ts";

export interface EventRecord {
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly level: Level;
  readonly event: EventName;
  /** Instants in ISO 8601; durations in milliseconds under a name that ends in `_ms`. */
  readonly [field: string]: unknown;
}

/** Names of all event fields whose values can have this type. */
type FieldsHolding<Value, Event = TelemetryEvent> = Event extends unknown
  ? {
      [Field in keyof Event]-?: Extract<Event[Field], Value> extends never ? never : Field;
    }[keyof Event]
  : never;

const INSTANTS: { readonly [field in FieldsHolding<Instant>]: true } = {
  at: true,
  until: true,
  since: true,
  last_answer_at: true,
  good_at: true,
};
const DURATIONS: { readonly [field in FieldsHolding<Duration>]: true } = {
  took: true,
  skew: true,
  step: true,
  length: true,
  retry_in: true,
};
/** Fields with an Instant or "forever". */
export const INSTANT_FIELDS: ReadonlySet<string> = new Set(Object.keys(INSTANTS));
export const DURATION_FIELDS: ReadonlySet<string> = new Set(Object.keys(DURATIONS));

const UNIT = "_ms";

export function toEventRecord(event: TelemetryEvent, at: Instant): EventRecord {
  const fields = Object.entries(event).filter(([, value]) => value !== undefined);
  return {
    time: formatInstant(at),
    level: EVENTS[event.event].level,
    event: event.event,
    ...Object.fromEntries(
      fields.map(([key, value]) => [
        // Only a number is a duration: `step` of a canary event is a name.
        DURATION_FIELDS.has(key) && typeof value === "number" ? `${key}${UNIT}` : key,
        typeof value === "number" ? renderNumber(key, value) : value,
      ]),
    ),
  };
}

/** Formats instants as ISO 8601, and rounds durations to whole milliseconds. */
function renderNumber(key: string, value: number): number | string {
  if (INSTANT_FIELDS.has(key)) return formatInstant(instant(value));
  return DURATION_FIELDS.has(key) ? Math.round(value) : value;
}

/** Converts a record back to its event; it must be written by the same version of this program. */
export function fromEventRecord({ time, level: _level, ...fields }: EventRecord): {
  readonly event: TelemetryEvent;
  readonly at: Instant;
} {
  const event = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      const name = key.endsWith(UNIT) ? key.slice(0, -UNIT.length) : key;
      const isInstant = INSTANT_FIELDS.has(key) && typeof value === "string" && value !== "forever";
      return [DURATION_FIELDS.has(name) ? name : key, isInstant ? Date.parse(value) : value];
    }),
  );
  return { event: event as unknown as TelemetryEvent, at: instant(Date.parse(time)) };
}
