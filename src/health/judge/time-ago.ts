/** Describes how long ago something happened, in whole seconds. */
import { duration, formatDuration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";

export function span(from: Instant, now: Instant): string {
  return formatDuration(duration(Math.max(0, Math.round((now - from) / 1000) * 1000)));
}

export function ago(at: Instant, now: Instant): string {
  return now - at < 1000 ? "just now" : `${span(at, now)} ago`;
}
