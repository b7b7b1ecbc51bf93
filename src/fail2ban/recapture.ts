/**
 * What a filter captured from the lines that led to a ban (<F-USER>, <F-ID>, groups of one's own): the lines are kept in
 * the book, so they are read once more when an action asks.
 */
import type { PythonRules } from "../domain/filter-definition.ts";
import type { Instant } from "../domain/instant.ts";
import type { LocalOffset } from "../parse/timestamp.ts";
import { buildFilter } from "./build-filter.ts";
import { createForeignFilter } from "./foreign-filter.ts";

export interface RecaptureOptions {
  readonly rules: PythonRules;
  readonly localOffset: LocalOffset;
  readonly now: () => Instant;
  /** Programs whose entries come from a journal, whose lines are kept without their head; else none. */
  readonly journalPrograms: readonly string[];
}

/** Later lines win. */
export function createRecapture({
  rules,
  localOffset,
  now,
  journalPrograms,
}: RecaptureOptions): (lines: readonly string[]) => ReadonlyMap<string, string> {
  const built = buildFilter({ rules, localOffset });
  const heads = ["", ...journalPrograms.map((program) => `host ${program}[1]: `)];
  return (lines) => {
    const captured = new Map<string, string>();
    if (!built.ok) return captured;
    const filter = createForeignFilter(built.value);
    for (const line of lines) {
      for (const head of heads) {
        const at = head === "" ? undefined : now();
        const failures = filter.look({ line: head + line, at, now: now() });
        for (const { groups } of failures)
          for (const [name, value] of groups) if (value !== undefined) captured.set(name, value);
        if (failures.length > 0) break;
      }
    }
    return captured;
  };
}
