/**
 * Captures a filter's groups (<F-USER>, <F-ID>, custom ones) again from the lines that led to a ban: the ban book
 * stores only the lines.
 */
import type { Instant } from "../../domain/instant.ts";
import type { Recapture, RecaptureOptions } from "../../parse/filter/recapture.ts";
import { Fail2banMatcher, type Fail2banRules } from "./fail2ban-matcher.ts";

export function createRecapture(
  rules: Fail2banRules,
  { localOffset, now, journalPrograms }: RecaptureOptions,
): Recapture {
  const heads = ["", ...journalPrograms.map((program) => `host ${program}[1]: `)];
  return (lines) => {
    const filter = new Fail2banMatcher({ ...rules, dates: rules.dates.fresh(), localOffset });
    const captured = lines.flatMap((line) => captureFirst(filter, line, heads, now));
    return new Map(captured);
  };
}

/** Returns the groups of a line, tried with each header until the line is a failure. */
function captureFirst(
  filter: Fail2banMatcher,
  line: string,
  heads: readonly string[],
  now: () => Instant,
): readonly (readonly [string, string])[] {
  for (const head of heads) {
    const at = head === "" ? undefined : now();
    // A line without a date was a failure at its arrival.
    const failures = filter.examine({ line: head + line, at, now: now(), undated: "now" });
    if (failures.length === 0) continue;
    return failures.flatMap(({ groups }) =>
      [...groups].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    );
  }
  return [];
}
