/**
 * Formats the 24 counts of a day as a text: each in base 36, nothing for zero, separated by spaces, without the zeros at
 * the end. Two years of counts stay small that way.
 */
export const HOURS_A_DAY = 24;

const BASE = 36;
const TEXT = /^(?:[1-9a-z][0-9a-z]{0,10})?(?: (?:[1-9a-z][0-9a-z]{0,10})?){0,23}$/;

/** Formats counts by hour; a missing one is zero. */
export function formatHours(hours: readonly (number | undefined)[]): string {
  const texts = Array.from({ length: HOURS_A_DAY }, (_, i) => {
    const count = hours[i] ?? 0;
    return count === 0 ? "" : count.toString(BASE);
  });
  return texts.join(" ").trimEnd();
}

/** Returns the counts, at most 24; undefined: the text has another form. */
export function parseHours(text: string): readonly number[] | undefined {
  if (!TEXT.test(text)) return undefined;
  return text.split(" ").map((count) => (count === "" ? 0 : Number.parseInt(count, BASE)));
}
