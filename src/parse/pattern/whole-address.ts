/** Checks by the surrounding text whether an address may be part of a longer one. */
import { parseIp } from "../../domain/ip.ts";

const HEX = /[0-9A-Fa-f]/;

export interface AddressSpan {
  readonly start: number;
  readonly end: number;
  /** Where the message begins, and the position of the cut. */
  readonly from: number;
  readonly cut: number;
}

/** The maximum length of an address. */
const MAX_LENGTH = 45;

/**
 * Returns whether the address may be part of a longer one: "2001:db8::7" of "2001:db8::7:80", or text that a colon
 * joins to the cut. IPv4 addresses contain no colon.
 */
export function mayGoOn(text: string, { start, end, from, cut }: AddressSpan): boolean {
  if (!text.slice(start, end).includes(":")) return false;
  const left = text.slice(Math.max(from, start - MAX_LENGTH), start);
  const right = text.slice(end, Math.min(cut, end + MAX_LENGTH));
  const firstStart = start - left.length + left.search(/[0-9A-Fa-f:.]*$/);
  const lastEnd = end + right.search(/[^0-9A-Fa-f:.]|$/);
  if (right.startsWith(":") && lastEnd === cut) return true;
  const own = parseIp(text.slice(start, end));
  for (let first = firstStart; first <= start; first++) {
    if (first < start && HEX.test(text.charAt(first - 1))) continue;
    for (let last = end; last <= lastEnd; last++) {
      // A part of a longer number is not a group.
      if (last > end && HEX.test(text.charAt(last))) continue;
      const other = parseIp(text.slice(first, last));
      if (other !== undefined && other !== own) return true;
    }
  }
  return false;
}
