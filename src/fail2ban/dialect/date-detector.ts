/**
 * Finds the date of a line among several patterns, as fail2ban does: the pattern that matched last is tried first where
 * it stood last; a date found farther from the start than the pattern's own habit is only taken when none stands nearer;
 * patterns that match often move to the front. So the result depends on the lines before. Holds a few numbers a pattern.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import type { SearchContext } from "../../parse/expression/python-expression.ts";
import { compileDatePattern, type DateMatch, type DateTemplate } from "./date-pattern.ts";

export interface FoundDate extends DateMatch {
  readonly template: DateTemplate;
}

export interface DateDetector {
  find(line: string, context: SearchContext): FoundDate | undefined;
  /** The date of a line was read as the one before, by the same pattern. */
  again(): void;
  /** Of the same patterns, for another source: nothing is remembered. */
  fresh(): DateDetector;
  /** Patterns with how often each was found, in their present order. */
  readonly tally: readonly DateTally[];
}

export interface DateTally {
  readonly template: DateTemplate;
  readonly found: number;
  /** What decides which pattern comes first. */
  readonly weight: number;
}

/** Formats fail2ban tries by itself, in its order. */
const DEFAULTS = [
  String.raw`%ExY(?P<_sep>[-/.])%m(?P=_sep)%d(?:T|  ?)%H:%M:%S(?:[.,]%f)?(?:\s*%z)?`,
  String.raw`(?:%a )?%b %d %k:%M:%S(?:\.%f)?(?: %ExY)?`,
  String.raw`(?:%a )?%b %d %ExY %k:%M:%S(?:\.%f)?`,
  "%d(?P<_sep>[-/])%m(?P=_sep)(?:%ExY|%Exy) %k:%M:%S",
  String.raw`%d(?P<_sep>[-/])%b(?P=_sep)%ExY[ :]?%H:%M:%S(?:\.%f)?(?: %z)?`,
  "%m/%d/%ExY:%H:%M:%S",
  String.raw`%m-%d-%ExY %k:%M:%S(?:\.%f)?`,
  "EPOCH",
  "{^LN-BEG}%H:%M:%S",
  "^<%m/%d/%Exy@%H:%M:%S>",
  "%Exy%Exm%Exd  ?%H:%M:%S",
  "%b %d, %ExY %I:%M:%S %p",
  "^%b-%d-%Exy %k:%M:%S",
  String.raw`%ExY%Exm%Exd(?:-|T|  ?)%ExH:?%ExM:?%ExS(?:[.,]%f)?(?:\s*%z)?`,
  String.raw`(?:%Z )?(?:%a )?%b %d %k:%M:%S(?:\.%f)?(?: %ExY)?`,
  String.raw`(?:%z )?(?:%a )?%b %d %k:%M:%S(?:\.%f)?(?: %ExY)?`,
  "TAI64N",
];

const FAR = Number.MAX_SAFE_INTEGER;

interface Habit {
  readonly template: DateTemplate;
  found: number;
  lastUsed: number;
  /** Where its date began last. */
  distance: number;
}

/** `patterns`: those of a filter; none: the usual formats. The error names the pattern. */
export function createDateDetector(patterns: readonly string[]): Result<DateDetector, string> {
  const templates = patterns.length === 0 ? usualTemplates() : templatesOf(patterns);
  return templates.ok ? ok(createFinder(templates.value)) : templates;
}

/** Formats that may stand anywhere are also known bound to the start of the line, and preferred there. */
function usualTemplates(): Result<readonly DateTemplate[], string> {
  const plain = compileAll(DEFAULTS, 1);
  if (!plain.ok) return plain;
  const free = plain.value.filter(
    ({ name }) => !name.startsWith("{^LN-BEG}") && !name.startsWith("^"),
  );
  const bound = compileAll(
    free.map(({ pattern }) => `{^LN-BEG}${pattern}`),
    100,
  );
  return bound.ok ? ok([...bound.value, ...plain.value]) : bound;
}

function templatesOf(patterns: readonly string[]): Result<readonly DateTemplate[], string> {
  const all: DateTemplate[] = [];
  for (const pattern of patterns) {
    const some = templatesOfOne(pattern);
    if (!some.ok) return some;
    // A format that is there already is not added again.
    for (const one of some.value) if (!all.some(({ name }) => name === one.name)) all.push(one);
  }
  return ok(all);
}

function templatesOfOne(pattern: string): Result<readonly DateTemplate[], string> {
  const key = pattern.includes("%") ? pattern : pattern.toUpperCase();
  if (key === "{NONE}") return compileAll(["{UNB}^"], 1);
  if (key === "{DEFAULT}") return usualTemplates();
  if (key === "{^LN-BEG}") {
    const usual = usualTemplates();
    return usual.ok ? ok(usual.value.filter(({ lineBegin }) => lineBegin)) : usual;
  }
  if (!/(?<!\\)\{DATE\}/i.test(pattern)) return compileAll([pattern], 1);
  // Of those that are no pattern of fields, a number is known in any pattern, the other alone at the start of a line.
  const atStart = /^(?:\^|\{\^LN-BEG\})\{DATE\}$/i.test(pattern);
  const inserted = DEFAULTS.map((usual) =>
    pattern.replace(/(?<!\\)\{DATE\}/i, () =>
      usual.replace(/^\{\^LN-BEG\}/, "").replace(/^EPOCH$/, atStart ? "EPOCH" : "{EPOCH}"),
    ),
  );
  return compileAll(inserted, 1);
}

