/**
 * Finds the date of a line with several patterns, as fail2ban does. Tries the pattern that matched last first, at the
 * same position. Accepts a date farther from the start than usual for its pattern only when no other pattern matches
 * nearer. Moves patterns that match often to the front. So the result depends on earlier lines.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import type { SearchContext } from "../../parse/expression/python-expression.ts";
import { compileDatePattern, type DateMatch, type DateTemplate } from "./date-pattern.ts";

export interface FoundDate extends DateMatch {
  readonly template: DateTemplate;
}

export interface DateDetector {
  find(line: string, context: SearchContext): FoundDate | undefined;
  /** Counts a cached date as a match of the last pattern. */
  again(): void;
  /** Creates a detector with the same patterns and no history, for another source. */
  fresh(): DateDetector;
  /** The patterns in their present order, each with its number of matches. */
  readonly tally: readonly DateTally[];
}

export interface DateTally {
  readonly template: DateTemplate;
  readonly found: number;
  /** Number that decides the order in which patterns are tried. */
  readonly weight: number;
}

/** Default formats of fail2ban, in its order. */
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
/** Number of matches without this pattern after which it counts as unused; fail2ban uses five minutes. */
const STALE_AFTER = 10_000;

interface Habit {
  readonly template: DateTemplate;
  found: number;
  lastUsed: number;
  /** Position where its last date began. */
  distance: number;
}

interface Candidate {
  readonly match: DateMatch;
  readonly index: number;
}

interface LastTried {
  /** Whether the candidate is accepted without trying the other patterns. */
  readonly isSettled: boolean;
  readonly candidate: Candidate | undefined;
  /** Index of the pattern that was already tried; FAR: none. */
  readonly tried: number;
}

/** Creates a detector. `patterns`: those of a filter; empty: the default formats. The error names the pattern. */
export function createDateDetector(patterns: readonly string[]): Result<DateDetector, string> {
  const templates = patterns.length === 0 ? usualTemplates() : templatesOf(patterns);
  return templates.ok ? ok(new HabitDetector(templates.value)) : templates;
}

/** Returns the default formats, after start-of-line variants of those that match anywhere. */
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
    // Skips a format that is already in the list.
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
  // Formats without fields: {EPOCH} works inside any pattern, EPOCH only at the start of a line.
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
    if (!template.ok) return fail(`${template.error}, in ${pattern}`);
    templates.push(template.value);
  }
  return ok(templates);
}

class HabitDetector implements DateDetector {
  readonly #templates: readonly DateTemplate[];
  /** The patterns, in the order in which they are tried. */
  readonly #habits: Habit[];
  /** Index of the pattern that matched last. */
  #last = FAR;
  /** Position of the last match, and the characters around its start. */
  #lastStart = { at: 1, before: "", first: "" };
  #lastEnd = { at: FAR, inner: "", after: "" };
  #firstUnused = 0;
  #matches = 0;

