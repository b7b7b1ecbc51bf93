/** A point in time, epoch milliseconds. `forever` is a variant of its own where a ban may never end. */
export type Instant = number & { readonly brand: "Instant" };

export type Until = Instant | "forever";

export function instant(epochMilliseconds: number): Instant {
  return epochMilliseconds as Instant;
}

/** ISO 8601 in UTC, the form every contract uses. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString();
}

/** The later of two ends; `forever` wins. A longer ban extends, never shortens. */
export function laterUntil(a: Until, b: Until): Until {
  if (a === "forever" || b === "forever") return "forever";
  return a > b ? a : b;
}
