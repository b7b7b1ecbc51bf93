/**
 * Finds out when a program wrote a line that a container runtime received at a later time. Both use the same clock, but
 * a program may write late, and its zone may be another one than the host's.
 */
import { type Instant, instant } from "../../domain/instant.ts";

/** All offsets from UTC are multiples of this, in milliseconds. */
const QUARTER = 900_000;
/** Maximum difference between two zones, in milliseconds. */
const MAX_ZONE_DIFFERENCE = 26 * 3_600_000;
/** Maximum time that a program and the runtime take to write a line, in milliseconds. */
const WRITING_MS = 5000;

/** `stamp`: the program's time. `isExplicit`: it has an offset from UTC; otherwise it was read in the host's zone. */
export function wrappedTime(stamp: Instant, received: Instant, isExplicit: boolean): Instant {
  const late = received - stamp;
  if (isExplicit || late > MAX_ZONE_DIFFERENCE) return late < 0 ? received : stamp;
  // Multiples are taken for the difference of the zones: a slow client's line must not seem hours old.
  const rest = ((late % QUARTER) + QUARTER) % QUARTER;
  const isPrompt = rest <= WRITING_MS || rest >= QUARTER - WRITING_MS;
  return isPrompt ? received : instant(received - rest);
}
