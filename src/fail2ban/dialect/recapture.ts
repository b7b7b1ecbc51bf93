/**
 * What a filter captured from the lines that led to a ban (<F-USER>, <F-ID>, groups of one's own): the lines are kept in
 * the book, so they are read once more when an action asks.
 */
import type { Recapture, RecaptureOptions } from "../../parse/filter/recapture.ts";
import { createForeignFilter, type ForeignRules } from "./foreign-filter.ts";

export function createRecapture(
  rules: ForeignRules,
  { localOffset, now, journalPrograms }: RecaptureOptions,
): Recapture {
  const heads = ["", ...journalPrograms.map((program) => `host ${program}[1]: `)];
  return (lines) => {
    const captured = new Map<string, string>();
    const filter = createForeignFilter({ ...rules, dates: rules.dates.fresh(), localOffset });
    for (const line of lines) {
      for (const head of heads) {
        const at = head === "" ? undefined : now();
        const failures = filter.examine({ line: head + line, at, now: now() });
        for (const { groups } of failures)
          for (const [name, value] of groups) if (value !== undefined) captured.set(name, value);
        if (failures.length > 0) break;
      }
    }
    return captured;
  };
}
