/**
 * Finds failures in lines the way fail2ban does with a filter's options: the date is cut out of the line, prefregex
 * narrows, failregexes are tried in order, ignoreregexes excuse, and lines of one session are joined. One belongs to one
 * source. Owns what is remembered of the lines before, and how much work a line may cost.
 */
import type { Instant } from "../domain/instant.ts";
import { isAscii } from "../parse/is-ascii.ts";
import type { PythonMatch, SearchContext } from "../parse/python-expression.ts";
import { createEffort, LINE_EFFORT } from "../parse/search-effort.ts";
import type { FilterExpression, Groups } from "./filter-expression.ts";
import { createDateCutter, type DateRules } from "./foreign-filter/cut-date.ts";
import { type CutLine, endedTextOf, lineOf, textOf } from "./foreign-filter/cut-line.ts";
import { coveredLines, joinLines, type MatchPlace } from "./foreign-filter/line-window.ts";
import { createRuleChoice, type NumberedRule } from "./foreign-filter/rule-choice.ts";
import { createSessions } from "./foreign-filter/sessions.ts";

export interface ForeignRules extends DateRules {
  readonly failures: readonly FilterExpression[];
  readonly ignored: readonly FilterExpression[];
  readonly prefix: FilterExpression | undefined;
  readonly maxLines: number;
}

