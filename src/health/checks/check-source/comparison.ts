/** A comparison of the content of a log with what its reader delivered. */
import { duration, formatDuration } from "../../../domain/duration.ts";
import type { Instant } from "../../../domain/instant.ts";

/**
 * complete: the newest line there was read. catching-up: it was not yet, but the reader reads. stuck: it was not, and the
 * reader delivers nothing.
 */
export interface Comparison {
  readonly kind: "complete" | "catching-up" | "stuck";
  readonly at: Instant;
  readonly evidence: string;
}

export function ago(at: Instant, now: Instant): string {
  const age = Math.max(0, Math.round((now - at) / 1000) * 1000);
  return age === 0 ? "just now" : `${formatDuration(duration(age))} ago`;
}
