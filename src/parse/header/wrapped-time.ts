/**
 * Chooses between a program's time in a line and the time at which a container runtime received it. A program may write
 * late, so its time counts; but its zone may be another one than the host's, and its clock is the runtime's.
 */
import type { Instant } from "../../domain/instant.ts";

/** All offsets from UTC are multiples of this, in milliseconds. */
const QUARTER = 900_000;
/** Maximum difference between two zones, in milliseconds. */
const MAX_ZONE_DIFFERENCE = 26 * 3_600_000;
/** Maximum time that a program and the runtime take to write a line, in milliseconds. */
const WRITING_MS = 5000;

/** Returns whether the program's time counts. `isExplicit`: it has an offset from UTC. */
export function isProgramLate(at: Instant, received: Instant, isExplicit: boolean): boolean {
  const late = received - at;
  if (late < 0 || isExplicit) return late >= 0;
  return late > MAX_ZONE_DIFFERENCE || late % QUARTER > WRITING_MS;
}
