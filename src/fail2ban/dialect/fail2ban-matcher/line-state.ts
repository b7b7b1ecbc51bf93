/**
 * Holds the state of the examined line, and what expressions found in it. One object is reused for all lines of a
 * filter.
 */
import { type Instant, instant } from "../../../domain/instant.ts";
import { isAscii } from "../../../parse/is-ascii.ts";
import type { PythonMatch, SearchContext } from "../../../parse/expression/python-expression.ts";
import { createEffort, type Effort, LINE_EFFORT } from "../../../parse/expression/search-effort.ts";
import type { FilterExpression } from "../filter-expression.ts";
import { Groups } from "../groups.ts";
import { type CutLine, lineOf, textOf } from "./cut-line.ts";

export interface ExaminedLine {
  /** The text without its date. */
  readonly text: string;
  /** The time of the line, from its own date or an earlier line's. */
  readonly at: Instant | undefined;
  readonly prefixMatched: boolean;
  /** Groups of prefregex; undefined: it did not match. */
  readonly prefix: Groups | undefined;
  /** Indexes of the ignoreregexes that matched. */
  readonly ignoredBy: readonly number[];
  /** Lines kept because a match may need them (maxlines). */
  readonly waiting: readonly string[];
  /** Steps of the backtracking matcher over all expressions, at most LINE_EFFORT. V8's matching is not counted. */
  readonly steps: number;
}

export class LineState implements ExaminedLine {
  readonly effort: Effort = createEffort();
  readonly #ascii: SearchContext = { ascii: true, effort: this.effort };
  readonly #unicode: SearchContext = { ascii: false, effort: this.effort };
  readonly #prefix: FilterExpression | undefined;
  readonly #keepsWindow: boolean;
  context: SearchContext = this.#ascii;
  #cut: CutLine = { source: "", length: 0, start: 0, end: 0, at: undefined, lent: "" };
  #now: Instant = instant(0);
  #failureAt: Instant | undefined;
  #keepsUndated = false;
  /** The last lines, if the filter matches several (maxlines). */
  window: readonly CutLine[] = [];
  prefixMatch: PythonMatch | null = null;
  #ignoredBy: number[] = [];

  constructor(prefix: FilterExpression | undefined, keepsWindow: boolean) {
    this.#prefix = prefix;
    this.#keepsWindow = keepsWindow;
  }

  /** Resets the state for a new line, except the window. */
  begin(line: string, isKnownAscii: boolean | undefined): void {
    this.effort.left = LINE_EFFORT;
    this.effort.overLimit = 0;
    this.prefixMatch = null;
    if (this.#ignoredBy.length > 0) this.#ignoredBy = [];
    this.context = (isKnownAscii ?? isAscii(line)) ? this.#ascii : this.#unicode;
  }

  date(cut: CutLine, now: Instant, undated: "now" | "drop" | "keep"): void {
    this.#cut = cut;
    this.#now = now;
    this.#failureAt = cut.at ?? (undated === "now" ? now : undefined);
    this.#keepsUndated = undated === "keep";
  }

  get cut(): CutLine {
    return this.#cut;
  }

  get now(): Instant {
    return this.#now;
  }

  /** The time of failures in this line. */
  get failureAt(): Instant | undefined {
    return this.#failureAt;
  }

  /** Whether failures in this line have a time or need none. */
  get hasUsableTime(): boolean {
    return this.#failureAt !== undefined || this.#keepsUndated;
  }

  chooseContext(text: string): void {
    this.context = isAscii(text) ? this.#ascii : this.#unicode;
  }

  addIgnoredBy(rule: number): void {
    this.#ignoredBy.push(rule);
  }

  get text(): string {
    return textOf(this.#cut);
  }

  get at(): Instant | undefined {
    return this.#cut.at;
  }

  get prefixMatched(): boolean {
    return this.prefixMatch !== null;
  }

  get prefix(): Groups | undefined {
    if (this.prefixMatch === null || this.#prefix === undefined) return undefined;
    const groups = new Groups();
    this.#prefix.capture(this.prefixMatch, groups);
    return groups;
  }

  get ignoredBy(): readonly number[] {
    return this.#ignoredBy;
  }

  get waiting(): readonly string[] {
    return this.#keepsWindow ? this.window.map(lineOf) : [];
  }

  get steps(): number {
    return LINE_EFFORT - this.effort.left;
  }
}
