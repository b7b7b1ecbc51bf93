/**
 * One failregex, ignoreregex or prefregex: fail2ban's tags become groups, and what a match says is given by name.
 * Address tags match what fail2ban's match, so that a filter written for it means the same here.
 */
import { fail, ok, type Result } from "../domain/result.ts";
import { compilePythonExpression, type PythonExpression } from "../parse/python-expression.ts";

export type Groups = Map<string, string | undefined>;

export interface FilterMatch {
  readonly groups: Groups;
  /** Of the whole match in the text. */
  readonly start: number;
  readonly end: number;
  /** What <SKIPLINES> passed over. */
  readonly skipped: readonly string[];
}

export interface FilterExpression {
  /** As written. */
  readonly source: string;
  /** Names of its groups tell whom a match is about. */
  readonly identifies: boolean;
  search(text: string): FilterMatch | undefined;
  readonly givenUp: number;
}

export type UseDns = "yes" | "warn" | "no" | "raw";

const IP4 = String.raw`(?:::f{4,6}:)?(?P<ip4>(?:\d{1,3}\.){3}\d{1,3})`;
const IP6 = "(?P<ip6>(?:[0-9a-fA-F]{1,4}::?|:){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):))";
const DNS = String.raw`(?P<dns>[\w\-.^_]*\w)`;
const CIDR = String.raw`(?P<cidr>\d+)`;
const ADDR = String.raw`\[?(?:${IP4}|${IP6})\]?`;
const SUBNET = String.raw`\[?(?:${IP4}|${IP6})(?:/${CIDR})?\]?`;

const FIXED: Readonly<Record<string, string>> = {
  IP4,
  "F-IP4/": IP4,
  IP6,
  "F-IP6/": IP6,
  ADDR,
  "F-ADDR/": ADDR,
  CIDR,
  "F-CIDR/": CIDR,
  SUBNET,
  "F-SUBNET/": SUBNET,
  DNS,
  "F-DNS/": DNS,
  "F-ID/": String.raw`(?P<fid>\S+)`,
  "F-PORT/": String.raw`(?P<fport>\w+)`,
};
const RENAMED: Readonly<Record<string, string>> = { id: "fid", port: "fport" };
const IDENTIFYING = ["fid", "ip4", "ip6", "dns", "mlfid"];

/** Text with tags -> an expression of Python's dialect. */
export function expandTags(text: string, useDns: UseDns): string {
  const opened = new Set<string>();
  let lines = 0;
  const expanded = text.replace(/<(\/?)([\w-]+\/?)>/g, (whole, slash: string, name: string) => {
    if (slash === "" && name === "HOST") return useDns === "no" ? ADDR : `(?:${ADDR}|${DNS})`;
    if (slash === "" && name === "SKIPLINES")
      return String.raw`\n(?P<skiplines${lines++}>(?:(?:.*\n)*?))`;
    const fixed = slash === "" ? FIXED[name] : undefined;
    if (fixed !== undefined) return fixed;
    const custom = /^F-([A-Z0-9_-]+)$/.exec(name)?.[1];
    if (custom === undefined) return whole;
    if (slash !== "") return opened.has(custom) ? ")" : whole;
    opened.add(custom);
    return `(?P<${mapName(custom)}>`;
  });
  // A flag in the middle holds for its own group only.
  return expanded.replace(/(?<!\\)\((?:\?:)?(\(\?[a-z]+)\)/g, "$1:");
}

function mapName(name: string): string {
  const lower = name.toLowerCase();
  return RENAMED[lower] ?? lower;
}

export interface ExpressionContext {
  readonly useDns: UseDns;
  /** Several lines are looked at together. */
  readonly everyLine: boolean;
}

export function compileFilterExpression(
  source: string,
  { useDns, everyLine }: ExpressionContext,
): Result<FilterExpression, string> {
  const text = expandTags(source, useDns);
  if (text.trim() === "") return fail("an expression that is not empty");
  const compiled = compilePythonExpression(text, { everyLine });
  if (!compiled.ok) return fail(`${compiled.error.message} at ${compiled.error.at} of ${text}`);
  const expression = compiled.value;
  const combined = combinedNames(expression);
  const identifies = IDENTIFYING.some((name) => expression.names.has(name));
  return ok({
    source,
    identifies,
    search(subject) {
      if (!everyLine) {
        const texts = expression.search(subject);
        if (texts === null) return undefined;
        const groups = combine(
          groupsOf(expression, (index) => texts[index]),
          combined,
        );
        return { groups, start: 0, end: subject.length, skipped: [] };
      }
      const spans = expression.locate(subject);
      if (spans === null) return undefined;
      const textOf = (index: number): string | undefined => {
        const [start = -1, end = -1] = [spans[index * 2], spans[index * 2 + 1]];
        return start < 0 || end < 0 ? undefined : subject.slice(start, end);
      };
      const groups = combine(groupsOf(expression, textOf), combined);
      const skipped = [...groups].flatMap(([name, value]) =>
        name.startsWith("skiplines") && value !== undefined ? splitLines(value) : [],
      );
      return { groups, start: spans[0] ?? 0, end: spans[1] ?? 0, skipped };
    },
    get givenUp() {
      return expression.givenUp;
    },
  });
}

function splitLines(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function groupsOf(
  { names }: PythonExpression,
  textOf: (index: number) => string | undefined,
): Groups {
  return new Map([...names].map(([name, index]) => [name, textOf(index)]));
}

interface Combined {
  readonly name: string;
  readonly into: string;
  readonly how: "alternative" | "tuple";
}

/** `alt_user_1` stands in for `user`, parts of `tuple_id` make one. */
function combinedNames({ names }: PythonExpression): readonly Combined[] {
  return [...names.keys()].sort().flatMap((name): readonly Combined[] => {
    const match = /^(alt_|tuple_)(.*?)(?:_\d+)?$/.exec(name);
    const [, prefix, rest = ""] = match ?? [];
    if (prefix === undefined) return [];
    return [{ name, into: mapName(rest), how: prefix === "alt_" ? "alternative" : "tuple" }];
  });
}

function combine(groups: Groups, combined: readonly Combined[]): Groups {
  for (const { name, into, how } of combined) {
    const value = groups.get(name);
    const there = groups.get(into);
    if (how === "alternative") {
      if (value && !there) groups.set(into, value);
    } else groups.set(into, there === undefined ? (value ?? "") : `${there}, ${value ?? ""}`);
  }
  return groups;
}
