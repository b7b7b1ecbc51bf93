/**
 * Defines a length of time in milliseconds, written as "90s", "10m", "1h30m", "1d", "1w". A bare number means seconds,
 * as in fail2ban. Nothing parses to more than a century: an end computed from it must be a valid date.
 */
export type Duration = number & { readonly brand: "Duration" };

const MILLISECONDS = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
} as const;

type Unit = keyof typeof MILLISECONDS;

export function duration(milliseconds: number): Duration {
  return milliseconds as Duration;
}

export const MAX_DURATION: Duration = duration(36_500 * MILLISECONDS.d);

/** Returns undefined when the text is not a duration, or longer than `MAX_DURATION`; never a negative one. */
export function parseDuration(text: string): Duration | undefined {
  const trimmed = text.trim();
  let total = 0;
  if (/^\d+$/.test(trimmed)) total = Number(trimmed) * MILLISECONDS.s;
  else if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]) ?)+$/.test(trimmed)) return undefined;
  else {
    for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
      total += Number(amount) * MILLISECONDS[unit as Unit];
    }
  }
  return total <= MAX_DURATION ? duration(Math.round(total)) : undefined;
}

/** Formats the two largest units: "1h 30m", "10m", "45s". */
export function formatDuration(length: Duration): string {
  if (Math.round(length) < MILLISECONDS.s) return `${Math.max(0, Math.round(length))}ms`;
  const parts: string[] = [];
  let rest: number = Math.round(length / MILLISECONDS.s) * MILLISECONDS.s;
  for (const unit of ["d", "h", "m", "s"] as const) {
    const amount = Math.floor(rest / MILLISECONDS[unit]);
    rest -= amount * MILLISECONDS[unit];
    if (amount > 0) parts.push(`${amount}${unit}`);
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}
