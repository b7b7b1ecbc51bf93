/** Matches structured lines. Rules name fields by their keys, each with a pattern for its whole value. */
import { type Captures, firstCapture } from "../filter/captures.ts";
import type { CompiledRule, RecordFieldRule, RecordRule } from "../filter/compiled-rule.ts";
import { connectionIn } from "../filter/connection-field.ts";
import { execute } from "../route/execute.ts";
import {
  CHARACTERS_PER_STEP,
  executeLong,
  LONG_MESSAGE_LENGTH,
  mayBegin,
  MAX_TRIED,
} from "../route/long-message.ts";
import { readCount } from "../route/read-number.ts";
import type { Effort } from "../expression/search-effort.ts";
import type { RecordFormat } from "../../domain/filter-definition.ts";
import { isRecord } from "../../domain/json.ts";
import { locateJson } from "./locate-json.ts";
import { parseLoggedJson } from "./parse-logged-json.ts";
import { readCef, readCsv, readLogfmt } from "./read-record.ts";
import { readStructuredData } from "./read-structured-data.ts";
import { type PathStep, valuesAt } from "./record-path.ts";
import { repeatsKey } from "./repeats-key.ts";

export interface RecordMatch {
  /** The peer as written: an address, or a name. */
  readonly peer: string | undefined;
  readonly user: string | undefined;
  readonly repeated: number;
  /** Possible times as written, best first; some may not be parsable. */
  readonly times: readonly string[];
  /** The first value of a CSV line, which may be its time. */
  readonly head?: string;
  readonly connection: string | undefined;
}

/** A line that is parsed as one format. A line of another format matches nothing. */
export class RecordLine {
  readonly #text: string;
  readonly #format: RecordFormat;
  readonly #effort: Effort;
  /** The parsed line, parsed only once for all rules. */
  #record: { readonly root: unknown; readonly start: number } | undefined;
  #inner: { readonly text: string; readonly root: unknown } | undefined;
  /** The texts that were parsed as JSON: that of the line, and those in its values. */
  readonly #json = new Set<string>();
  readonly #values = new Map<string, readonly Value[]>();
  #times: readonly string[] | undefined;
  /** Number of rules that V8 ran. */
  #tried = 0;

  /** `text` must not begin with a space. */
  constructor(text: string, format: RecordFormat, effort: Effort) {
    this.#text = text;
    this.#format = format;
    this.#effort = effort;
  }

  match(rule: RecordRule): RecordMatch | undefined {
    const own = this.#matchBefore(rule.before);
    if (
      own === null ||
      !this.#hasColumns(rule) ||
      rule.absent.some((field) => this.#isPresent(field))
    )
      return undefined;
    let ip = own && firstCapture(own.captures, own.rule.ipGroups);
    let host = own && firstCapture(own.captures, own.rule.hostGroups);
    let user = own && firstCapture(own.captures, own.rule.userGroups);
    let repeated = 1;
    let time = own && firstCapture(own.captures, own.rule.timeGroups);
    let connection = own && connectionIn(own.captures, own.rule);
    for (const field of rule.fields) {
      const captures = this.#matchField(field);
      if (captures === null) return undefined;
      ip ||= firstCapture(captures, field.rule.ipGroups);
      host ||= firstCapture(captures, field.rule.hostGroups);
      user ??= firstCapture(captures, field.rule.userGroups);
      const count = firstCapture(captures, field.rule.repeatGroups);
      if (count !== undefined) repeated = readCount(count);
      time ??= firstCapture(captures, field.rule.timeGroups);
      connection ??= connectionIn(captures, field.rule);
    }
    if (this.#repeatsKey(rule)) return undefined;
    const times = this.#timesOf(rule);
    const head = rule.mayBeginWithTime === true ? this.#column(1)?.slice(0, -1) : undefined;
    return {
      ...(head === undefined ? {} : { head }),
      peer: ip || host,
      user,
      repeated,
      connection,
      times: time === undefined ? times : [time, ...times],
    };
  }

  /** Matches the text before the object. null: it does not match; undefined: it does not exist, as the rule expects. */
  #matchBefore(
    rule: CompiledRule | undefined,
  ): { readonly captures: Captures; readonly rule: CompiledRule } | null | undefined {
    const { root, start } = this.#parsed();
    if (root === undefined || (rule === undefined) !== (start === 0)) return null;
    if (rule === undefined) return undefined;
    const captures = this.#matchLine(rule, `${this.#text.slice(0, start)}\n`);
    return captures === null ? null : { captures, rule };
  }

  #parsed(): { readonly root: unknown; readonly start: number } {
    if (this.#record !== undefined) return this.#record;
    const text = this.#text;
    // A line of a W3C log arrives as JSON.
    if (this.#format === "json" || this.#format === "w3c") {
      const { start, object } = locateJson(text);
      this.#record = { root: object < 0 ? undefined : this.#parse(text.slice(object)), start };
    } else {
      this.#effort.left -= text.length / CHARACTERS_PER_STEP;
      this.#record = { root: READERS[this.#format](text), start: 0 };
    }
    return this.#record;
  }

  /** Returns whether a CSV line has the expected number of values. With another number they have other positions. */
  #hasColumns({ columns }: RecordRule): boolean {
    if (columns.length === 0) return true;
    const { root } = this.#parsed();
    return isRecord(root) && Object.keys(root).length === columns.length;
  }

