/**
 * Keeps events that come by the thousand from drowning the rest: of each such kind at most BURST at once and RATE a
 * second are let through, and what was left out is told of in one event. Bans, unbans and troubles of the daemon itself
 * are never left out. Holds one small record per kind.
 */
import type { Clock } from "../domain/clock.ts";
import type { Emit, EventName } from "./events.ts";

const LIMITED: ReadonlySet<EventName> = new Set<EventName>([
  "failure",
  "ignored",
  "enforce-refused",
  "clock-skewed",
  "line-cut",
  "control-refused",
]);
const BURST = 100;
const RATE = 20;

interface Bucket {
  tokens: number;
  refilledAt: number;
  left: number;
}

export function limitEvents(emit: Emit, clock: Clock): Emit {
  const buckets = new Map<EventName, Bucket>();
  return (event) => {
    if (!LIMITED.has(event.event)) {
      emit(event);
      return;
    }
    const now = clock.monotonic();
    const bucket = buckets.get(event.event) ?? { tokens: BURST, refilledAt: now, left: 0 };
    buckets.set(event.event, bucket);
    bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.refilledAt) / 1000) * RATE);
    bucket.refilledAt = now;
    if (bucket.tokens < 1) {
      bucket.left++;
      return;
    }
    bucket.tokens--;
    if (bucket.left > 0) emit({ event: "events-suppressed", of: event.event, count: bucket.left });
    bucket.left = 0;
    emit(event);
  };
}
