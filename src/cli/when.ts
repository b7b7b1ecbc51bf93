/** Instants as people read them: local time, and how far away. */
import { duration, formatDuration } from "../domain/duration.ts";

/** "04:11:05" today, "Nov 24 04:11" otherwise. */
export function formatWhen(iso: string | null, now: number = Date.now()): string {
  if (iso === null) return "never";
  const date = new Date(iso);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(":");
  if (new Date(now).toDateString() === date.toDateString()) return time;
  return `${date.toLocaleString("en-US", { month: "short" })} ${pad(date.getDate())} ${time.slice(0, 5)}`;
}

/** "in 42m", "3h ago". */
export function formatDistance(iso: string | null, now: number = Date.now()): string {
  if (iso === null) return "never";
  const distance = Date.parse(iso) - now;
  const length = formatDuration(duration(Math.abs(distance)));
  return distance >= 0 ? `in ${length}` : `${length} ago`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
