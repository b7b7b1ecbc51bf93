/** "1 ban", "2 bans", "0 addresses": a number with what it counts. Nothing is grouped: the number can be copied. */
export function amount(number: number, one: string, many: string = pluralOf(one)): string {
  return `${number} ${number === 1 ? one : many}`;
}

function pluralOf(word: string): string {
  if (/(?:s|x|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}
