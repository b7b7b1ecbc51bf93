/**
 * Formats a number with its noun: "1 ban", "2 bans", "0 addresses". Without digit grouping, so that the number can be
 * copied.
 */
export function amount(number: number, one: string, many: string = pluralOf(one)): string {
  return `${number} ${number === 1 ? one : many}`;
}

function pluralOf(word: string): string {
  if (/(?:s|x|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}
