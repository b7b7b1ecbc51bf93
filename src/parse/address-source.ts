/**
 * The source of an expression that takes a whole address and nothing else, without lookaround: no part of a longer one,
 * no port, no full stop behind it. It knows how addresses look; whether one is real ("999.1.1.1") parseIp decides.
 */

/** As many digits as there are: longer ones are no octet, but a bound costs each line time. */
const OCTET = "[0-9]+";
const V4 = `${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}`;
const HEX = "[0-9A-Fa-f]";
/** Optional digits instead of a repetition: the linear engine runs none above 16, nested ones multiplied. */
const GROUP = `${HEX}${HEX}?${HEX}?${HEX}?`;
/** With "::", or all eight groups; either may end in an IPv4 address. */
const V6 =
  `(?:(?:${GROUP}(?::${GROUP}){0,6})?::(?:(?:${GROUP}:){0,6}(?:${V4}|${GROUP}))?` +
  `|${GROUP}(?::${GROUP}){5}:(?:${V4}|${GROUP}:${GROUP}))`;
const ZONE = "(?:%[0-9A-Za-z_.-]+)?";

/** IPv4, or IPv6 with or without zone. */
export const ADDRESS: string = `(?:${V4}|${V6}${ZONE})`;

/** What is never next to an address where free text is: it would be a part of another word, number or address. */
const WORDLIKE = "0-9A-Za-z_.%\\-";
/** Free text before an address: empty, or ended by what no address can hold. */
const BEFORE = `(?:[^\\n]*[^${WORDLIKE}:\\n])?`;
/** After one: a dot or colon that ends a sentence is not the address's. An IPv4 address has no colon, so a port may follow. */
const AFTER_V4 = `(?:\\.?(?:[^${WORDLIKE}\\n][^\\n]*)?)`;
const AFTER_V6 = `(?:[.:]?(?:[^${WORDLIKE}:\\n][^\\n]*)?)`;

export interface FreeSides {
  readonly before: boolean;
  readonly after: boolean;
}

/** An address with free text right beside it; `capture` wraps what is the address. */
export function addressInText(
  { before, after }: FreeSides,
  capture: (source: string) => string,
): string {
  const head = before ? BEFORE : "";
  if (!after) return head + capture(ADDRESS);
  return `${head}(?:${capture(V4)}${AFTER_V4}|${capture(`${V6}${ZONE}`)}${AFTER_V6})`;
}
