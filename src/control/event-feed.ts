/**
 * Delivers live events to followers. Each has a bounded queue; a slow follower never delays the daemon, and receives a
 * count of the events it missed.
 */
import type { Clock } from "../domain/clock.ts";
import type { Instant } from "../domain/instant.ts";
import { createWakeUp, type WakeUp } from "../host/wake-up.ts";
import type { EventName, TelemetryEvent } from "../telemetry/events.ts";

export interface PastEvent {
  readonly at: Instant;
  readonly event: TelemetryEvent;
}

export interface FollowedEvent extends PastEvent {
  /** Number of events dropped before this one because the follower was slow. */
  readonly missed: number;
}

export interface EventFeed {
  /** Delivers an event; `at`: when it happened, now by default. */
  emit(event: TelemetryEvent, at?: Instant): void;
  /**
   * Returns the last events, oldest first, without those of single failures: these are many, and contain what users
   * typed.
   */
  recent(): readonly PastEvent[];
  /** Yields batches of new events; ends when `signal` aborts. */
  follow(signal: AbortSignal): AsyncIterable<readonly FollowedEvent[]>;
}

interface Follower {
  queue: FollowedEvent[];
  missed: number;
  readonly bell: WakeUp;
}

const MAX_RECENT = 200;
const FREQUENT_EVENTS: ReadonlySet<EventName> = new Set<EventName>(["failure", "ignored"]);

export function createEventFeed(clock: Clock, bound = 1000): EventFeed {
  const followers = new Set<Follower>();
  const past: PastEvent[] = [];
  return {
    recent: () => past,
    emit: (event, at = clock.now()) => {
      if (!FREQUENT_EVENTS.has(event.event)) {
        past.push({ at, event });
        if (past.length > MAX_RECENT) past.shift();
      }
      for (const follower of followers) {
        if (follower.queue.length >= bound) follower.missed++;
        else {
          follower.queue.push({ missed: follower.missed, at, event });
          follower.missed = 0;
        }
        follower.bell.ring();
      }
    },
    follow: async function* (signal) {
      const follower: Follower = { queue: [], missed: 0, bell: createWakeUp() };
      followers.add(follower);
      try {
        while (!signal.aborted) {
          await follower.bell.wait(signal);
          const batch = follower.queue;
          follower.queue = [];
          if (batch.length > 0) yield batch;
        }
      } finally {
        followers.delete(follower);
      }
    },
  };
}
