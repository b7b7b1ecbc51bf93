/**
 * Sources of expressions that take a whole address and nothing else, without lookaround: no part of a longer one, no
 * port, no full stop behind it. Of each there are two: a quick one, which knows how addresses look and lets "999.1.1.1"
 * pass, and an exact one, which takes what parseIp takes. It costs each line more, so it is for lines of which the quick
 * one took what is none.
 */
import type { Joints } from "./pattern.ts";

export type Grammar = "quick" | "exact";

const HEX = "[0-9A-Fa-f]";
/** Optional digits instead of a repetition: the linear engine runs none above 16, nested ones multiplied. */
const GROUP = `${HEX}${HEX}?${HEX}?${HEX}?`;

interface Forms {
  readonly v4: string;
  /** That ends in an IPv4 address. */
  readonly dotted: string;
  /** With all eight groups. */
  readonly full: string;
  /** Of groups only, `full` among them. */
  readonly groups: string;
  readonly zone: string;
}

function quickForms(): Forms {
  // As many digits as there are: longer ones are no octet, but a bound costs each line time.
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
  /** "::" stands for one group at the least; `room`: how many may stand beside it. */
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

/** IPv4, or IPv6 with or without zone. */
const ADDRESS: Readonly<Record<Grammar, string>> = {
  // The two kinds of IPv6 in one, which takes fewer steps.
  quick:
    `(?:${FORMS.quick.v4}|(?:(?:${GROUP}(?::${GROUP}){0,6})?::(?:(?:${GROUP}:){0,6}(?:${FORMS.quick.v4}|${GROUP}))?` +
    `|${GROUP}(?::${GROUP}){5}:(?:${FORMS.quick.v4}|${GROUP}:${GROUP}))(?:${FORMS.quick.zone})?)`,
  exact: anyOf(FORMS.exact),
};

export function addressSource(grammar: Grammar): string {
  return ADDRESS[grammar];
}

/** Characters of a name that a colon ends. */
const NAME = "[^\\s:]+";
const NUMBER = "[0-9]+";
/** More digits than a group of an IPv6 address has. */
const LONG_NUMBER = "[0-9][0-9][0-9][0-9][0-9]+";

/** What is never next to an address where free text is: it would be a part of another word, number or address. */
const WORDLIKE = "0-9A-Za-z_.%\\-";
/** Free text before an address ends in what no address can hold. */
const BEFORE = `[^\\n]*[^${WORDLIKE}:\\n]`;
/** After one: a dot or colon that ends a sentence is not the address's. Where it has an end, a port may follow. */
const AFTER_ENDED = `(?:\\.?(?:[^${WORDLIKE}\\n][^\\n]*)?)`;
const AFTER_GROUPS = `(?:[.:]?(?:[^${WORDLIKE}:\\n][^\\n]*)?)`;
const SOMETHING_AFTER_GROUPS = `(?:[.:](?:[^${WORDLIKE}:\\n][^\\n]*)?|[^${WORDLIKE}:\\n][^\\n]*)`;

/** What stands beside a peer. */
export interface Beside extends Joints {
  /** Free text, with nothing between. */
  readonly before: boolean;
  readonly after: boolean;
}

export interface Writing {
  readonly grammar: Grammar;
  /** Wraps what is the peer. */
  readonly peer: (source: string) => string;
  /** What stands for the number in `{ip}:{port}`; undefined: none does. */
  readonly port: ((source: string) => string) | undefined;
}

/** `{ip}` and the free text beside it, or `{ip}:{port}`. */
export function ipSource(beside: Beside, { grammar, peer, port }: Writing): string {
  const { before, after, joinsLeft, joinsRight } = beside;
  const left = before ? `(?:${BEFORE})?` : "";
  if (!after && !joinsLeft && !joinsRight) return left + peer(ADDRESS[grammar]);
  const forms = FORMS[grammar];
  const { v4, dotted, groups, zone, full } = forms;
  const rest = after ? AFTER_ENDED : (port?.(NUMBER) ?? "");
  if (joinsLeft && !before) return peer(v4) + rest;
  const ended = `${dotted}(?:${zone})?|${groups}${zone}${joinsRight && !after ? `|${full}` : ""}`;
  const byGroups = groupsWay(beside, port);
  const more = byGroups === undefined ? "" : `|${peer(groups)}${byGroups}`;
  if (!joinsLeft) return `${left}(?:${peer(`${v4}|${ended}`)}${rest}${more})`;
  return `(?:${BEFORE}(?:${peer(`${v4}|${ended}`)}${rest}${more})|${peer(v4)}${rest})`;
}

/** What has to follow groups of which nobody could say that they end there; undefined: nothing would do. */
function groupsWay({ after, joinsRight }: Beside, port: Writing["port"]): string | undefined {
  if (after) return joinsRight ? SOMETHING_AFTER_GROUPS : AFTER_GROUPS;
  return joinsRight ? port?.(LONG_NUMBER) : "";
}

/** `{host}`, or `{host}:{port}`. */
export function hostSource(
  { joinsLeft, joinsRight }: Beside,
  { grammar, peer, port }: Writing,
): string {
  const rest = port?.(NUMBER) ?? "";
  if (joinsLeft) return peer(NAME) + rest;
  if (!joinsRight) return peer("[^\\s]+") + rest;
  const { dotted, groups, zone, full } = FORMS[grammar];
  const ended = `${peer(`${NAME}|${dotted}(?:${zone})?|${groups}${zone}|${full}`)}${rest}`;
  return port === undefined ? ended : `(?:${ended}|${peer(groups)}${port(LONG_NUMBER)})`;
}
