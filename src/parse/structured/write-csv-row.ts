/** Writes values as a line of CSV (RFC 4180): one that contains a comma, a quote or a line break is quoted. */
export function writeCsvRow(values: readonly string[]): string {
  return values
    .map((text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
    .join(",");
}
