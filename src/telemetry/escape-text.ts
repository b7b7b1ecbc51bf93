/** Escapes text for terminals and logs, whatever a client typed (invariant 8). */

/** Maximum characters of text that a client may have typed. */
const MAX_TEXT_LENGTH = 300;
/** Maximum characters of text by bailiff, which may quote a client's text and ends with position and hint. */
const MAX_REPORT_LENGTH = 2048;
/** Maximum characters of advice, which is copied and must be complete. */
const MAX_ADVICE_LENGTH = 10_000;

/** Escapes control characters, bidirectional overrides and line ends, and cuts long text. */
export function escapeText(text: string): string {
  return escapeUpTo(text, MAX_TEXT_LENGTH);
}

/** Escapes a text that describes a problem and its position. */
export function escapeReport(text: string): string {
  return escapeUpTo(text, MAX_REPORT_LENGTH);
}

/** Escapes a text that says what to do. */
export function escapeAdvice(text: string): string {
  return escapeUpTo(text, MAX_ADVICE_LENGTH);
}

function escapeUpTo(text: string, maxLength: number): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return short.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