export interface ForeignFailure {
  /** context: the line is none, but belongs to a session; pending: it is one, of nobody known yet. */
  readonly outcome: "failure" | "context" | "pending";
  /** Index of the failregex. */
  readonly rule: number;
  /** Address, network or name as the line gives it. */
  readonly id: string | undefined;
  readonly kind: "address" | "name" | "other";
  readonly at: Instant | undefined;
  /** Good until the next line is looked at. */
  readonly groups: Groups;
  /** Lines of the session that led to it; few ask. */
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

const NONE: readonly ForeignFailure[] = [];
const NOBODY: ReadonlySet<string> = new Set();

export function createForeignFilter(
  rules: ForeignRules,
  { everyRule = false, tellPending = false }: LookOptions = {},
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
  let givenUp = 0;
  let current: CutLine | undefined;
  /** With maxlines the last lines. */
  let window: readonly CutLine[] = [];
  let before: PythonMatch | null = null;
  let ignoredBy: number[] = [];

  /** A line while it is looked at. */
  interface Looking {
    readonly cut: CutLine;
    readonly context: SearchContext;
    readonly at: Instant | undefined;
    readonly now: Instant;
    readonly undated: ReadLine["undated"];
  }

  function look({
    line,
    ascii,
    at,
    now,
    undated = "dropped",
  }: ReadLine): readonly ForeignFailure[] {
    effort.left = LINE_EFFORT;
    effort.givenUp = 0;
    before = null;
    if (ignoredBy.length > 0) ignoredBy = [];
    let context = (ascii ?? isAscii(line)) ? plain : foreign;
    current = at === undefined ? dates.cut(line, now, context) : dates.keep(line, at);
    let text: string;
    if (several) {
      window = [...window, current].slice(-maxLines);
      text = joinLines(window);
      context = isAscii(text) ? plain : foreign;
    } else text = endedTextOf(current);
    const when = current.at ?? (undated === "now" ? now : undefined);
    const found = find(text, { cut: current, context, at: when, now, undated });
    if (effort.givenUp > 0) givenUp++;
    return found;
  }

  function find(whole: string, looking: Looking): readonly ForeignFailure[] {
    const { context, cut } = looking;
    const few = ignored.length > 0 && ignored.length < failures.length - 2;
    if (few && isIgnored(whole, context)) return NONE;
    const original = window;
    let text = whole;
    if (prefix !== undefined) {
      before = prefix.search(whole, context);
      if (before === null) return NONE;
      const content = before.texts[contentIndex];
      if (content) {
        text = contentCloses ? withLineEnd(content, whole) : `${content}\n`;
        if (several) window = [contentLine(content)];
      }
    }
    let found: ForeignFailure[] | undefined;
    for (const rule of several ? choice.all : choice.of(text)) {
      const match = rule.expression.search(text, context);
      if (match === null) continue;
      const covered = several
        ? coveredLines(original, placeOf(rule.expression, match, text))
        : undefined;
      const excused =
        ignored.length > 0 &&
        isIgnored(covered === undefined ? text : joinLines(covered.matched), context);
      if (!excused && looking.at === undefined && looking.undated !== "told") continue;
      if (covered !== undefined) {
        window = covered.unmatched;
        text = joinLines(window);
      }
      if (!excused) {
        const failure = judge(rule, match, covered?.matched ?? [cut], looking);
        if (failure !== undefined) (found ??= []).push(failure);
      }
      if (!everyRule) break;
    }
    return found ?? NONE;
  }

  function isIgnored(text: string, context: SearchContext): boolean {
    let excused = false;
    for (const [number, expression] of ignored.entries()) {
      if (expression.search(text, context) === null) continue;
      excused = true;
      ignoredBy.push(number);
      if (!everyRule) break;
    }
    return excused;
  }

  /** What the prefix says, and over it what the failregex says. */
  function groupsOf(expression: FilterExpression, match: PythonMatch): Groups {
    const groups: Groups = new Map();
    if (before !== null) {
      prefix?.tell(before, groups);
      groups.delete("content");
    }
    expression.tell(match, groups);
    return groups;
  }

  /** undefined: nothing to tell. */
  function judge(
    rule: NumberedRule,
    match: PythonMatch,
    lines: readonly CutLine[],
    { at, now }: Looking,
  ): ForeignFailure | undefined {
    const key = rule.session(match, before);
    if (key !== undefined && !everyRule && endsNothing(rule, match, key, now)) return undefined;
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
    const session = sessions.join(key, groups, { lines, now });
    if (session.context && !everyRule) return undefined;
    const who = identify(session.groups);
    if (who.id === undefined) session.suspend();
    const outcome = session.context ? "context" : who.id === undefined ? "pending" : "failure";
    if (outcome === "pending" && !everyRule && !tellPending) return undefined;
    const { users, lines: led } = session;
    // The next failregex may change what the session holds.
    const told = everyRule ? new Map(session.groups) : session.groups;
    return { outcome, rule: number, at, ...who, groups: told, users, lines: () => led.map(lineOf) };
  }

  /** A harmless line that ends a session nobody knows: most lines of busy logs. */
  function endsNothing(rule: NumberedRule, match: PythonMatch, key: string, now: Instant): boolean {
    if (!rule.forget(match, before) || sessions.has(key, now)) return false;
    return Boolean(rule.nofail(match, before)) || Boolean(rule.gained(match, before));
  }

  return {
    look,
    last: {
      get text() {
        return current === undefined ? "" : textOf(current);
      },
      get prefixMatched() {
        return before !== null;
      },
      get prefix() {
        if (before === null || prefix === undefined) return undefined;
        const said: Groups = new Map();
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

/** Content that reaches to the end of its line: nothing is copied. */
function withLineEnd(content: string, whole: string): string {
  return content.endsWith("\n") ? `${content}\n` : whole.slice(-1 - content.length);
}

function contentLine(content: string): CutLine {
  return { source: content, length: content.length, start: 0, end: 0, at: undefined, lent: "" };
}

function placeOf(expression: FilterExpression, match: PythonMatch, text: string): MatchPlace {
  const { index: start } = match;
  const end = start + (match.texts[0]?.length ?? 0);
  return { text, start, end, skipped: expression.skippedBy(match) };
}

function identify(groups: Groups): Pick<ForeignFailure, "id" | "kind"> {
  const fid = groups.get("fid");
  const address = groups.get("ip4") ?? groups.get("ip6");
  if (address === undefined) {
    const name = groups.get("dns");
    return name === undefined ? { id: fid, kind: "other" } : { id: name, kind: "name" };
  }
  if (fid !== undefined && fid !== address) {
    groups.set("ip", address);
    return { id: fid, kind: "other" };
  }
  const cidr = groups.get("cidr");
  return { id: cidr ? `${address}/${cidr}` : address, kind: "address" };
}
