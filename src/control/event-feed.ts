/**
 * Live telemetry for those who follow: each follower has its own bounded queue, and is told how much it missed
 * instead of ever holding the daemon up.
 */
import { createWakeUp, type WakeUp } from "../platform/wake-up.ts";
import type { Emit, TelemetryEvent } from "../telemetry/events.ts";

/** `missed`: events dropped before this one because the follower was slow. */
export interface FollowedEvent {
  readonly missed: number;
  readonly event: TelemetryEvent;
}

export interface EventFeed {
  readonly emit: Emit;
  /** Batches of what came since the last; ends when `signal` aborts. */
  follow(signal: AbortSignal): AsyncIterable<readonly FollowedEvent[]>;
}

interface Follower {
  queue: FollowedEvent[];
  missed: number;
  readonly bell: WakeUp;
}

export function createEventFeed(bound = 1000): EventFeed {
  const followers = new Set<Follower>();
  return {
    emit: (event) => {
      for (const follower of followers) {
        if (follower.queue.length >= bound) follower.missed++;
        else {
          follower.queue.push({ missed: follower.missed, event });
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
