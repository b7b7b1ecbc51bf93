/**
 * Finds the rules that can match a message without trying them all: by the literal text a message begins with,
 * and for rules that begin with anything by one search for the literals they need. Many filters share one index,
 * so the cost of a line does not grow with their number.
 */
import type { CompiledRule, Filter, JsonRule } from "./compile-filter.ts";

/** One filter's place in a router. */
export interface IndexedFilter {
  readonly entry: number;
  readonly filter: Filter;
}

export interface Found {
  readonly entry: number;
  readonly rule: CompiledRule;
  readonly groups: RegExpExecArray;
}

interface Candidate {
  readonly entry: number;
  readonly order: number;
  readonly opening: string;
  readonly rule: CompiledRule;
}

export interface RuleIndex {
  readonly entries: readonly number[];
  readonly json: readonly { readonly entry: number; readonly rule: JsonRule }[];
  /** The first matching rule of each filter, for the message in [start, end); `text[end]` is "\n". */
  find(text: string, start: number, end: number, found: (hit: Found) => void): void;
}

export function createRuleIndex(filters: readonly IndexedFilter[]): RuleIndex {
  const candidates = filters.flatMap(({ entry, filter }) =>
    filter.rules.flatMap((rule, order) =>
      rule.openings.map((opening) => ({ entry, order, opening, rule })),
    ),
  );
  const openEnded = candidates.filter(({ opening }) => opening === "");
  const byFirst = groupByFirst(candidates, openEnded);
  const prefilter = requiredPrefilter(openEnded);
  const several = filters.length > 1;

  function find(text: string, start: number, end: number, found: (hit: Found) => void): void {
    const group = byFirst.get(text.charCodeAt(start)) ?? openEnded;
    if (group === openEnded && (openEnded.length === 0 || !mayHold(text, start, end))) return;
    let done = -1;
    for (const candidate of group) {
      if (candidate.entry === done || !text.startsWith(candidate.opening, start)) continue;
      const groups = execute(candidate.rule, text, start, end);
      if (groups === null) continue;
      found({ entry: candidate.entry, rule: candidate.rule, groups });
      if (!several) return;
      done = candidate.entry;
    }
  }

  function mayHold(text: string, start: number, end: number): boolean {
    return prefilter === undefined || prefilter.test(text.slice(start, end));
  }

  return {
    entries: filters.map(({ entry }) => entry),
    json: filters.flatMap(({ entry, filter }) => filter.jsonRules.map((rule) => ({ entry, rule }))),
    find,
  };
}

/** Runs one rule; the caller's text is searched in place unless the rule must see its own line only. */
export function execute(
  rule: CompiledRule,
  text: string,
  start: number,
  end: number,
): RegExpExecArray | null {
  if (rule.isolated) {
    rule.expression.lastIndex = 0;
    return rule.expression.exec(text.slice(start, end + 1));
  }
  rule.expression.lastIndex = start;
  return rule.expression.exec(text);
}

/** First character -> candidates in order of filter and rule; those that begin with anything stand in every group. */
function groupByFirst(
  candidates: readonly Candidate[],
  openEnded: readonly Candidate[],
): ReadonlyMap<number, readonly Candidate[]> {
  const groups = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    if (candidate.opening === "") continue;
    const first = candidate.opening.charCodeAt(0);
    const group = groups.get(first) ?? [...openEnded];
    group.push(candidate);
    groups.set(first, group);
  }
  for (const group of groups.values()) group.sort((a, b) => a.entry - b.entry || a.order - b.order);
  return groups;
}

/** undefined when some rule needs no literal and must always be tried. */
function requiredPrefilter(openEnded: readonly Candidate[]): RegExp | undefined {
  const literals = [...new Set(openEnded.map(({ rule }) => rule.required))];
  if (literals.length === 0 || literals.includes("")) return undefined;
  return new RegExp(
    literals.map((literal) => literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|"),
  );
}
