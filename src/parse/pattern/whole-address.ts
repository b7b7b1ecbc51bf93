/** Whether what was read as an address may be a part of a longer one, by the text around it. */
import { parseIp } from "../../domain/ip.ts";

const HEX = /[0-9A-Fa-f]/;

export interface AddressPlace {
  readonly start: number;
  readonly end: number;
  /** Where the message begins, and where its rest is missing. */
  readonly from: number;
  readonly cut: number;
}

/** Longer ones there are none. */
const LONGEST = 45;

/** "2001:db8::7" of "2001:db8::7:80", and whatever a colon leads from to the cut. IPv4 addresses hold no colon. */
export function mayGoOn(text: string, { start, end, from, cut }: AddressPlace): boolean {
  if (!text.slice(start, end).includes(":")) return false;
  const left = text.slice(Math.max(from, start - LONGEST), start);
  const right = text.slice(end, Math.min(cut, end + LONGEST));
  const firstStart = start - left.length + left.search(/[0-9A-Fa-f:.]*$/);
  const lastEnd = end + right.search(/[^0-9A-Fa-f:.]|$/);
  if (right.startsWith(":") && lastEnd === cut) return true;
  const own = parseIp(text.slice(start, end));
  for (let first = firstStart; first <= start; first++) {
    if (first < start && HEX.test(text.charAt(first - 1))) continue;
    for (let last = end; last <= lastEnd; last++) {
      // A part of a longer number is no group.
      if (last > end && HEX.test(text.charAt(last))) continue;
      const other = parseIp(text.slice(first, last));
      if (other !== undefined && other !== own) return true;
    }
  }
  return false;
}
