/**
 * Compiles `begins` of a filter: how the first line of a record of several lines begins. Like the patterns of rules it
 * is matched against the whole line, and against what is behind its time, host and program, but not behind an
 * indentation. Only the beginning of a line is matched; of a line of a container, the text in it.
 */
import { type FilterDefinition, isCsv } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import type { RecordStart, WrappedLine } from "../../domain/record-start.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import { compileLinear } from "../expression/linear-expression.ts";
import { forgetCachedHeader } from "../header/cached-header.ts";
import { createHeader } from "../header/header.ts";
import { isSyslogLine } from "../header/is-syslog-line.ts";
import { readHeader } from "../header/read-header.ts";
import { compileTimeFormat } from "../header/scan-stamp.ts";
import { createStampContext } from "../header/stamp.ts";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { parsePattern } from "../pattern/pattern.ts";
import { mayChooseFirstColumn } from "./first-column.ts";
import { readQuotes, readSyslogQuotes } from "../structured/csv-quotes.ts";
import { unwrapCutDocker } from "../structured/unwrap-container.ts";
import { unwrapLine } from "../structured/unwrap-line.ts";

/** At the beginning of the pattern: a time that can be read. */
const TIME = "{time}";
/** Maximum length of the text that is matched, in characters: V8 takes at most a fraction of a millisecond for it. */
const MAX_MATCHED = 512;

interface Stated {
  readonly begins: string;
  readonly time_format?: string | undefined;
  readonly path: string;
}

/**
 * Describes rows of CSV, of services that may write line breaks within quotes. Filters that find other columns by name have
 * another reader, because a line is written again with the columns of one filter.
 */
function csvRows(definition: FilterDefinition): Result<RecordStart, Problem> {
  const { columns = [], columns_by_name: byName = false, programs, path } = definition;
  const named = byName ? ` ${JSON.stringify(columns)}` : "";
  // Only a filter that names programs has rows in lines of a syslog daemon, which name no columns.
  const isInSyslog = programs.length > 0 && !byName;
  // A client writes text that looks like such lines, and so would hide that a quote is open.
  if (isInSyslog && mayChooseFirstColumn(definition)) return fail(unsafeFirstColumn(path));
  return ok({
    id: `rows of CSV${isInSyslog ? " in syslog" : ""}${named}`,
    begins: () => true,
    unwrap: (line) => unwrapLine(line, () => true),
    quotes: isInSyslog ? readSyslogQuotes : readQuotes,
  });
}

function unsafeFirstColumn(path: string): Problem {
  return {
    path,
    key: "programs",
    got: "programs beside rows of CSV whose first value may be a client's: one that looks like a syslog header would hide an open quote",
    expected:
      "a time there that time_field names, or a rule that reads an address, a number or certain words there",
    hint: "remove programs if no syslog daemon writes these rows, or state escapes_line_breaks = true if the service puts no value in quotes or escapes line breaks within them",
  };
}

/** Returns how the records of a filter begin; undefined: each line is one. */
export function recordStartOf(
  definition: FilterDefinition,
): Result<RecordStart, Problem> | undefined {
  const { begins } = definition;
  if (begins !== undefined) return compileRecordStart({ ...definition, begins });
  return continuesRows(definition) ? csvRows(definition) : undefined;
}

/** Returns whether values of a filter's CSV rows may contain line breaks. */
export function continuesRows({
  rules,
  escapes_line_breaks: isEscaped = false,
}: Pick<FilterDefinition, "rules" | "escapes_line_breaks">): boolean {
  return !isEscaped && rules.some(({ recognize }) => isCsv(recognize));
}

export function compileRecordStart(stated: Stated): Result<RecordStart, Problem> {
  const { begins, time_format: form, path } = stated;
  const isTimed = begins.startsWith(TIME);
  const pattern = isTimed ? begins.slice(TIME.length).trimStart() : begins;
  const place = { path, key: "begins" };
  const parts = parsePattern(pattern);
  if (!parts.ok) {
    const { at, got, expected, hint } = parts.error;
    const problem = { ...place, got: `${got} at character ${at + 1} of "${pattern}"`, expected };
    return fail(hint === undefined ? problem : { ...problem, hint });
  }
  const expression = compileLinear(compilePattern(parts.value).source);
  if (!expression.ok) return fail({ ...place, ...expression.error });
  if (!isTimed && matches(expression.value, "\n", 0))
    return fail({
      ...place,
      got: `"${begins}", which every line matches`,
      expected: "text that only the first line of a record begins with",
      hint: 'a time is written {time}, as in begins = "{time}"',
    });
  const format = form === undefined ? undefined : compileTimeFormat(form);
  const header = createHeader(createStampContext(), format?.ok === true ? [format.value] : []);
  const isFirst = (line: string): boolean => {
    const text = `${line.slice(0, MAX_MATCHED)}\n`;
    readHeader(text, 0, text.length - 1, header);
    forgetCachedHeader(header);
    if (isSyslogLine(header)) return true;
    if (isTimed && !header.stamped) return false;
    // Indentation is a common sign of a continued line.
    const behindHeader = /^[ \t]/.test(text) ? [] : [header.bodyStart, header.messageStart];
    const starts = [...behindHeader, ...(isTimed ? [] : [0])];
    return starts.some((at) => matches(expression.value, text, at));
  };
  const unwrap = (line: string): WrappedLine | undefined => unwrapLine(line, isFirst);
  return ok({
    id: JSON.stringify([begins, form]),
    begins: (line) =>
      unwrap(line)?.begins ?? isFirst(unwrapCutDocker(line, 0, line.length) ?? line),
    unwrap,
  });
}

function matches(expression: RegExp, text: string, at: number): boolean {
  expression.lastIndex = at;
  return expression.test(text);
}
