/** Formats instants for people: as local times and as relative times. */
import { duration, formatDuration } from "../domain/duration.ts";
import { escapeAdvice } from "../telemetry/escape-text.ts";
import { report } from "./terminal.ts";

const DAY_MS = 86_400_000;

/** Returns "04:11:05" today, "Nov 27 04:11:05" within a day, "Nov 24 04:11" this year, "Nov 24 2025 04:11" otherwise. */
export function formatWhen(iso: string | null, now: number = Date.now()): string {
  if (iso === null) return "never";
  const date = new Date(iso);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(":");
  const today = new Date(now);
  if (today.toDateString() === date.toDateString()) return time;
  const isThisYear = today.getFullYear() === date.getFullYear();
  const year = isThisYear ? "" : ` ${date.getFullYear()}`;
  const month = date.toLocaleString("en-US", { month: "short" });
  const isNear = Math.abs(now - date.getTime()) < DAY_MS;
  return `${month} ${pad(date.getDate())}${year} ${isNear ? time : time.slice(0, 5)}`;
}

/** Returns the local day, such as "Nov 24". */
export function formatDay(iso: string): string {
  const date = new Date(iso);
  return `${date.toLocaleString("en-US", { month: "short" })} ${pad(date.getDate())}`;
}

/** Returns the local day and time, such as "Nov 24 04:11", whenever it is read. */
export function formatMoment(iso: string): string {
  const date = new Date(iso);
  return `${formatDay(iso)} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** Returns a relative time: "in 42m", "3h ago", or "just now" for less than a second. */
export function formatDistance(iso: string | null, now: number = Date.now()): string {
  if (iso === null) return "never";
  const distance = Date.parse(iso) - now;
  if (distance < 0 && distance > -1000) return "just now";
  const length = formatDuration(duration(Math.max(1000, Math.abs(distance))));
  return distance >= 0 ? `in ${length}` : `${length} ago`;
}

/** Returns how long something has lasted: "for 42m", at least "for 1s". */
export function formatAge(iso: string, now: number = Date.now()): string {
  return `for ${formatDuration(duration(Math.max(1000, now - Date.parse(iso))))}`;
}

/** Returns "until 04:11:05 (in 42m)" or "permanently". */
export function formatUntil(iso: string | null, now: number = Date.now()): string {
  if (iso === null) return "permanently";
  return `until ${formatWhen(iso, now)} (${formatDistance(iso, now)})`;
}

const ISO = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z/g;

/** Replaces instants in ISO 8601, as the daemon's texts have them, by local times. */
export function localizeTimes(text: string, now: number = Date.now()): string {
  return text.replaceAll(ISO, (iso) =>
    Number.isNaN(Date.parse(iso)) ? iso : formatWhen(iso, now),
  );
}

/** Escapes a sentence of the daemon for a screen, with local times. */
export function sentence(text: string, now: number = Date.now()): string {
  return localizeTimes(report(text), now);
}

/** Escapes advice without cutting it, so that commands in it can be copied. */
export function advice(text: string): string {
  return localizeTimes(escapeAdvice(text), Date.now());
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
