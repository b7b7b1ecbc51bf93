/** Reads the tables of a filter that name fields of structured lines: those of rules, and those about honeypots. */
import * as v from "valibot";
import {
  type FilterDefinition,
  RECORD_FORMATS,
  type RecordFormat,
  type RecordRecognizer,
} from "../../domain/filter-definition.ts";

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(4000));
/** How a pattern names the target of a request. */
export const HONEYPOT: RegExp = /\{honeypot[:}]/;

type Fields = { readonly [key: string]: string | number | boolean };

/** Patterns by field. */
export const recordFields: v.GenericSchema<unknown, Fields> = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value)),
  v.record(text, v.union([text, v.pipe(v.number(), v.finite()), v.boolean()])),
  v.minEntries(1),
);

/** Fields by format, of which a table has one. */
export type RecordTable = { readonly [format in RecordFormat]?: Fields } & {
  readonly absent?: readonly string[];
  readonly before?: string;
};

const fields = v.exactOptional(recordFields);

/** Tables about lines with the target of a request. */
export const honeypotRecords: v.GenericSchema<unknown, readonly RecordTable[]> = v.pipe(
  v.array(
    v.pipe(
      v.strictObject({
        ...{ json: fields, logfmt: fields, csv: fields, cef: fields, w3c: fields, sd: fields },
        absent: v.exactOptional(v.pipe(v.array(text), v.maxLength(64), v.minLength(1))),
        before: v.exactOptional(text),
      }),
      v.check((table) => namesHoneypot(table)),
    ),
  ),
  v.minLength(1),
  v.maxLength(16),
);

export type StatedColumns = Pick<FilterDefinition, "columns" | "columns_by_name">;

/** Returns the recognizers that the table contains; exactly one is valid. */
export function recordsOf(
  table: RecordTable,
  { columns = [], columns_by_name: byName = false }: StatedColumns,
): readonly RecordRecognizer[] {
  const { absent = [], before } = table;
  return RECORD_FORMATS.flatMap((format): readonly RecordRecognizer[] => {
    const named = table[format];
    if (named === undefined) return [];
    const patterns = Object.entries(named).map(([key, value]) => ({ key, pattern: String(value) }));
    const names = format === "csv" || format === "w3c" ? columns : [];
    const origin = format === "csv" && byName ? { byHeader: true as const } : {};
    return [
      { kind: "record", format, fields: patterns, absent, before, columns: names, ...origin },
    ];
  });
}

/** Returns whether a table has one format, and a field with the target of the request. */
function namesHoneypot(table: RecordTable): boolean {
  const [record, ...others] = recordsOf(table, {});
  return (
    others.length === 0 && record?.fields.some(({ pattern }) => HONEYPOT.test(pattern)) === true
  );
}
