/** Options of a filter as texts -> the rules it finds failures with, or what is wrong with them. */
import { fail, ok, type Result } from "../domain/result.ts";
import type { LocalOffset } from "../parse/timestamp.ts";
import { createDateDetector } from "./date-detector.ts";
import {
  compileFilterExpression,
  type ExpressionContext,
  type FilterExpression,
  type UseDns,
} from "./filter-expression.ts";
import type { ForeignRules } from "./foreign-filter.ts";
import { zoneOffset } from "./time-zones.ts";

export interface BuildOptions {
  /** failregex, ignoreregex, prefregex, datepattern, maxlines, usedns, logtimezone. */
  readonly options: ReadonlyMap<string, string>;
  readonly localOffset: LocalOffset;
}

/** Every error, each with the option it belongs to. */
export function buildFilter({
  options,
  localOffset,
}: BuildOptions): Result<ForeignRules, readonly string[]> {
  const errors: string[] = [];
  const maxLines = Number(options.get("maxlines") ?? 1);
  const useDns = readUseDns(options.get("usedns"));
  const context: ExpressionContext = { useDns, everyLine: maxLines > 1 };
  const compile = (key: string): readonly FilterExpression[] =>
    lines(options.get(key)).flatMap((text, index) => {
      const compiled = compileFilterExpression(text, context);
      if (compiled.ok) return [compiled.value];
      errors.push(`${key}, line ${index + 1}: ${compiled.error}`);
      return [];
    });
  const failures = compile("failregex");
  const ignored = compile("ignoreregex");
  const prefixText = options.get("prefregex")?.trim();
  const prefix = prefixText ? compileFilterExpression(prefixText, context) : undefined;
  if (prefix?.ok === false) errors.push(`prefregex: ${prefix.error}`);
  const dates = createDateDetector(lines(options.get("datepattern")));
  if (!dates.ok) errors.push(`datepattern: ${dates.error}`);
  const zone = options.get("logtimezone");
  const defaultZone = zone ? zoneOffset(zone) : undefined;
  if (defaultZone?.ok === false) errors.push(`logtimezone: expected ${defaultZone.error}`);
  const identified = prefix?.ok === true && prefix.value.identifies;
  for (const { source, identifies } of failures)
    if (!identifies && !identified)
      errors.push(
        `failregex: expected <HOST> or another tag that says whom it is about, in ${source}`,
      );
  if (errors.length > 0 || !dates.ok) return fail(errors);
  return ok({
    failures,
    ignored,
    prefix: prefix?.ok === true ? prefix.value : undefined,
    maxLines,
    dates: dates.value,
    defaultZone: defaultZone?.ok === true ? defaultZone.value : undefined,
    localOffset,
  });
}

function readUseDns(text: string | undefined): UseDns {
  const value = text?.trim().toLowerCase();
  return value === "yes" || value === "no" || value === "raw" ? value : "warn";
}

function lines(text: string | undefined): readonly string[] {
  return (text ?? "").split("\n").filter((line) => line !== "");
}
