/**
 * Keeps the largest values of the last weeks, so that they raise no alarm when they recur. At most eight, each dropped
 * after five weeks; age counts observed hours only.
 */
export interface Extremes {
  /** Largest first. */
  readonly top: { readonly value: number; readonly at: number }[];
}

export const KEPT = 8;
const KEPT_HOURS = 840;

export function createExtremes(): Extremes {
  return { top: [] };
}

export function noteExtreme({ top }: Extremes, value: number, at: number): void {
  const old = top.findIndex((one) => at - one.at > KEPT_HOURS);
  if (old >= 0) top.splice(old, 1);
  const place = top.findIndex((one) => one.value < value);
  if (place < 0 && top.length >= KEPT) return;
  top.splice(place < 0 ? top.length : place, 0, { value, at });
  if (top.length > KEPT) top.pop();
}

export function largest({ top }: Extremes): number {
  return top[0]?.value ?? 0;
}

/** Returns the mean excess of the largest values over the smallest kept one: how fast large values become rare. */
export function excess({ top }: Extremes): number {
  if (top.length === 0) return 0;
  const least = top.length < KEPT ? 0 : (top.at(-1)?.value ?? 0);
  return top.reduce((sum, { value }) => sum + value, 0) / top.length - least;
}
