/** Compiles a filter's expressions and date patterns into rules, or reports every mistake in them. */
import type { PythonRules } from "../../domain/filter-definition.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { LocalOffset } from "../../parse/header/timestamp.ts";
import { createDateDetector } from "./date-detector.ts";
import {
  compileFilterExpression,
  type ExpressionContext,
  type FilterExpression,
} from "./filter-expression.ts";
import type { Fail2banRules } from "./fail2ban-matcher.ts";
import { zoneOffset } from "./time-zones.ts";

export interface BuildOptions {
  readonly rules: PythonRules;
  readonly localOffset: LocalOffset;
}

export interface FilterError {
  /** Key of the expression, such as "failregex.2". */
  readonly key: string;
  readonly message: { readonly got: string; readonly expected: string };
}

export function buildFilter({
  rules,
  localOffset,
}: BuildOptions): Result<Fail2banRules, readonly FilterError[]> {
  const errors: FilterError[] = [];
  const wrong = (key: string, got: string, expected: string): void => {
    errors.push({ key, message: { got, expected } });
  };
  const context: ExpressionContext = { useDns: rules.usedns, everyLine: false };
  const compile = (
    key: string,
    text: string,
    { everyLine } = context,
  ): FilterExpression | undefined => {
    const compiled = compileFilterExpression(text, { ...context, everyLine });
    if (compiled.ok) return compiled.value;
    wrong(key, text, `an expression of Python's dialect: ${compiled.error}`);
    return undefined;
  };
  const prefix = rules.prefregex === undefined ? undefined : compile("prefregex", rules.prefregex);
  // fail2ban lets ^ and $ match at every line only in a failregex.
  const severalLines = { ...context, everyLine: rules.maxlines > 1 };
  const failures = rules.failregex.flatMap((text, i) => {
    const expression = compile(`failregex.${i}`, text, severalLines);
    if (expression === undefined) return [];
    if (!expression.identifies && prefix?.identifies !== true)
      wrong(`failregex.${i}`, text, "<HOST> or another tag that captures an address or id");
    return [expression];
  });
  const ignored = rules.ignoreregex.flatMap((text, i) => compile(`ignoreregex.${i}`, text) ?? []);
  const dates = createDateDetector(rules.datepattern);
  if (!dates.ok)
    wrong("datepattern", rules.datepattern.join(", "), `a pattern of dates: ${dates.error}`);
  const zone = rules.logtimezone === undefined ? undefined : zoneOffset(rules.logtimezone);
  if (zone?.ok === false) wrong("logtimezone", rules.logtimezone ?? "", zone.error);
  if (errors.length > 0 || !dates.ok) return fail(errors);
  const defaultZone = zone?.ok === true ? zone.value : undefined;
  const { maxlines: maxLines } = rules;
  return ok({ failures, ignored, prefix, maxLines, dates: dates.value, defaultZone, localOffset });
}
