/** Delivers the daemon's events to the log, to clients that follow, and to fail2ban's log and clients. */
import type { Config } from "../../config/config.ts";
import { createEventFeed, type EventFeed } from "../../control/event-feed.ts";
import type { Compatibility } from "../../fail2ban/server/fail2ban-compatibility.ts";
import type { Instant } from "../../domain/instant.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { Emit, TelemetryEvent } from "../../telemetry/events.ts";
import { EventCounts } from "../../telemetry/event-counts.ts";
import { limitEvents } from "../../telemetry/limit-events.ts";
import type { Daemon } from "../daemon.ts";

export interface EventOutlets {
  readonly emit: Emit;
  readonly feed: EventFeed;
  readonly eventCounts: EventCounts;
  /** undefined: the configuration names neither a socket nor a log of fail2ban. */
  readonly compatibility: Compatibility | undefined;
  /** Marks later bans as observed while this daemon has no firewall. */
  connect(daemon: Daemon): void;
}

type BanEvent = Extract<TelemetryEvent, { readonly event: "ban" | "ban-extended" }>;

/** Receives an event with its time, so that all outlets show the same time. */
type TimedEmit = (event: TelemetryEvent, at: Instant) => void;

export async function openEventOutlets(config: Config, log: TimedEmit): Promise<EventOutlets> {
  const feed = createEventFeed(systemClock);
  const eventCounts = new EventCounts();
  const emitLimited = limitEvents((event) => {
    const at = systemClock.now();
    // The limit itself emits this one.
    if (event.event === "events-suppressed") eventCounts.note(event.event);
    log(event, at);
    feed.emit(event, at);
  }, systemClock);
  // Both are created after the first events.
  const receivers: { compatibility?: Compatibility; daemon?: Daemon } = {};
  const emit: Emit = (event) => {
    eventCounts.note(event.event);
    receivers.compatibility?.observe(event);
    emitLimited(
      isOpened(event) && isMissing(receivers.daemon) ? { ...event, observed: true } : event,
    );
  };
  const compatibility = await openCompatibility(config, emit);
  if (compatibility !== undefined) receivers.compatibility = compatibility;
  return {
    ...{ emit, feed, eventCounts, compatibility },
    connect(daemon) {
      receivers.daemon = daemon;
    },
  };
}

/** Reports whether no enforcer can be used. */
function isMissing(daemon: Daemon | undefined): boolean {
  return daemon !== undefined && daemon.firewall.summary.missing !== undefined;
}

/** Returns whether the event reports a ban, which is only observed while no firewall enforces it. */
function isOpened(event: TelemetryEvent): event is BanEvent {
  return event.event === "ban" || event.event === "ban-extended";
}

/** Opens fail2ban's socket and log. Loaded on demand, because most hosts use neither. */
async function openCompatibility(
  { fail2ban: { socket, log } }: Config,
  emit: Emit,
): Promise<Compatibility | undefined> {
  if (socket === undefined && log === undefined) return undefined;
  const opener = await import("../../fail2ban/server/fail2ban-compatibility.ts");
  return opener.openCompatibility({ socket, log, clock: systemClock, emit });
}