function compileAll(
  patterns: readonly string[],
  weight: number,
): Result<readonly DateTemplate[], string> {
  const templates: DateTemplate[] = [];
  for (const pattern of patterns) {
    const template = compileDatePattern(pattern, { weight });
    if (!template.ok) return fail(`date pattern ${pattern}: ${template.error}`);
    templates.push(template.value);
  }
  return ok(templates);
}

function createFinder(templates: readonly DateTemplate[]): DateDetector {
  const habits: Habit[] = templates.map((template) => ({
    template,
    found: 0,
    lastUsed: 0,
    distance: FAR,
  }));
  /** Index of the pattern that matched last, and where, with its neighbors. */
  let last = FAR;
  let lastStart = { at: 1, before: "", first: "" };
  let lastEnd = { at: FAR, inner: "", after: "" };
  let firstUnused = 0;
  let turn = 0;

  interface Candidate {
    readonly match: DateMatch;
    readonly index: number;
  }

  function find(line: string, context: SearchContext): FoundDate | undefined {
    const { winner, reserve, tried } = tryLast(line, context);
    const chosen = winner ?? search(line, context, reserve, tried);
    if (chosen === undefined) return undefined;
    const { match, index } = chosen;
    const habit = habits[index];
    if (habit === undefined) return undefined;
    habit.found++;
    habit.lastUsed = ++turn;
    habit.distance = match.start;
    if (firstUnused === index) firstUnused++;
    lastStart = {
      at: match.start,
      before: line.slice(Math.max(0, match.start - 1), match.start),
      first: line[match.start] ?? "",
    };
    lastEnd = { at: match.end, inner: line[match.end - 1] ?? "", after: line[match.end] ?? "" };
    last = index > 0 && index !== last ? moveUp(index) : index;
    return { ...match, template: habit.template };
  }

  function tryLast(
    line: string,
    context: SearchContext,
  ): {
    winner: Candidate | undefined;
    reserve: Candidate | undefined;
    tried: number;
  } {
    const habit = habits[last];
    if (habit === undefined) return { winner: undefined, reserve: undefined, tried: FAR };
    const { template } = habit;
    const inPlace = !template.anchored && neighborsAgree(line);
    const match = inPlace
      ? template.find(line, context, { from: lastStart.at, to: Math.min(lastEnd.at, line.length) })
      : template.find(line, context);
    const tried = inPlace ? FAR : last;
    if (match === undefined) return { winner: undefined, reserve: undefined, tried };
    const candidate = { match, index: last };
    const settled =
      habits.length === 1 ||
      template.anchored ||
      (match.start === lastStart.at && match.end === lastEnd.at);
    return settled
      ? { winner: candidate, reserve: undefined, tried }
      : { winner: undefined, reserve: candidate, tried };
  }

  function neighborsAgree(line: string): boolean {
    const { at: start, before, first } = lastStart;
    const { at: end, inner, after } = lastEnd;
    const isWord = (char: string): boolean => /[\p{L}\p{N}]/u.test(char);
    const left =
      line.slice(Math.max(0, start - 1), start) === before ||
      (line[start] === first && !isWord(first));
    const right = (line[end] ?? "") === after || (line[end - 1] === inner && !isWord(inner));
    return left && right;
  }

  function search(
    line: string,
    context: SearchContext,
    reserved: Candidate | undefined,
    tried: number,
  ): Candidate | undefined {
    let reserve = reserved;
    for (const [index, habit] of habits.entries()) {
      if (index === tried) continue;
      const match = habit.template.find(line, context);
      if (match === undefined) continue;
      const candidate = { match, index };
      const next = habits[index + 1];
      if (next === undefined || habit.template.anchored) return candidate;
      if (match.start === 0 && habit.found > 0 && next.found === 0) return candidate;
      // A date farther in than usual may be part of the message.
      if (match.start <= habit.distance && match.start <= lastStart.at) return candidate;
      if (match.start < (reserve?.match.start ?? FAR)) reserve = candidate;
    }
    return reserve;
  }

  function weightOf({ found, template, distance }: Habit): number {
    return (found * template.weight) / Math.max(1, distance);
  }

  /** Toward the front, half way or to the first that was never found; not before a better one. */
  function moveUp(index: number): number {
    const habit = habits[index];
    if (habit === undefined) return index;
    const stale = habit.lastUsed - STALE;
    const beats = (position: number): boolean => {
      const other = habits[position];
      return other !== undefined && (weightOf(habit) > weightOf(other) || stale > other.lastUsed);
    };
    let position = firstUnused < index ? firstUnused : Math.floor(index / 2);
    if (!beats(position)) {
      if (position === index - 1) return index;
      position = index - 1;
      if (!beats(position)) return index;
    }
    habits.splice(index, 1);
    habits.splice(position, 0, habit);
    while ((habits[firstUnused]?.found ?? 0) > 0) firstUnused++;
    return position;
  }

  return {
    find,
    fresh: () => createFinder(templates),
    again() {
      const habit = habits[last];
      if (habit === undefined) return;
      habit.found++;
      habit.lastUsed = ++turn;
    },
    get tally() {
      return habits.map((habit) => ({
        template: habit.template,
        found: habit.found,
        weight: weightOf(habit),
      }));
    },
  };
}

/** Lines after which a pattern counts as long unused; fail2ban takes five minutes. */
const STALE = 10_000;
