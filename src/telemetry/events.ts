/**
 * Lists every operational event. Each is a log line; there are no free-form log calls. To add an event,
 * add a variant and an entry to the file of its group in `events/`; the reference page follows from it.
 */
import type { EventKinds } from "./event-kind.ts";
import { BAN_EVENTS, type BanEvent } from "./events/ban-events.ts";
import { DAEMON_EVENTS, type DaemonEvent } from "./events/daemon-events.ts";
import { FIREWALL_EVENTS, type FirewallEvent } from "./events/firewall-events.ts";
import { GUARD_EVENTS, type GuardEvent } from "./events/guard-events.ts";
import { JAIL_EVENTS, type JailEvent } from "./events/jail-events.ts";
import { RECORD_EVENTS, type RecordEvent } from "./events/record-events.ts";
import { SOURCE_EVENTS, type SourceEvent } from "./events/source-events.ts";

export type TelemetryEvent =
  | DaemonEvent
  | JailEvent
  | BanEvent
  | GuardEvent
  | FirewallEvent
  | SourceEvent
  | RecordEvent;

/** Kinds of changes of many addresses that one event reports. */
export type BulkChange = Extract<TelemetryEvent, { readonly event: "bulk-change" }>["change"];

export type EventName = TelemetryEvent["event"];
export type Emit = (event: TelemetryEvent) => void;

export const EVENTS: EventKinds<TelemetryEvent> = {
  ...DAEMON_EVENTS,
  ...JAIL_EVENTS,
  ...BAN_EVENTS,
  ...GUARD_EVENTS,
  ...FIREWALL_EVENTS,
  ...SOURCE_EVENTS,
  ...RECORD_EVENTS,
};
