/**
 * Explains how far a line matches each rule of a filter, and where it diverges. For people who write filters: it
 * compiles parts of patterns again and again, and no log is read with it. Pure.
 */
import {
  type FilterDefinition,
  patternsOf,
  type RuleDefinition,
  STRICTEST_MODE,
} from "../../domain/filter-definition.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { createLineRouter } from "../route/line-router.ts";
import { sampleBatch } from "../route/sample-batch.ts";
import { compileFilter } from "./compile-filter.ts";
import { compileLinear } from "../expression/linear-expression.ts";
import { createHeader } from "../header/header.ts";
import { readHeader } from "../header/read-header.ts";
import { createStampContext } from "../header/stamp.ts";
import { compileTimeFormat } from "../header/scan-stamp.ts";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { isColored, stripColors } from "../structured/strip-colors.ts";
import { parsePattern, type PatternPart } from "../pattern/pattern.ts";
import { writePattern } from "../pattern/write-pattern.ts";

export interface RuleAttempt {
  readonly rule: string;
  readonly isMatch: boolean;
  /** The beginning of the line that the closest pattern matches; "": nothing. */
  readonly matched: string;
  /** The part of the pattern that does not match, as written. */
  readonly expected: string;
  /** The line from the position of the mismatch. */
  readonly found: string;
}

/** The filter's own log: its lines count whatever program they name. */
export type ExplainedLog = "shared" | "own";

/** Returns one attempt for each rule, in order. The line may begin with a header. */
export function explainLine(
  definition: FilterDefinition,
  written: string,
  log: ExplainedLog,
): readonly RuleAttempt[] {
  const line = isColored(written, 0) ? stripColors(written) : written;
  const messages = readingsOf(line, definition);
  return definition.rules.map((rule) => {
    if (isRecognized({ ...definition, rules: [rule] }, line, log)) return matching(rule.id, line);
    const attempts = messages.map(({ text, headerLength }) => {
      const attempt = attemptAt(rule, text);
      // A match of the time and the host says nothing of the message.
      return attempt.matched.length > headerLength
        ? attempt
        : failed(rule.id, { ...attempt, matched: "", found: text });
    });
    const [best] = attempts.toSorted((a, b) => b.matched.length - a.matched.length);
    return best ?? failed(rule.id, { matched: "", expected: "a message", found: line });
  });
}

/** Matches the line with the same code that reads logs. */
function isRecognized(definition: FilterDefinition, line: string, log: ExplainedLog): boolean {
  const filter = compileFilter(definition, STRICTEST_MODE);
  if (!filter.ok) return false;
  let isTaken = false;
  const owns = log === "own" ? () => true : undefined;
  const router = createLineRouter([{ filter: filter.value, accepts: undefined, owns }], () => 0);
  router.route(sampleBatch([line], [filter.value]), NOW, {
    matched() {
      isTaken = true;
    },
    unrecognized() {},
  });
  return isTaken;
}

/** A time after every possible time of a line, so that no line is in the future. */
const NOW: Instant = instant(Date.parse("2100-01-01T00:00:00Z"));

interface Reading {
  readonly text: string;
  /** Characters of the header at its beginning. */
  readonly headerLength: number;
}

/** Returns the texts after the line's program and after its time, and the line itself. */
function readingsOf(line: string, { time_format: form }: FilterDefinition): readonly Reading[] {
  const format = form === undefined ? undefined : compileTimeFormat(form);
  const header = createHeader(createStampContext(), format?.ok === true ? [format.value] : []);
  readHeader(`${line}\n`, 0, line.length, header);
  const { messageStart, bodyStart } = header;
  const starts = new Set([messageStart, bodyStart, 0]);
  return [...starts].map((start) => ({
    text: line.slice(start),
    headerLength: Math.max(0, Math.max(messageStart, bodyStart) - start),
  }));
}

/** Returns how far the message matches a rule that does not recognize it. */
function attemptAt({ id, recognize }: RuleDefinition, found: string): RuleAttempt {
  switch (recognize.kind) {
    case "line": {
      const attempts = recognize.patterns.map((pattern) => followPattern(id, pattern, found));
      const [first, ...more] = attempts;
      return more.reduce(
        (best, one) => (one.matched.length > best.matched.length ? one : best),
        first ?? failed(id, { matched: "", expected: "a pattern", found }),
      );
    }
    case "regex":
      return failed(id, { matched: "", expected: `regex '${recognize.source}'`, found });
    case "record": {
      const fields = patternsOf(recognize).map((pattern) => `"${pattern}"`);
      return failed(id, { matched: "", expected: `a record with ${fields.join(", ")}`, found });
    }
  }
}

function followPattern(rule: string, pattern: string, message: string): RuleAttempt {
  const parsed = parsePattern(pattern);
  const parts = parsed.ok ? parsed.value.flatMap(charByChar) : [];
  for (let count = parts.length; count > 0; count--) {
    const end = endOf(parts.slice(0, count), message);
    if (end === undefined) continue;
    const rest = writePattern(parts.slice(count));
    const expected = rest === "" ? "the end of the line" : `"${rest}"`;
    return failed(rule, { matched: message.slice(0, end), expected, found: message.slice(end) });
  }
  return failed(rule, { matched: "", expected: `"${pattern}"`, found: message });
}

/** Returns where the longest match of these parts ends. */
function endOf(parts: readonly PatternPart[], message: string): number | undefined {
  const compiled = compileLinear(compilePattern(parts).source);
  return compiled.ok ? compiled.value.exec(message)?.[0].length : undefined;
}

function charByChar(part: PatternPart): readonly PatternPart[] {
  return part.kind === "literal"
    ? part.text.split("").map((text) => ({ kind: "literal", text }))
    : [part];
}

function matching(rule: string, message: string): RuleAttempt {
  return { rule, isMatch: true, matched: message, expected: "", found: "" };
}

function failed(
  rule: string,
  how: Pick<RuleAttempt, "matched" | "expected" | "found">,
): RuleAttempt {
  return { rule, isMatch: false, ...how };
}
