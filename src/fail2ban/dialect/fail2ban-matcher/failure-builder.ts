/**
 * Converts the match of a failregex to a failure, joined with the other lines of its session. A harmless line that ends
 * its session is handled without creating groups.
 */
import type { Instant } from "../../../domain/instant.ts";
import type { PythonMatch } from "../../../parse/expression/python-expression.ts";
import type { FilterExpression } from "../filter-expression.ts";
import type { Fail2banFailure, ReportOptions } from "../fail2ban-failure.ts";
import { Groups } from "../groups.ts";
import { type CutLine, lineOf } from "./cut-line.ts";
import { identify } from "./identify.ts";
import { type NumberedRule, textAt } from "./rule-choice.ts";
import { Sessions } from "./sessions.ts";

/** The line in which a failregex matched. */
export interface MatchedLine {
  readonly prefixMatch: PythonMatch | null;
  readonly failureAt: Instant | undefined;
  readonly now: Instant;
}

const NO_USERS: ReadonlySet<string> = new Set();
const NO_LINES: readonly CutLine[] = [];

export class FailureBuilder {
  readonly #prefix: FilterExpression | undefined;
  /** Whether prefregex has groups besides its content. */
  readonly #prefixHasGroups: boolean;
  readonly #everyRule: boolean;
  readonly #reportPending: boolean;
  readonly #keepLines: boolean;
  readonly #sessions: Sessions = new Sessions();

  constructor(
    prefix: FilterExpression | undefined,
    { everyRule = false, reportPending = false, keepLines = false }: ReportOptions,
  ) {
    this.#prefix = prefix;
    this.#prefixHasGroups = [...(prefix?.names.keys() ?? [])].some((name) => name !== "content");
    this.#everyRule = everyRule;
    this.#reportPending = reportPending;
    this.#keepLines = keepLines;
  }

  /** Returns the failure, or undefined if the line reports no failure. `lines`: those that the match covers. */
  build(
    rule: NumberedRule,
    match: PythonMatch,
    line: MatchedLine,
    lines: readonly CutLine[],
  ): Fail2banFailure | undefined {
    const { prefixMatch, failureAt: at } = line;
    const key = textAt(rule.session, match, prefixMatch);
    if (key !== undefined) {
      const isQuiet = !this.#everyRule && this.#endsQuietly(key, rule, match, line);
      return isQuiet ? undefined : this.#joinSession(key, rule, match, line, lines);
    }
    const groups = this.#groupsOf(rule.expression, match, prefixMatch);
    return {
      outcome: "failure",
      rule: rule.number,
      at,
      ...identify(groups),
      groups,
      users: NO_USERS,
      lines: () => lines.map(lineOf),
    };
  }

  #joinSession(
    key: string,
    rule: NumberedRule,
    match: PythonMatch,
    { prefixMatch, failureAt: at, now }: MatchedLine,
    lines: readonly CutLine[],
  ): Fail2banFailure | undefined {
    const groups = this.#groupsOf(rule.expression, match, prefixMatch);
    const kept = this.#keepLines ? lines : NO_LINES;
    const session = this.#sessions.join(key, groups, { lines: kept, now });
    if (session.context && !this.#everyRule) return undefined;
    const id = identify(session.groups);
    if (id.id === undefined) session.suspend();
    const outcome = session.context ? "context" : id.id === undefined ? "pending" : "failure";
    if (outcome === "pending" && !this.#everyRule && !this.#reportPending) return undefined;
    const reported = this.#keepLines ? session.lines : lines;
    return {
      outcome,
      rule: rule.number,
      at,
      ...id,
      // A copy, because the next failregex may change the session's groups.
      groups: this.#everyRule ? session.groups.copy() : session.groups,
      users: session.users,
      lines: () => reported.map(lineOf),
    };
  }

  /** Ends a session with a harmless line, without joining it: most lines of busy logs. */
  #endsQuietly(
    key: string,
    rule: NumberedRule,
    match: PythonMatch,
    { prefixMatch, now }: MatchedLine,
  ): boolean {
    if (!textAt(rule.forget, match, prefixMatch) || rule.combines) return false;
    const gained = Boolean(textAt(rule.gained, match, prefixMatch));
    if (!gained && !textAt(rule.nofail, match, prefixMatch)) return false;
    return this.#sessions.end(key, { gained, user: textAt(rule.user, match, prefixMatch), now });
  }

  /** Returns the groups of prefregex, overridden by those of the matching failregex, as since fail2ban 1.1. */
  #groupsOf(
    expression: FilterExpression,
    match: PythonMatch,
    prefixMatch: PythonMatch | null,
  ): Groups {
    const groups = new Groups();
    if (prefixMatch === null || !this.#prefixHasGroups) expression.capture(match, groups);
    else {
      this.#prefix?.capture(prefixMatch, groups);
      groups.delete("content");
      expression.add(match, groups);
    }
    return groups;
  }
}
