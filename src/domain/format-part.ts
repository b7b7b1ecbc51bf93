/** Formats a fraction as a percentage. Never returns "0%" for some or "100%" for not all. */
export function formatPart(part: number): string {
  const percent = part * 100;
  if (percent > 0 && percent < 1) return "less than 1%";
  if (percent > 99 && percent < 100) return "more than 99%";
  return `${Math.round(percent)}%`;
}
