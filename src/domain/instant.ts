/** A point in time, epoch milliseconds. `forever` is a separate variant for bans that never end. */
export type Instant = number & { readonly brand: "Instant" };

export type Until = Instant | "forever";

export function instant(epochMilliseconds: number): Instant {
  return epochMilliseconds as Instant;
}

/** The end of year 9999, the last date in the usual form of ISO 8601. */
export const LAST_INSTANT: Instant = instant(Date.UTC(10_000, 0) - 1);

/** Whether a number from outside, or from storage, is a point in time. */
export function isInstant(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(Number(value)) <= LAST_INSTANT;
}

/** ISO 8601 in UTC, the form every contract uses. */
export function formatInstant(at: Instant): string {
  return new Date(Math.min(at, LAST_INSTANT)).toISOString();
}

/** The later of two ends; `forever` wins. A longer ban extends, never shortens. */
export function laterUntil(a: Until, b: Until): Until {
  if (a === "forever" || b === "forever") return "forever";
  return a > b ? a : b;
}