  constructor(templates: readonly DateTemplate[]) {
    this.#templates = templates;
    this.#habits = templates.map((template) => ({
      template,
      found: 0,
      lastUsed: 0,
      distance: FAR,
    }));
  }

  find(line: string, context: SearchContext): FoundDate | undefined {
    const { isSettled, candidate, tried } = this.#tryLast(line, context);
    const chosen = isSettled ? candidate : this.#search(line, context, candidate, tried);
    if (chosen === undefined) return undefined;
    const { match, index } = chosen;
    const habit = this.#habits[index];
    if (habit === undefined) return undefined;
    habit.distance = match.start;
    this.#countUse(habit);
    if (this.#firstUnused === index) this.#firstUnused++;
    this.#rememberPlace(line, match);
    this.#last = index > 0 && index !== this.#last ? this.#moveUp(index) : index;
    return { ...match, template: habit.template };
  }

  again(): void {
    const habit = this.#habits[this.#last];
    if (habit !== undefined) this.#countUse(habit);
  }

  fresh(): DateDetector {
    return new HabitDetector(this.#templates);
  }

  get tally(): readonly DateTally[] {
    return this.#habits.map((habit) => ({
      template: habit.template,
      found: habit.found,
      weight: weightOf(habit),
    }));
  }

  #countUse(habit: Habit): void {
    habit.found++;
    habit.lastUsed = ++this.#matches;
  }

  #rememberPlace(line: string, { start, end }: DateMatch): void {
    this.#lastStart = {
      at: start,
      before: line.slice(Math.max(0, start - 1), start),
      first: line[start] ?? "",
    };
    this.#lastEnd = { at: end, inner: line[end - 1] ?? "", after: line[end] ?? "" };
  }

  /** Tries the pattern that matched last, at the same position if the characters around it agree. */
  #tryLast(line: string, context: SearchContext): LastTried {
    const habit = this.#habits[this.#last];
    if (habit === undefined) return { isSettled: false, candidate: undefined, tried: FAR };
    const { template } = habit;
    const inPlace = !template.anchored && this.#neighborsAgree(line);
    const match = inPlace
      ? template.find(line, context, {
          from: this.#lastStart.at,
          to: Math.min(this.#lastEnd.at, line.length),
        })
      : template.find(line, context);
    const tried = inPlace ? FAR : this.#last;
    if (match === undefined) return { isSettled: false, candidate: undefined, tried };
    const isSettled =
      this.#habits.length === 1 ||
      template.anchored ||
      (match.start === this.#lastStart.at && match.end === this.#lastEnd.at);
    return { isSettled, candidate: { match, index: this.#last }, tried };
  }

  #neighborsAgree(line: string): boolean {
    const { at: start, before, first } = this.#lastStart;
    const { at: end, inner, after } = this.#lastEnd;
    const left =
      line.slice(Math.max(0, start - 1), start) === before ||
      (line[start] === first && !isWord(first));
    const right = (line[end] ?? "") === after || (line[end - 1] === inner && !isWord(inner));
    return left && right;
  }

  /** Tries all patterns in order, except the one already tried. */
  #search(
    line: string,
    context: SearchContext,
    reserved: Candidate | undefined,
    tried: number,
  ): Candidate | undefined {
    let reserve = reserved;
    for (const [index, habit] of this.#habits.entries()) {
      if (index === tried) continue;
      const match = habit.template.find(line, context);
      if (match === undefined) continue;
      const candidate = { match, index };
      const next = this.#habits[index + 1];
      if (next === undefined || habit.template.anchored) return candidate;
      if (match.start === 0 && habit.found > 0 && next.found === 0) return candidate;
      // A date farther from the start than usual may be part of the message.
      if (match.start <= habit.distance && match.start <= this.#lastStart.at) return candidate;
      if (match.start < (reserve?.match.start ?? FAR)) reserve = candidate;
    }
    return reserve;
  }

  /** Moves a pattern halfway to the front, or to the first unused one, but not before a pattern of higher weight. */
  #moveUp(index: number): number {
    const habits = this.#habits;
    const habit = habits[index];
    if (habit === undefined) return index;
    let position = this.#firstUnused < index ? this.#firstUnused : Math.floor(index / 2);
    if (!this.#beats(habit, position)) {
      if (position === index - 1) return index;
      position = index - 1;
      if (!this.#beats(habit, position)) return index;
    }
    habits.splice(index, 1);
    habits.splice(position, 0, habit);
    while ((habits[this.#firstUnused]?.found ?? 0) > 0) this.#firstUnused++;
    return position;
  }

  #beats(habit: Habit, position: number): boolean {
    const other = this.#habits[position];
    if (other === undefined) return false;
    return weightOf(habit) > weightOf(other) || habit.lastUsed - STALE_AFTER > other.lastUsed;
  }
}

function weightOf({ found, template, distance }: Habit): number {
  return (found * template.weight) / Math.max(1, distance);
}

function isWord(char: string): boolean {
  return /[\p{L}\p{N}]/u.test(char);
}
