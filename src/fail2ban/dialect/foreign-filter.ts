/**
 * Finds failures in lines the way fail2ban does with a filter's options: the date is cut out of the line, prefregex
 * narrows, failregexes are tried in order, ignoreregexes excuse, and lines of one session are joined. One belongs to one
 * source. Owns what is remembered of the lines before, and how much work a line may cost.
 */
import type { Instant } from "../../domain/instant.ts";
import { isAscii } from "../../parse/is-ascii.ts";
import type { PythonMatch, SearchContext } from "../../parse/expression/python-expression.ts";
import { createEffort, LINE_EFFORT } from "../../parse/expression/search-effort.ts";
import type { FilterExpression } from "./filter-expression.ts";
import { createDateCutter, type DateRules } from "./foreign-filter/cut-date.ts";
import { type CutLine, endedTextOf, lineOf, textOf } from "./foreign-filter/cut-line.ts";
import { coveredLines, joinLines, type MatchPlace } from "./foreign-filter/line-window.ts";
import { type FailureId, identify } from "./foreign-filter/identify.ts";
import { createRuleChoice, type NumberedRule, textAt } from "./foreign-filter/rule-choice.ts";
import { createSessions } from "./foreign-filter/sessions.ts";
import { Groups } from "./groups.ts";

export interface ForeignRules extends DateRules {
  readonly failures: readonly FilterExpression[];
  readonly ignored: readonly FilterExpression[];
  readonly prefix: FilterExpression | undefined;
  readonly maxLines: number;
}

export interface ForeignFailure extends FailureId {
  /** context: the line is none, but belongs to a session; pending: it is one, of nobody known yet. */
  readonly outcome: "failure" | "context" | "pending";
  /** Index of the failregex. */
  readonly rule: number;
  readonly at: Instant | undefined;
  /** Good until the next line is looked at. */
  readonly groups: Groups;
  /** Lines that led to it, those of its session only where they are kept; few ask. */
  readonly lines: () => readonly string[];
  /** Every user name tried in the session. */
  readonly users: ReadonlySet<string>;
}

export interface ReadLine {
  /** Maybe with its line end. */
  readonly line: string;
  /** The line is known to hold ASCII only. */
  readonly ascii?: boolean | undefined;
  /** Of a source that knows it; then the line holds no date. */
  readonly at: Instant | undefined;
  readonly now: Instant;
  /** What becomes of a failure in a line without any date: it happened now, is dropped (usual), or told without one. */
  readonly undated?: "now" | "dropped" | "told";
}

export interface LookOptions {
  /** Every failregex is tried, not only until the first match, and lines of context are told of: for tests. */
  readonly everyRule?: boolean;
  /** Failures of nobody known yet are told, too. */
  readonly tellPending?: boolean;
  /** Of a session every line that led to a failure is told, not only the last. */
  readonly keepLines?: boolean;
}

export interface ForeignFilter {
  look(read: ReadLine): readonly ForeignFailure[];
  /** Of the line looked at last. */
  readonly last: LookedAt;
  /** Lines on which an expression was given up because it took too long, since the start. */
  readonly givenUp: number;
}

export interface LookedAt {
  /** Without its date. */
  readonly text: string;
  /** When it was written, as far as it or the lines before say. */
  readonly at: Instant | undefined;
  readonly prefixMatched: boolean;
  /** What prefregex said; undefined: it did not match. */
  readonly prefix: Groups | undefined;
  /** Indexes of the ignoreregexes that excused it. */
  readonly ignoredBy: readonly number[];
  /** Lines kept because a match may need them (maxlines). */
  readonly waiting: readonly string[];
  /** Of the exact matcher, over all expressions; LINE_EFFORT is the most. What V8 looks at takes none. */
  readonly steps: number;
}

/** Lines that a failregex matched. */
interface Judged {
  readonly lines: readonly CutLine[];
  readonly at: Instant | undefined;
  readonly now: Instant;
}

const NONE: readonly ForeignFailure[] = [];
const NOBODY: ReadonlySet<string> = new Set();
const NO_LINES: readonly CutLine[] = [];

