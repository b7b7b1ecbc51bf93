/**
 * Limits the rate of frequent events, with a token bucket for each kind. A burst of BURST and a number per second pass,
 * and one event reports how many were omitted. Bans, unbans and faults of the daemon are never omitted.
 */
import type { Clock } from "../domain/clock.ts";
import type { Emit, EventName } from "./events.ts";

const BURST = 100;
/** Limited kinds, with events per second. */
const LIMITED: ReadonlyMap<EventName, number> = new Map<EventName, number>([
  ["failure", 20],
  ["ignored", 20],
  ["lockout-guarded", 20],
  ["proxy-suspected", 20],
  ["threshold-raised", 20],
  ["offense-suspected", 20],
  ["failures-forgiven", 20],
  ["shared-address", 20],
  ["enforce-refused", 20],
  ["clock-skewed", 20],
  ["line-cut", 20],
  ["line-over-limit", 20],
  ["line-failed", 20],
  ["record-entry-refused", 20],
  ["lines-untimed", 20],
  ["control-refused", 20],
  // A few a minute are enough to report a program that flushes the firewall in a loop.
  ["firewall-changed", 0.1],
  ["firewall-repaired", 0.1],
]);

interface Bucket {
  tokens: number;
  refilledAt: number;
  left: number;
}

export function limitEvents(emit: Emit, clock: Clock): Emit {
  const buckets = new Map<EventName, Bucket>();
  return (event) => {
    // One bulk-change event reports all of these.
    if ("bulk" in event && event.bulk === true) return;
    const rate = LIMITED.get(event.event);
    if (rate === undefined) {
      emit(event);
      return;
    }
    const now = clock.monotonic();
    const bucket = buckets.getOrInsert(event.event, { tokens: BURST, refilledAt: now, left: 0 });
    bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.refilledAt) / 1000) * rate);
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
