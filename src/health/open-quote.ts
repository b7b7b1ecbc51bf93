/** Explains what to do about lines of CSV that are not believed because a quote before them may be open. Pure. */
export function fixOpenQuote(filter: string): string {
  return `state escapes_line_breaks = true in filter ${filter} if the service puts no value in quotes, or escapes line breaks within them; otherwise a row was never completed, and the next single quote shows where rows begin`;
}
