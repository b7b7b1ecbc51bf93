/**
 * Reads the addresses that proxies forwarded, from the pattern or field in which a filter's lines have them. Runs only
 * for matched lines of proxies, so it costs other lines nothing. Accepts the whole line as the log has it, with its
 * header.
 */
import type { FilterDefinition, RecordFormat } from "../../domain/filter-definition.ts";
import { parseJson } from "../../domain/json.ts";
import type { Problem } from "../../domain/problem.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import { createExactExpression, type ExactExpression } from "../expression/exact-expression.ts";
import { anchor, compileLinear } from "../expression/linear-expression.ts";
import { createHeader } from "../header/header.ts";
import { readHeader } from "../header/read-header.ts";
import { readStructuredData } from "../structured/read-structured-data.ts";
import { createEffort, RULES_EFFORT } from "../expression/search-effort.ts";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { parsePattern } from "../pattern/pattern.ts";
import { LONG_MESSAGE_LENGTH } from "../route/long-message.ts";
import { locateJson } from "../structured/locate-json.ts";
import { readCef, readCsv, readLogfmt } from "../structured/read-record.ts";
import { AMBIGUOUS, type RecordKey, valuesAt } from "../structured/record-path.ts";
import { repeatsKey } from "../structured/repeats-key.ts";
import { keyOf } from "./compile-record.ts";

/** Returns the list as written, with one comma between the values of several fields; undefined: the line has none. */
export type ForwardedReader = (line: string) => string | undefined;

interface ForwardedPattern {
  readonly expression: RegExp;
  /** Matches the same, in long lines. */
  readonly exact: ExactExpression;
}

interface ForwardedField {
  readonly format: RecordFormat;
  readonly paths: RecordKey["paths"];
}

/** Returns undefined if the filter does not say where its lines have the addresses. */
export function compileForwarded(
  definition: FilterDefinition,
): Result<ForwardedReader | undefined, Problem> {
  if (definition.client_field !== undefined)
    return compileClientField(definition, definition.client_field);
  const { forwarded_line: sources = [], forwarded_field: key, path } = definition;
  const patterns: ForwardedPattern[] = [];
  for (const [i, source] of sources.entries()) {
    const compiled = compileForwardedLine(source, { path, key: `forwarded_line.${i}` });
    if (!compiled.ok) return compiled;
    patterns.push(compiled.value);
  }
  const field =
    key === undefined ? ok(undefined) : compileField(definition, key, "forwarded_field");
  if (!field.ok) return field;
  if (patterns.length === 0 && field.value === undefined) return ok(undefined);
  const { value: named } = field;
  return ok((line) => fromPatterns(patterns, line) ?? (named && fromField(named, line)));
}

function compileForwardedLine(
  source: string,
  place: { readonly path: string; readonly key: string },
): Result<ForwardedPattern, Problem> {
  const parts = parsePattern(source);
  if (!parts.ok) {
    const { at, got, expected, hint } = parts.error;
    const problem = { ...place, got: `${got} at character ${at + 1} of "${source}"`, expected };
    return fail(hint === undefined ? problem : { ...problem, hint });
  }
  const compiled = compilePattern(parts.value, "forwarded");
  if (compiled.groups.length === 0)
    return fail({
      ...place,
      got: `a pattern without {forwarded}, "${source}"`,
      expected: "the field {forwarded} where the line has the addresses",
      hint: `as in '{*} {forwarded:quoted}'`,
    });
  const anchored = anchor(compiled.source);
  const expression = compileLinear(anchored);
  if (!expression.ok) return fail({ ...place, ...expression.error });
  return ok({ expression: expression.value, exact: createExactExpression(() => anchored) });
}

/** Its reader returns text that is no address for more than one: the proxy did not replace what a client sent. */
function compileClientField(
  definition: FilterDefinition,
  key: string,
): Result<ForwardedReader, Problem> {
  const field = compileField(definition, key, "client_field");
  if (!field.ok) return field;
  return ok((line) => {
    const text = fromField(field.value, line);
    return text?.includes(",") === true ? SEVERAL : text;
  });
}

const SEVERAL = "several";

function compileField(
  { path, rules, columns = [] }: FilterDefinition,
  key: string,
  setting: "forwarded_field" | "client_field",
): Result<ForwardedField, Problem> {
  const formats = rules.flatMap(({ recognize }) =>
    recognize.kind === "record" ? [recognize.format] : [],
  );
  const format = formats[0] ?? "json";
  const parsed = keyOf(key, { format, columns }, { path, key: setting });
  return parsed.ok ? ok({ format, paths: parsed.value.paths }) : parsed;
}

function fromPatterns(patterns: readonly ForwardedPattern[], line: string): string | undefined {
  const text = `${line}\n`;
  for (const { expression, exact } of patterns) {
    expression.lastIndex = 0;
    const captures =
      line.length <= LONG_MESSAGE_LENGTH
        ? expression.exec(text)
        : exact(text, createEffort(RULES_EFFORT));
    const list = captures === null ? undefined : Array.from(captures).slice(1).find(isText);
    if (list !== undefined) return unescapeText(list);
  }
  return undefined;
}

/** Decodes what web servers escape: a quote is written as \x22 or \", a backslash as \x5C or \\. */
function unescapeText(text: string): string {
  return text.replaceAll(/\\(?:x([\dA-Fa-f]{2})|(["\\]))/g, (_, code?: string, char?: string) =>
    code === undefined ? (char ?? "") : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function fromField({ format, paths }: ForwardedField, line: string): string | undefined {
  const texts: string[] = [];
  const parse = (text: string): unknown => {
    texts.push(text);
    return parseJson(text);
  };
  const root = readRecord(format, line, parse);
  for (const path of paths) {
    // A client may send the header too, so the last value contains what the proxy appended.
    const found = valuesAt(root, path, parse);
    if (found.includes(AMBIGUOUS)) return undefined;
    const values = found.flat();
    if (values.length === 0) continue;
    if (!values.every(isText) || texts.some((text) => repeatsKey(text, [path]))) return undefined;
    const list = values.join(",");
    // Such services write the blank behind a comma as a plus, which is no part of an address.
    return format === "w3c" ? list.replaceAll(/,\++/g, ", ") : list;
  }
  return undefined;
}

function readRecord(format: RecordFormat, line: string, parse: (text: string) => unknown): unknown {
  switch (format) {
    // A line of a W3C log arrives as JSON.
    case "w3c":
    case "json": {
      const { object } = locateJson(line);
      return object < 0 ? undefined : parse(line.slice(object));
    }
    case "logfmt":
      return readLogfmt(line);
    case "csv":
      return readCsv(line);
    case "cef":
      return readCef(line);
    case "sd":
      return readStructuredLine(line);
  }
}

/** Reads the structured data behind the line's header. */
function readStructuredLine(line: string): unknown {
  const header = createHeader();
  readHeader(`${line}\n`, 0, line.length, header);
  const { structuredStart: from } = header;
  return from < 0 ? undefined : readStructuredData(line.slice(from));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
