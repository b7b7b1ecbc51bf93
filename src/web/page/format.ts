/** Formats what the page shows. Text from logs is hostile: invisible characters in it are made visible. */
import { duration, formatDuration } from "../../domain/duration.ts";

const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Escapes control characters and characters that change the direction of text. */
export function visible(text: string): string {
  return text.replace(
    INVISIBLE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Returns "12s ago" or "in 5m"; less than a second ago is "just now". */
export function formatDistance(iso: string, now: number): string {
  const distance = Date.parse(iso) - now;
  if (distance <= 0 && distance > -1000) return "just now";
  const [length = ""] = formatLength(Math.abs(distance)).split(" ");
  return distance > 0 ? `in ${length}` : `${length} ago`;
}

/** Formats at least a second: "12s", "3h 5m". */
export function formatLength(milliseconds: number): string {
  return formatDuration(duration(Math.max(1000, milliseconds)));
}

/** Returns the local date and time, for titles. */
export function formatWhen(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** Groups digits: "100,000". */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Returns "1 jail" or "4 jails". */
export function amountOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
