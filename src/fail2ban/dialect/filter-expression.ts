/**
 * Compiles one failregex, ignoreregex or prefregex. fail2ban's tags become groups, and matches are read by name.
 * Address tags match the same text as in fail2ban.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  compilePythonExpression,
  type PythonExpression,
  type PythonMatch,
  type SearchContext,
} from "../../parse/expression/python-expression.ts";
import { expandTags, mapName, type UseDns } from "./expand-tags.ts";
import { Groups } from "./groups.ts";

export interface FilterExpression {
  /** The expression as written. */
  readonly source: string;
  /** Whether it has a group that identifies the subject of a match. */
  readonly identifies: boolean;
  search(text: string, context: SearchContext): PythonMatch | null;
  /** Puts the groups of a match into `groups`, which must be empty. */
  capture(match: PythonMatch, groups: Groups): void;
  /** Adds the groups of a match to those of prefregex; a group that did not match changes nothing. */
  add(match: PythonMatch, groups: Groups): void;
  /** Whether values may also come from groups of other names (<F-ALT_USER>). */
  readonly combines: boolean;
  /** Returns the joined texts of the groups of <SKIPLINES>. */
  skippedBy(match: PythonMatch): string;
  /** Group numbers by name. */
  readonly names: ReadonlyMap<string, number>;
  /** See PythonExpression, which defines both. */
  readonly openings: PythonExpression["openings"];
  readonly closingGroup: PythonExpression["closingGroup"];
}

const IDENTIFYING = ["fid", "ip4", "ip6", "dns", "mlfid"];

export interface ExpressionContext {
  readonly useDns: UseDns;
  /** Whether several lines are matched together. */
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
  const { names, openings, closingGroup } = expression;
  const named = [...names];
  const combined = combinedNames(names);
  const capture = (match: PythonMatch, groups: Groups): void => {
    for (const [name, index] of named) groups.set(name, match[index]);
    combine(groups, combined, match);
  };
  const skipping = named.filter(([name]) => /^skiplines\d+$/.test(name));
  return ok({
    source,
    identifies: IDENTIFYING.some((name) => names.has(name)),
    search: expression.search,
    capture,
    add(match, groups) {
      if (combined.length > 0) {
        const own = new Groups();
        capture(match, own);
        groups.add(own);
        return;
      }
      for (const [name, index] of named) {
        const value = match[index];
        if (value !== undefined) groups.set(name, value);
      }
    },
    combines: combined.length > 0,
    skippedBy: (match) => skipping.map(([, index]) => match[index] ?? "").join(""),
    names,
    openings,
    closingGroup,
  });
}

interface Combined {
  readonly index: number;
  readonly into: string;
  readonly how: "alternative" | "tuple";
}

/** Finds groups that are combined: `alt_user_1` is used if `user` did not match; parts of `tuple_id` are joined. */
function combinedNames(names: ReadonlyMap<string, number>): readonly Combined[] {
  const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
  const found = sorted.flatMap(([name, index]): readonly Combined[] => {
    const [, prefix, rest = ""] = /^(alt_|tuple_)(.*?)(?:_\d+)?$/.exec(name) ?? [];
    if (prefix === undefined) return [];
    return [{ index, into: mapName(rest), how: prefix === "alt_" ? "alternative" : "tuple" }];
  });
  return found.toSorted((a, b) => Number(a.how === "tuple") - Number(b.how === "tuple"));
}

function combine(groups: Groups, combined: readonly Combined[], match: PythonMatch): void {
  for (const { index, into, how } of combined) {
    const value = match[index];
    const there = groups.get(into);
    if (how === "alternative") {
      if (value && !there) groups.set(into, value);
    } else groups.set(into, there === undefined ? (value ?? "") : `${there}, ${value ?? ""}`);
  }
}