export function createForeignFilter(
  rules: ForeignRules,
  { everyRule = false, tellPending = false, keepLines = false }: LookOptions = {},
): ForeignFilter {
  const { failures, ignored, prefix, maxLines } = rules;
  const several = maxLines > 1;
  const dates = createDateCutter(rules);
  const choice = createRuleChoice(failures, prefix);
  const sessions = createSessions();
  const effort = createEffort();
  const plain: SearchContext = { ascii: true, effort };
  const foreign: SearchContext = { ascii: false, effort };
  const contentIndex = prefix?.names.get("content") ?? -1;
  const contentCloses = contentIndex >= 0 && prefix?.closingGroup === contentIndex;
  /** Whether prefregex has groups besides the text it passes on. */
  const prefixNames = [...(prefix?.names.keys() ?? [])].some((name) => name !== "content");
  let givenUp = 0;
  let current: CutLine | undefined;
  let context = plain;
  /** With maxlines the last lines. */
  let window: readonly CutLine[] = [];
  let before: PythonMatch | null = null;
  let ignoredBy: number[] = [];

  function look(read: ReadLine): readonly ForeignFailure[] {
    const { line, now } = read;
    effort.left = LINE_EFFORT;
    effort.givenUp = 0;
    before = null;
    if (ignoredBy.length > 0) ignoredBy = [];
    context = (read.ascii ?? isAscii(line)) ? plain : foreign;
    current = read.at === undefined ? dates.cut(line, now, context) : dates.keep(line, read.at);
    let text: string;
    if (several) {
      window = [...window, current].slice(-maxLines);
      text = joinLines(window);
      context = isAscii(text) ? plain : foreign;
    } else text = endedTextOf(current);
    const found = find(text, current, read);
    if (effort.givenUp > 0) givenUp++;
    return found;
  }

  function find(
    whole: string,
    cut: CutLine,
    { now, undated = "dropped" }: ReadLine,
  ): readonly ForeignFailure[] {
    const few = ignored.length > 0 && ignored.length < failures.length - 2;
    if (few && isIgnored(whole)) return NONE;
    const original = window;
    let text = whole;
    let start = 0;
    if (prefix !== undefined) {
      before = prefix.search(whole, context);
      if (before === null) return NONE;
      const content = before[contentIndex];
      if (content) {
        if (contentCloses && !content.endsWith("\n")) start = whole.length - 1 - content.length;
        else text = `${content}\n`;
        if (several) window = [contentLine(content)];
      }
    }
    const possible = several ? choice.all : choice.of(text, start);
    if (possible.length === 0) return NONE;
    text = text.slice(start);
    const at = cut.at ?? (undated === "now" ? now : undefined);
    let found: ForeignFailure[] | undefined;
    for (const rule of possible) {
      const match = rule.expression.search(text, context);
      if (match === null) continue;
      const covered = several
        ? coveredLines(original, placeOf(rule.expression, match, text))
        : undefined;
      const excused =
        ignored.length > 0 && isIgnored(covered === undefined ? text : joinLines(covered.matched));
      if (!excused && at === undefined && undated !== "told") continue;
      if (covered !== undefined) {
        window = covered.unmatched;
        text = joinLines(window);
      }
      if (!excused) {
        const failure = judge(rule, match, { lines: covered?.matched ?? [cut], at, now });
        if (failure !== undefined) (found ??= []).push(failure);
      }
      if (!everyRule) break;
    }
    return found ?? NONE;
  }

  function isIgnored(text: string): boolean {
    let excused = false;
    for (const [number, expression] of ignored.entries()) {
      if (expression.search(text, context) === null) continue;
      excused = true;
      ignoredBy.push(number);
      if (!everyRule) break;
    }
    return excused;
  }

  /** The groups of prefregex, replaced by those of the failregex that took part, as since fail2ban 1.1. */
  function groupsOf(expression: FilterExpression, match: PythonMatch): Groups {
    const groups = new Groups();
    if (before === null || !prefixNames) expression.tell(match, groups);
    else {
      prefix?.tell(before, groups);
      groups.delete("content");
      expression.add(match, groups);
    }
    return groups;
  }

  /** undefined: nothing to tell. */
  function judge(
    rule: NumberedRule,
    match: PythonMatch,
    { lines, at, now }: Judged,
  ): ForeignFailure | undefined {
    const key = textAt(rule.session, match, before);
    if (key !== undefined && !everyRule && endsQuietly(rule, match, key, now)) return undefined;
    const groups = groupsOf(rule.expression, match);
    const { number } = rule;
    if (key === undefined) {
      return {
        outcome: "failure",
        rule: number,
        at,
        ...identify(groups),
        groups,
        users: NOBODY,
        lines: () => lines.map(lineOf),
      };
    }
    const session = sessions.join(key, groups, { lines: keepLines ? lines : NO_LINES, now });
    if (session.context && !everyRule) return undefined;
    const who = identify(session.groups);
    if (who.id === undefined) session.suspend();
    const outcome = session.context ? "context" : who.id === undefined ? "pending" : "failure";
    if (outcome === "pending" && !everyRule && !tellPending) return undefined;
    const { users } = session;
    const led = keepLines ? session.lines : lines;
    // The next failregex may change what the session holds.
    const told = everyRule ? session.groups.copy() : session.groups;
    return { outcome, rule: number, at, ...who, groups: told, users, lines: () => led.map(lineOf) };
  }

  /** A harmless line that ends its session: most lines of busy logs. */
  function endsQuietly(rule: NumberedRule, match: PythonMatch, key: string, now: Instant): boolean {
    if (!textAt(rule.forget, match, before) || rule.combines) return false;
    const gained = Boolean(textAt(rule.gained, match, before));
    if (!gained && !textAt(rule.nofail, match, before)) return false;
    return sessions.end(key, { gained, user: textAt(rule.user, match, before), now });
  }

  return {
    look,
    last: {
      get text() {
        return current === undefined ? "" : textOf(current);
      },
      get at() {
        return current?.at;
      },
      get prefixMatched() {
        return before !== null;
      },
      get prefix() {
        if (before === null || prefix === undefined) return undefined;
        const said = new Groups();
        prefix.tell(before, said);
        return said;
      },
      get ignoredBy() {
        return ignoredBy;
      },
      get waiting() {
        return several ? window.map(lineOf) : [];
      },
      get steps() {
        return LINE_EFFORT - effort.left;
      },
    },
    get givenUp() {
      return givenUp;
    },
  };
}

function contentLine(content: string): CutLine {
  return { source: content, length: content.length, start: 0, end: 0, at: undefined, lent: "" };
}

function placeOf(expression: FilterExpression, match: PythonMatch, text: string): MatchPlace {
  const { index: start } = match;
  const end = start + (match[0]?.length ?? 0);
  return { text, start, end, skipped: expression.skippedBy(match) };
}
