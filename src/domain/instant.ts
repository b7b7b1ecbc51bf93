/** A point in time, in epoch milliseconds. */
export type Instant = number & { readonly brand: "Instant" };

export type Until = Instant | "forever";

export function instant(epochMilliseconds: number): Instant {
  return epochMilliseconds as Instant;
}

/** The end of year 9999, the last date in the usual form of ISO 8601. */
export const LAST_INSTANT: Instant = instant(Date.UTC(10_000, 0) - 1);

/** Returns whether a number from outside, or from storage, is a point in time. */
export function isInstant(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(Number(value)) <= LAST_INSTANT;
}

/** Formats an instant as ISO 8601 in UTC, the form of all stable output. */
export function formatInstant(at: Instant): string {
  return new Date(Math.min(at, LAST_INSTANT)).toISOString();
}

/** Returns the later of two ends; `forever` is the latest. So a second ban never shortens the first. */
export function laterUntil(a: Until, b: Until): Until {
  if (a === "forever" || b === "forever") return "forever";
  return a > b ? a : b;
}
