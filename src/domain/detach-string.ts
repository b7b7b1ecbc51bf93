/**
 * Copies a string so that it keeps no longer text alive. V8 represents a slice of 13 or more characters as a window into
 * the text it was cut from, so one address kept from a chunk of a log would keep the whole chunk in memory.
 * Shorter slices are copies already; joining such pieces makes the copy.
 */
export function detachString<T extends string>(text: T): T {
  return copy(text) as T;
}

const SHORTEST_WINDOW = 13;

function copy(text: string): string {
  if (text.length < SHORTEST_WINDOW) return text;
  const half = text.length >>> 1;
  return copy(text.slice(0, half)) + copy(text.slice(half));
}
