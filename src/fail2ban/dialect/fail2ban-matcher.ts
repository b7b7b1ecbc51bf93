/**
 * Finds failures in lines as fail2ban does with a filter's options. Cuts the date out of a line, applies prefregex,
 * tries failregexes in order, drops lines that an ignoreregex matches, and joins lines of one session. Each source has
 * its own matcher, since it keeps state from line to line. The work per line is bounded.
 */
import type { Instant } from "../../domain/instant.ts";
import type { PythonMatch } from "../../parse/expression/python-expression.ts";
import type { FilterExpression } from "./filter-expression.ts";
import type { Fail2banFailure, ReportOptions } from "./fail2ban-failure.ts";
import { createDateCutter, type DateCutter, type DateRules } from "./fail2ban-matcher/cut-date.ts";
import { type CutLine, endedTextOf } from "./fail2ban-matcher/cut-line.ts";
import { FailureBuilder } from "./fail2ban-matcher/failure-builder.ts";
import { type ExaminedLine, LineState } from "./fail2ban-matcher/line-state.ts";
import { coveredLines, joinLines, type MatchPlace } from "./fail2ban-matcher/line-window.ts";
import {
  createRuleChoice,
  type NumberedRule,
  type RuleChoice,
} from "./fail2ban-matcher/rule-choice.ts";

export interface Fail2banRules extends DateRules {
  readonly failures: readonly FilterExpression[];
  readonly ignored: readonly FilterExpression[];
  readonly prefix: FilterExpression | undefined;
  readonly maxLines: number;
}

export interface ReadLine {
  /** The line, with or without its trailing newline. */
  readonly line: string;
  /** Whether the line is known to be ASCII. */
  readonly ascii?: boolean | undefined;
  /** The time, if the source knows it; the line then contains no date. */
  readonly at: Instant | undefined;
  readonly now: Instant;
  /**
   * What happens to a failure without any date: it gets the present time, is dropped (the default), or is kept without
   * a time.
   */
  readonly undated?: "now" | "drop" | "keep";
}

const NONE: readonly Fail2banFailure[] = [];

export class Fail2banMatcher {
  readonly #rules: Fail2banRules;
  readonly #everyRule: boolean;
  readonly #joinsLines: boolean;
  /**
   * Whether ignoreregexes are tried before the failregexes. If there are many, they are only tried after a failregex
   * matched.
   */
  readonly #ignoresFirst: boolean;
  readonly #contentIndex: number;
  /** Whether the content of prefregex extends to the end of the line, so that no copy is needed. */
  readonly #contentIsTail: boolean;
  readonly #dates: DateCutter;
  readonly #choice: RuleChoice;
  readonly #builder: FailureBuilder;
  readonly #line: LineState;
  #overLimit = 0;

  constructor(rules: Fail2banRules, options: ReportOptions = {}) {
    const { failures, ignored, prefix, maxLines } = rules;
    this.#rules = rules;
    this.#everyRule = options.everyRule ?? false;
    this.#joinsLines = maxLines > 1;
    this.#ignoresFirst = ignored.length > 0 && ignored.length < failures.length - 2;
    this.#contentIndex = prefix?.names.get("content") ?? -1;
    this.#contentIsTail = this.#contentIndex >= 0 && prefix?.closingGroup === this.#contentIndex;
    this.#dates = createDateCutter(rules);
    this.#choice = createRuleChoice(failures, prefix);
    this.#builder = new FailureBuilder(prefix, options);
    this.#line = new LineState(prefix, this.#joinsLines);
  }

  /** State of the line examined last; changes with the next line. */
  get last(): ExaminedLine {
    return this.#line;
  }

  /** Number of lines since the start on which an expression took too long and was aborted. */
  get overLimit(): number {
    return this.#overLimit;
  }

  examine(read: ReadLine): readonly Fail2banFailure[] {
    const line = this.#line;
    line.begin(read.line, read.ascii);
    const cut =
      read.at === undefined
        ? this.#dates.cut(read.line, read.now, line.context)
        : this.#dates.keep(read.line, read.at);
    line.date(cut, read.now, read.undated ?? "drop");
    const found = this.#findFailures(this.#joinsLines ? this.#addToWindow(cut) : endedTextOf(cut));
    if (line.effort.overLimit > 0) this.#overLimit++;
    return found;
  }

  #addToWindow(cut: CutLine): string {
    const line = this.#line;
    line.window = [...line.window, cut].slice(-this.#rules.maxLines);
    const text = joinLines(line.window);
    line.chooseContext(text);
    return text;
  }

  /** Finds failures in `whole`: the line without its date, or all lines of the window. */
  #findFailures(whole: string): readonly Fail2banFailure[] {
    const line = this.#line;
    const { prefix } = this.#rules;
    if (this.#ignoresFirst && this.#isIgnored(whole)) return NONE;
    const { window } = line;
    let text = whole;
    let start = 0;
    if (prefix !== undefined) {
      line.prefixMatch = prefix.search(whole, line.context);
      if (line.prefixMatch === null) return NONE;
      const content = line.prefixMatch[this.#contentIndex];
      if (content) {
        if (this.#contentIsTail && !content.endsWith("\n"))
          start = whole.length - 1 - content.length;
        else text = `${content}\n`;
        if (this.#joinsLines) line.window = [contentLine(content)];
      }
    }
    const rules = this.#joinsLines ? this.#choice.all : this.#choice.of(text, start);
    return rules.length === 0 ? NONE : this.#tryRules(rules, text.slice(start), window);
  }

  /** Tries rules on a text. `whole`: the text before prefregex was applied. */
  #tryRules(
    rules: readonly NumberedRule[],
    whole: string,
    window: readonly CutLine[],
  ): readonly Fail2banFailure[] {
    const line = this.#line;
    let text = whole;
    let found: Fail2banFailure[] | undefined;
    for (const rule of rules) {
      const match = rule.expression.search(text, line.context);
      if (match === null) continue;
      const covered = this.#joinsLines
        ? coveredLines(window, placeOf(rule.expression, match, text))
        : undefined;
      const isExcused =
        this.#rules.ignored.length > 0 &&
        this.#isIgnored(covered === undefined ? text : joinLines(covered.matched));
      if (!isExcused && !line.hasUsableTime) continue;
      if (covered !== undefined) {
        line.window = covered.unmatched;
        text = joinLines(line.window);
      }
      if (!isExcused) {
        const failure = this.#builder.build(rule, match, line, covered?.matched ?? [line.cut]);
        if (failure !== undefined) (found ??= []).push(failure);
      }
      if (!this.#everyRule) break;
    }
    return found ?? NONE;
  }

  #isIgnored(text: string): boolean {
    let isExcused = false;
    const { ignored } = this.#rules;
    for (let number = 0; number < ignored.length; number++) {
      if ((ignored[number]?.search(text, this.#line.context) ?? null) === null) continue;
      isExcused = true;
      this.#line.addIgnoredBy(number);
      if (!this.#everyRule) break;
    }
    return isExcused;
  }
}

function contentLine(content: string): CutLine {
  return { source: content, length: content.length, start: 0, end: 0, at: undefined, lent: "" };
}

function placeOf(expression: FilterExpression, match: PythonMatch, text: string): MatchPlace {
  const { index: start } = match;
  const end = start + (match[0]?.length ?? 0);
  return { text, start, end, skipped: expression.skippedBy(match) };
}
