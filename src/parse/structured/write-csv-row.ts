/** Writes values as a line of CSV (RFC 4180): one that contains a comma or a quote is quoted. */
export function writeCsvRow(values: readonly string[]): string {
  return values
    .map((text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
    .join(",");
}
