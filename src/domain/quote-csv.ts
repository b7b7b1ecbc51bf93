/** Quotes as in RFC 4180. A spreadsheet would run a field that begins like a formula, so that gets an apostrophe. */
export function quoteCsv(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
