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

const ISO = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z/g;

/** Prepares a sentence of the daemon: local times instead of those in ISO 8601, and nothing hidden. */
export function sentence(text: string): string {
  return visible(text).replaceAll(ISO, (iso) =>
    Number.isNaN(Date.parse(iso)) ? iso : formatWhen(iso),
  );
}

/** Returns "12s ago" or "in 5m"; less than a second ago is "just now". */
export function formatDistance(iso: string, now: number): string {
  const distance = Date.parse(iso) - now;
  // The clock of the page is up to a second behind.
  if (distance < 1500 && distance > -1000) return "just now";
  const [length = ""] = formatLength(Math.abs(distance)).split(" ");
  return distance > 0 ? `in ${length}` : `${length} ago`;
}

/** Formats at least a second: "12s", "3h 5m". */
export function formatLength(milliseconds: number): string {
  return formatDuration(duration(Math.max(1000, milliseconds)));
}

/** Returns the local date and time, for titles. */
export function formatWhen(iso: string): string {
  return new Date(iso).toLocaleString("en-US", {
    dateStyle: "medium",
    timeStyle: "medium",
    hourCycle: "h23",
  });
}

export function formatTimeOfDay(iso: string): string {
  return new Date(iso).toLocaleTimeString("en-US", { hourCycle: "h23" });
}

/** Groups digits: "100,000". */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Returns "1 jail" or "4 jails". */
export function amountOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}
