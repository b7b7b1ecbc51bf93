import type { Header } from "./header.ts";

/**
 * The form of a line's time. Syslog daemons write `classic` (`Nov 28 09:19:59`) and `iso` (RFC 3339 with its `T`). A
 * program that writes its own file uses one form throughout, so each form has a separate score.
 */
export type StampForm = "classic" | "iso" | "other" | "none";

export function stampFormOf(
  text: string,
  start: number,
  { stamped, bodyStart }: Pick<Header, "stamped" | "bodyStart">,
): StampForm {
  if (!stamped) return "none";
  // The time is behind a relay's host.
  if (bodyStart === start) return "other";
  // "Nov ", "Sun "
  if (text.charCodeAt(start) >= 65 && text.charCodeAt(start + 3) === 32) return "classic";
  const from = text.startsWith("1 ", start) ? start + 2 : start;
  return text.charCodeAt(from + 10) === 84 ? "iso" : "other";
}
