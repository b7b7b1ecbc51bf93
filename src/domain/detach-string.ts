/**
 * Copies a string so that it keeps no longer string alive. V8 represents a slice of 13 or more characters as a
 * reference into its parent, so one address kept from a chunk of a log would keep the whole chunk in memory. Shorter
 * slices are copies already; joining such pieces makes the copy.
 */
export function detachString<T extends string>(text: T): T {
  return copy(text) as T;
}

const MIN_SLICED_LENGTH = 13;

function copy(text: string): string {
  if (text.length < MIN_SLICED_LENGTH) return text;
  const half = text.length >>> 1;
  return copy(text.slice(0, half)) + copy(text.slice(half));
}