  #parse(text: string): unknown {
    this.#effort.left -= text.length / CHARACTERS_PER_STEP;
    const { json, root } = parseLoggedJson(text);
    if (root !== undefined) this.#json.add(json);
    return root;
  }

  /** Asked only when everything else matches, because few lines do. */
  #repeatsKey({ fields, absent }: RecordRule): boolean {
    const paths = [...fields, ...absent].flatMap((field) => field.paths);
    for (const text of this.#json) {
      this.#effort.left -= text.length / CHARACTERS_PER_STEP;
      if (repeatsKey(text, paths)) return true;
    }
    return false;
  }

  /** Parses JSON in a text, with a cache of one, because fields of one rule usually read the same text. */
  #parseInner(text: string): unknown {
    if (this.#inner?.text !== text) this.#inner = { text, root: this.#parse(text) };
    return this.#inner.root;
  }

  /** Matches a field. Of several elements of a list, takes the first that matches. */
  #matchField(field: RecordFieldRule): Captures | null {
    const values = this.#valuesOf(field);
    if (values.length === 0) return field.isOptional && !this.#isPresent(field) ? NOTHING : null;
    for (const { line, isNumber } of values) {
      const captures = this.#matchLine(field.rule, line);
      if (captures !== null) return captures;
      // "3.5" is not a number of attempts, but the rest of the line still counts.
      if (isNumber && field.rule.repeatGroups.length > 0) return NOTHING;
    }
    return null;
  }

  #matchLine(rule: CompiledRule, line: string): Captures | null {
    const effort = this.#effort;
    if (!mayBegin(rule.openings, line, effort)) return null;
    const length = line.length - 1;
    if (length > LONG_MESSAGE_LENGTH || this.#tried >= MAX_TRIED)
      return executeLong(rule, line, effort);
    this.#tried++;
    return execute(rule, line, 0, length);
  }

  #timesOf({ time, columns }: RecordRule): readonly string[] {
    if (time !== undefined) return this.#valuesOf(time).map(({ line }) => line.slice(0, -1));
    if (this.#format === "csv")
      return usualTimes((key) => {
        const at = columns.indexOf(key);
        return at < 0 ? undefined : this.#column(at + 1);
      });
    return (this.#times ??= usualTimes((key) => {
      const steps = TIME_PATHS.get(key);
      return steps && this.#valuesOf({ key, paths: [steps] })[0]?.line;
    }));
  }

  /** Returns the value of a CSV line at a position from 1, with a newline. */
  #column(position: number): string | undefined {
    const key = String(position);
    return this.#valuesOf({ key: `column ${key}`, paths: [[{ kind: "key", key }]] })[0]?.line;
  }

  /** Returns the values of the first path that exists, without those that are neither text nor number. */
  #valuesOf({ key, paths }: KeyedPaths): readonly Value[] {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const values = this.#rawValues(paths).flatMap(valueOf);
    for (const { line } of values) this.#effort.left -= 1 + line.length / CHARACTERS_PER_STEP;
    this.#effort.left -= 1;
    this.#values.set(key, values);
    return values;
  }

  #isPresent({ paths }: KeyedPaths): boolean {
    return this.#rawValues(paths).length > 0;
  }

  #rawValues(paths: KeyedPaths["paths"]): readonly unknown[] {
    const { root } = this.#parsed();
    for (const path of paths) {
      const values = valuesAt(root, path, (text) => this.#parseInner(text));
      if (values.length > 0) return values;
    }
    return [];
  }
}

const READERS = { logfmt: readLogfmt, csv: readCsv, cef: readCef, sd: readStructuredData } as const;

interface KeyedPaths {
  readonly key: string;
  readonly paths: readonly (readonly PathStep[])[];
}

const NOTHING: Captures = [];

interface Value {
  /** The value as a line, which ends in "\n". */
  readonly line: string;
  readonly isNumber: boolean;
}

/** The usual time fields of JSON logs, if the rule names none. */
export const TIME_FIELDS: readonly string[] = [
  ...["time", "timestamp", "@timestamp", "ts", "datetime", "date", "asctime", "@t", "t"],
  // MongoDB writes this one.
  "t.$date",
];

const TIME_PATHS: ReadonlyMap<string, readonly PathStep[]> = new Map(
  TIME_FIELDS.map((field) => [field, field.split(".").map((key) => ({ kind: "key", key }))]),
);

function usualTimes(lineAt: (key: string) => string | undefined): readonly string[] {
  const valueOf = (key: string): string | undefined => lineAt(key)?.slice(0, -1);
  const times = TIME_FIELDS.flatMap((key) => valueOf(key) ?? []);
  const [date, time] = [valueOf("date"), valueOf("time")];
  return date === undefined || time === undefined ? times : [...times, `${date} ${time}`];
}

/** Converts a string, number or boolean to text without line breaks and surrounding spaces. */
function valueOf(value: unknown): readonly Value[] {
  if (typeof value === "number") return [{ line: `${numberText(value)}\n`, isNumber: true }];
  if (typeof value === "boolean") return [{ line: `${value}\n`, isNumber: false }];
  if (typeof value !== "string") return [];
  return [{ line: `${value.replaceAll("\n", " ").trim()}\n`, isNumber: false }];
}

/** Writes an integer in digits, however large. */
function numberText(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : String(value);
}
