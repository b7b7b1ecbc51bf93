/**
 * Writes expressions that match a whole address, without lookaround: not a part of a longer one, no port, no trailing
 * full stop. Two variants: a quick one, which matches the shape of addresses and accepts "999.1.1.1", and an exact one,
 * which matches what parseIp accepts. The exact one is slower, so it runs only on lines where the quick one matched an
 * invalid address.
 */
import type { Joints } from "./pattern.ts";

export type Grammar = "quick" | "exact";

const HEX = "[0-9A-Fa-f]";
/**
 * Matches a group of an IPv6 address. Optional digits replace a repetition, because the linear engine allows no count
 * above 16, with nested ones multiplied.
 */
const GROUP = `${HEX}${HEX}?${HEX}?${HEX}?`;

interface Forms {
  readonly v4: string;
  /** Matches forms that end in an IPv4 address. */
  readonly dotted: string;
  /** Matches the form with all eight groups. */
  readonly full: string;
  /** Matches forms of only groups, including `full`. */
  readonly groups: string;
  readonly zone: string;
}

function quickForms(): Forms {
  // Any number of digits: longer numbers are not octets, but a bound costs time on each line.
  const v4 = "[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+";
  const full = `${GROUP}(?::${GROUP}){7}`;
  const head = `(?:${GROUP}(?::${GROUP}){0,6})?::`;
  const more = `(?:${GROUP}:){0,6}`;
  return {
    v4,
    dotted: `(?:${head}${more}${v4}|${GROUP}(?::${GROUP}){5}:${v4})`,
    full,
    groups: `(?:${head}(?:${more}${GROUP})?|${full})`,
    zone: "%[0-9A-Za-z_.~\\-]+",
  };
}

function exactForms(): Forms {
  const octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  const v4 = `${octet}\\.${octet}\\.${octet}\\.${octet}`;
  const full = `${GROUP}(?::${GROUP}){7}`;
  const upTo = (most: number): string => (most > 0 ? `(?:${GROUP}:){0,${most}}` : "");
  /** "::" replaces at least one group; `room`: how many other groups are allowed. */
  const compressed = (room: number, last: (left: number) => string): readonly string[] =>
    Array.from({ length: room + 1 }, (_, before) => {
      const head =
        before === 0 ? "" : `${GROUP}${before > 1 ? `(?::${GROUP}){${before - 1}}` : ""}`;
      return `${head}::${last(room - before)}`;
    });
  const dotted = compressed(5, (left) => `${upTo(left)}${v4}`);
  const groups = compressed(7, (left) => (left > 0 ? `(?:${upTo(left - 1)}${GROUP})?` : ""));
  return {
    v4,
    dotted: `(?:${[...dotted, `(?:${GROUP}:){6}${v4}`].join("|")})`,
    full,
    groups: `(?:${[...groups, full].join("|")})`,
    zone: "%[0-9A-Za-z_.~\\-]{1,15}",
  };
}

const FORMS: Readonly<Record<Grammar, Forms>> = { quick: quickForms(), exact: exactForms() };

function anyOf({ v4, dotted, groups, zone }: Forms): string {
  return `(?:${v4}|(?:${dotted}|${groups})(?:${zone})?)`;
}

/** Matches IPv4, or IPv6 with or without a zone. */
const ADDRESS: Readonly<Record<Grammar, string>> = {
  // Both kinds of IPv6 in one, which takes fewer steps.
  quick:
    `(?:${FORMS.quick.v4}|(?:(?:${GROUP}(?::${GROUP}){0,6})?::(?:(?:${GROUP}:){0,6}(?:${FORMS.quick.v4}|${GROUP}))?` +
    `|${GROUP}(?::${GROUP}){5}:(?:${FORMS.quick.v4}|${GROUP}:${GROUP}))(?:${FORMS.quick.zone})?)`,
  exact: anyOf(FORMS.exact),
};

export function addressSource(grammar: Grammar): string {
  return ADDRESS[grammar];
}

/** Matches a name that ends before a colon. */
const NAME = "[^\\t-\\r :]+";
const NUMBER = "[0-9]+";
/** Matches a number with more digits than a group of an IPv6 address. */
const LONG_NUMBER = "[0-9][0-9][0-9][0-9][0-9]+";

/**
 * Characters that free text next to an address must not have there, because they would be part of another word, number
 * or address.
 */
const WORDLIKE = "0-9A-Za-z_.%\\-";
/** Free text before an address ends in a character that no address contains. */
const BEFORE = `[^\\n]*[^${WORDLIKE}:\\n]`;
/**
 * Matches free text after an address. A dot or colon that ends a sentence is not part of the address. If the address
 * has a certain end, a port may follow.
 */
