/**
 * Explains how far a line matches each rule of a filter, and where it diverges. For people who write filters: it
 * compiles parts of patterns again and again, and no log is read with it. Pure.
 */
import {
  type FilterDefinition,
  type RuleDefinition,
  STRICTEST_MODE,
} from "../../domain/filter-definition.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { CUT_MARK } from "../../domain/line-batch.ts";
import { createLineRouter } from "../route/line-router.ts";
import { joinSample, sampleBatch } from "../route/sample-batch.ts";
import { compileFilter } from "./compile-filter.ts";
import type { CompiledRule, RecordRule } from "./compiled-rule.ts";
import { findInvalidAddress, followPattern } from "./explain-line/follow-pattern.ts";
import { followRecord } from "./explain-line/follow-record.ts";
import { describeWrapper } from "../structured/describe-wrapper.ts";
import { createHeader } from "../header/header.ts";
import { readHeader } from "../header/read-header.ts";
import { createStampContext } from "../header/stamp.ts";
import { compileTimeFormat } from "../header/scan-stamp.ts";
import { isColored, stripColors } from "../structured/strip-colors.ts";

export interface RuleAttempt {
  readonly rule: string;
  readonly isMatch: boolean;
  /** The beginning of the line, or of the field, that the closest pattern matches; "": nothing. */
  readonly matched: string;
  /** The part of the pattern that does not match, as written; "": none, but the line is not read as such a message. */
  readonly expected: string;
  /** The line, or the field, from the position of the mismatch. */
  readonly found: string;
  /** Whether `found` describes the line, instead of quoting it. */
  readonly isDescription?: true;
  /** The key of the field that differs; undefined: the line itself does. */
  readonly field?: string;
  /** Number of fields that match. */
  readonly fields?: number;
}

/** The filter's own log: its lines count whatever program they name. */
export type ExplainedLog = "shared" | "own";

/** Returns one attempt for each rule, in order. The line may begin with a header, and contain the lines of a record. */
export function explainLine(
  definition: FilterDefinition,
  written: string,
  log: ExplainedLog,
): readonly RuleAttempt[] {
  const line = isColored(written, 0) ? stripColors(written) : written;
  const filter = compileFilter(definition, STRICTEST_MODE);
  const { rules = [], recordRules = [] } = filter.ok ? filter.value : {};
  const start = filter.ok ? filter.value.begins : undefined;
  const messages = readingsOf(joinSample(withoutMark(line), start), definition);
  return definition.rules.map((rule) => {
    if (isRecognized({ ...definition, rules: [rule] }, line, log)) return matching(rule.id, line);
    const compiled = {
      texts: rules.filter(({ id }) => id === rule.id),
      record: recordRules.find(({ id }) => id === rule.id),
    };
    const read = messages.filter((reading) => isReadOf(rule, reading));
    const attempts = read.map(({ text, headerLength }) => {
      const attempt = attemptAt(rule, compiled, text);
      // A match of the time and the host says nothing of the message.
      return attempt.field !== undefined || attempt.matched.length > headerLength
        ? attempt
        : { ...attempt, matched: "", ...(attempt.matched === "" ? {} : { found: text }) };
    });
    const [best] = attempts.toSorted((a, b) => reach(b) - reach(a));
    return best ?? { ...failed(rule.id), expected: "a message", found: line };
  });
}

function reach({ matched, fields = 0 }: RuleAttempt): number {
  return fields * MAX_REACH + matched.length;
}

/** More than the length of a line. */
const MAX_REACH = 100_000;

/** Matches the line with the same code that reads logs. */
export function isRecognized(
  definition: FilterDefinition,
  line: string,
  log: ExplainedLog,
): boolean {
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
  /** What is before it. */
  readonly behind: "nothing" | "program" | "time";
}

/** Returns whether a rule may read the line so: of rows with columns, a time in front is a value. */
function isReadOf({ recognize }: RuleDefinition, { behind }: Reading): boolean {
  if (recognize.kind !== "record") return true;
  if (recognize.format === "w3c") return behind === "nothing";
  return recognize.format !== "csv" || behind !== "time";
}

/** Returns the texts after the line's program and after its time, and the line itself, without a container's wrapper. */
function readingsOf(joined: string, { time_format: form }: FilterDefinition): readonly Reading[] {
  const line = describeWrapper(joined).text;
  const format = form === undefined ? undefined : compileTimeFormat(form);
  const header = createHeader(createStampContext(), format?.ok === true ? [format.value] : []);
  readHeader(`${line}\n`, 0, line.length, header);
  const { messageStart, bodyStart, structuredStart, programStart, programEnd } = header;
  const behindHeader = programEnd > programStart ? "program" : "time";
  const starts = new Set([messageStart, bodyStart, 0, Math.max(0, structuredStart)]);
  return [...starts].map((start) => ({
    text: line.slice(start),
    headerLength: Math.max(0, Math.max(messageStart, bodyStart) - start),
    behind: start === 0 ? "nothing" : start === messageStart ? behindHeader : "time",
  }));
}

function withoutMark(line: string): string {
  return line.endsWith(CUT_MARK) ? line.slice(0, -1) : line;
}

/** A rule as it was compiled: one of `texts` for each pattern, or `record`. */
interface CompiledForms {
  readonly texts: readonly CompiledRule[];
  readonly record: RecordRule | undefined;
}

/** Returns how far the message matches a rule that does not recognize it. */
function attemptAt(
  { id, recognize }: RuleDefinition,
  { texts, record }: CompiledForms,
  found: string,
): RuleAttempt {
  switch (recognize.kind) {
    case "line": {
      const [first = failed(id), ...more] = recognize.patterns.map((pattern, i) => {
        const followed = followPattern(pattern, found);
        const compiled = followed.expected === "" ? texts[i] : undefined;
        const invalid = compiled && findInvalidAddress(compiled, found);
        return { ...failed(id), ...(invalid ?? followed) };
      });
      return more.reduce((best, one) => (reach(one) > reach(best) ? one : best), first);
    }
    case "regex":
      return { ...failed(id), expected: `regex '${recognize.source}'`, found, fields: 0 };
    case "record": {
      if (record === undefined) return { ...failed(id), expected: "a rule that compiles", found };
      return { ...failed(id), ...followRecord(record, recognize, found) };
    }
  }
}

function matching(rule: string, message: string): RuleAttempt {
  return { rule, isMatch: true, matched: message, expected: "", found: "" };
}

function failed(rule: string): RuleAttempt {
  return { rule, isMatch: false, matched: "", expected: "a pattern", found: "" };
}
