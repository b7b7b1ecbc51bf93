/** Formats numbers and lists for people. */

/** Formats 41230 as "41,230". */
export function amount(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Returns, for example, "1 address" or "3 addresses". */
export function counted(number: number, one: string, many: string): string {
  return `${amount(number)} ${number === 1 ? one : many}`;
}

/** Returns, for example, "37%". "0%" and "100%" are exact, never rounded. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0%";
  if (part === whole) return "100%";
  return `${Math.min(99, Math.max(1, Math.round((100 * part) / whole)))}%`;
}

/** Returns, for example, "alice, bob and 3 more". */
export function someOf(names: readonly string[], limit: number): string {
  const shown = names.slice(0, limit).join(", ");
  const more = names.length - limit;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