const AFTER_ENDED = `(?:\\.?(?:[^${WORDLIKE}\\n][^\\n]*)?)`;
const AFTER_GROUPS = `(?:[.:]?(?:[^${WORDLIKE}:\\n][^\\n]*)?)`;
const SOMETHING_AFTER_GROUPS = `(?:[.:](?:[^${WORDLIKE}:\\n][^\\n]*)?|[^${WORDLIKE}:\\n][^\\n]*)`;

/** What is next to a peer. */
export interface Beside extends Joints {
  /** Whether free text is directly adjacent. */
  readonly before: boolean;
  readonly after: boolean;
}

export interface Writing {
  readonly grammar: Grammar;
  /** Wraps the source of the peer. */
  readonly peer: (source: string) => string;
  /** Replaces the number in `{ip}:{port}`; undefined: no port follows. */
  readonly port: ((source: string) => string) | undefined;
}

/** Writes `{ip}` and the adjacent free text, or `{ip}:{port}`. */
export function ipSource(beside: Beside, { grammar, peer, port }: Writing): string {
  const { before, after, joinsLeft, joinsRight } = beside;
  const left = before ? `(?:${BEFORE})?` : "";
  if (!after && !joinsLeft && !joinsRight) return left + peer(ADDRESS[grammar]);
  const forms = FORMS[grammar];
  const { v4, dotted, groups, zone, full } = forms;
  // Called in the order of the source, because `peer` and `port` number their captures in the order of their calls.
  const rest = (): string => (after ? AFTER_ENDED : (port?.(NUMBER) ?? ""));
  if (joinsLeft && !before) return peer(v4) + rest();
  const ended = `${dotted}(?:${zone})?|${groups}${zone}${joinsRight && !after ? `|${full}` : ""}`;
  const more = (): string =>
    endsGroups(beside, port) ? `|${peer(groups)}${groupsWay(beside, port)}` : "";
  if (!joinsLeft) return `${left}(?:${peer(`${v4}|${ended}`)}${rest()}${more()})`;
  return `(?:${BEFORE}(?:${peer(`${v4}|${ended}`)}${rest()}${more()})|${peer(v4)}${rest()})`;
}

/**
 * Writes an address and its port, if it has one: `192.0.2.7:5`, `[2001:db8::7]:5`. Without brackets an IPv6 address is
 * accepted only where it certainly ends: "2001:db8::7" could be "2001:db8:" and a port.
 */
export function endpointSource({ grammar, peer, port }: EndpointWriting): string {
  const { v4, dotted, groups, zone, full } = FORMS[grammar];
  const rest = (): string => `(?::${port(NUMBER)})?`;
  const bare = `${peer(`${v4}|${dotted}(?:${zone})?|${groups}${zone}|${full}`)}${rest()}`;
  const bracketed = `\\[${peer(ADDRESS[grammar])}\\]${rest()}`;
  return `(?:${bare}|${bracketed}|${peer(groups)}:${port(LONG_NUMBER)})`;
}

export interface EndpointWriting {
  readonly grammar: Grammar;
  /** Wrap the sources of the address and the port. */
  readonly peer: (source: string) => string;
  readonly port: (source: string) => string;
}

/** Returns whether anything can follow groups whose end would otherwise be uncertain. */
function endsGroups({ after, joinsRight }: Beside, port: Writing["port"]): boolean {
  return after || !joinsRight || port !== undefined;
}

/** Writes what has to follow groups whose end is uncertain. */
function groupsWay({ after, joinsRight }: Beside, port: Writing["port"]): string {
  if (after) return joinsRight ? SOMETHING_AFTER_GROUPS : AFTER_GROUPS;
  return joinsRight ? (port?.(LONG_NUMBER) ?? "") : "";
}

/** Writes `{host}`, or `{host}:{port}`. */
export function hostSource(
  { joinsLeft, joinsRight }: Beside,
  { grammar, peer, port }: Writing,
): string {
  const rest = (): string => port?.(NUMBER) ?? "";
  if (joinsLeft) return peer(NAME) + rest();
  if (!joinsRight) return peer("[^\\t-\\r ]+") + rest();
  const { dotted, groups, zone, full } = FORMS[grammar];
  const ended = `${peer(`${NAME}|${dotted}(?:${zone})?|${groups}${zone}|${full}`)}${rest()}`;
  return port === undefined ? ended : `(?:${ended}|${peer(groups)}${port(LONG_NUMBER)})`;
}
