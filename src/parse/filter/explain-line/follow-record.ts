/** Finds why a message does not match a rule for structured lines: its form, or the first field that differs. */
import { amount } from "../../../domain/amount.ts";
import type { RecordFormat, RecordRecognizer } from "../../../domain/filter-definition.ts";
import { isRecord, parseJson } from "../../../domain/json.ts";
import { messageOf } from "../../../domain/thrown-error.ts";
import type { CompiledRule, RecordRule } from "../compiled-rule.ts";
import { locateJson } from "../../structured/locate-json.ts";
import { MAX_VALUES, readCef, readCsv, readLogfmt } from "../../structured/read-record.ts";
import { readStructuredData } from "../../structured/read-structured-data.ts";
import { AMBIGUOUS, valuesAt } from "../../structured/record-path.ts";
import { repeatsKey } from "../../structured/repeats-key.ts";
import { readW3cLine, countW3cValues } from "../../structured/w3c-log.ts";
import { type Divergence, findInvalidAddress, followPattern } from "./follow-pattern.ts";

export interface RecordDivergence extends Divergence {
  /** The key of the field that differs; undefined: the form of the message does. */
  readonly field?: string;
  /** Number of fields that match. */
  readonly fields: number;
}

/** `text`: a message, or the whole line for formats whose lines are read as a whole. */
export function followRecord(
  rule: RecordRule,
  { format, before, fields, columns }: RecordRecognizer,
  text: string,
): RecordDivergence {
  const form = (expected: string, found: string, isDescription?: true): RecordDivergence => {
    return { ...differs(expected, found, isDescription), fields: 0 };
  };
  const read = readForm(format, text, columns);
  if (!read.ok) return form(read.expected, read.found, read.isDescription);
  const prefix = text.slice(0, read.start);
  if (before === undefined && prefix !== "") return form("the object at the beginning", prefix);
  if (before !== undefined) {
    const own = followPattern(before, prefix);
    if (prefix === "") return form(`"${before}" before the object`, text);
    if (own.expected !== "") return { ...own, field: "before", fields: 0 };
  }
  const { root } = read;
  const present = (paths: RecordRule["fields"][number]["paths"]): readonly unknown[] =>
    paths.map((path) => valuesAt(root, path, parseJson)).find((values) => values.length > 0) ?? [];
  const extra = rule.absent.find(({ paths }) => present(paths).length > 0);
  if (extra !== undefined) {
    const found = JSON.stringify(present(extra.paths)[0]);
    return { ...form("no such field", found, true), field: extra.key };
  }
  for (const [i, { key, paths, isOptional, rule: own }] of rule.fields.entries()) {
    const values = present(paths);
    const { pattern = "" } = fields[i] ?? {};
    if (values.length === 0 && isOptional) continue;
    const of = (how: Divergence): RecordDivergence => ({ ...how, field: key, fields: i });
    if (values.length === 0) return of(differs(`"${pattern}"`, namesIn(root), true));
    const tried = values.map((value) => followValue(pattern, own, value));
    const [closest] = tried.toSorted((a, b) => b.matched.length - a.matched.length);
    if (closest !== undefined && tried.every(({ expected }) => expected !== "")) return of(closest);
  }
  const paths = [...rule.fields, ...rule.absent].flatMap((field) => field.paths);
  if (isRecord(root) && format === "json" && repeatsKey(text.slice(read.start), paths))
    return form("each key once in its object", "a key of the rule twice", true);
  return { matched: text, expected: "", found: "", fields: rule.fields.length };
}

function differs(expected: string, found: string, isDescription?: true): Divergence {
  return { matched: "", expected, found, ...(isDescription && { isDescription }) };
}

function followValue(pattern: string, rule: CompiledRule, value: unknown): Divergence {
  if (value === AMBIGUOUS) return differs("each key once", "a key that occurs twice", true);
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    const found = value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
    return differs(`"${pattern}"`, found, true);
  }
  const text = String(value).replaceAll("\n", " ").trim();
  const followed = followPattern(pattern, text);
  return followed.expected === "" ? (findInvalidAddress(rule, text) ?? followed) : followed;
}

/** Describes the fields that an object has instead of a missing one. */
function namesIn(root: unknown): string {
  const names = isRecord(root) ? Object.keys(root) : [];
  const shown = names.slice(0, MAX_NAMES).join(", ");
  return `no such field; the line has ${shown}${names.length > MAX_NAMES ? ", …" : ""}`;
}

const MAX_NAMES = 12;

type Form =
  | { readonly ok: true; readonly root: unknown; readonly start: number }
  | ({ readonly ok: false } & Pick<Divergence, "expected" | "found" | "isDescription">);

function readForm(format: RecordFormat, text: string, columns: readonly string[]): Form {
  const wrong = (expected: string): Form => ({ ok: false, expected, found: text });
  const miscounted = (expected: string, count: number): Form => {
    return { ok: false, expected, found: amount(count, "value"), isDescription: true };
  };
  const of = (root: unknown, expected: string): Form =>
    root === undefined ? wrong(expected) : { ok: true, root, start: 0 };
  switch (format) {
    case "json":
      return readJson(text);
    case "logfmt":
      return of(
        readLogfmt(text),
        `at most ${MAX_VALUES} key=value pairs, with each quote closed before a blank`,
      );
    case "cef":
      return of(
        readCef(text),
        `a line that begins with "CEF:" or "LEEF:", all parts of its header, and at most ${MAX_VALUES} values`,
      );
    case "sd":
      return of(
        readStructuredData(text),
        'structured data, as in [id name="value"], with each element once',
      );
    case "csv": {
      const row = readCsv(text);
      if (row === undefined)
        return wrong(
          "values with commas between them, each quote directly behind a comma and closed before the next",
        );
      const count = Object.keys(row).length;
      return columns.length === 0 || count === columns.length
        ? { ok: true, root: row, start: 0 }
        : miscounted(`${columns.length} values: ${columns.join(", ")}`, count);
    }
    case "w3c": {
      const names = { names: columns, date: "" };
      const row = readW3cLine(text, names);
      if (row !== undefined) return { ok: true, root: row, start: 0 };
      const count = countW3cValues(text);
      return count === undefined
        ? wrong("values with blanks between them, and each quote closed")
        : miscounted(`${columns.length} values: ${columns.join(" ")}`, count);
    }
  }
}

function readJson(text: string): Form {
  const { start, object } = locateJson(text);
  if (object < 0) return { ok: false, expected: "a JSON object", found: text };
  try {
    return { ok: true, root: JSON.parse(text.slice(object)), start };
  } catch (error) {
    return { ok: false, expected: `valid JSON (${messageOf(error)})`, found: text.slice(object) };
  }
}
