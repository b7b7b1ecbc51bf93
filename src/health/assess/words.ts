/** Formats numbers and lists for people. */

/** "41,230". */
export function amount(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** "1 address", "3 addresses". */
export function counted(number: number, one: string, many: string): string {
  return `${amount(number)} ${number === 1 ? one : many}`;
}

/** "37 %"; never 0 % or 100 % of something that is not. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0 %";
  if (part === whole) return "100 %";
  return `${Math.min(99, Math.max(1, Math.round((100 * part) / whole)))} %`;
}

/** "alice, bob and 3 more". */
export function someOf(names: readonly string[], limit: number): string {
  const shown = names.slice(0, limit).join(", ");
  const more = names.length - limit;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
