/** Reads the fields of a JSON object or of logfmt, by dotted key. Bounded by MAX_FIELDS, MAX_DEPTH and MAX_VALUE. */
import { isRecord, parseJson } from "../../../domain/json.ts";
import { locateJson } from "../../../parse/structured/locate-json.ts";
import { readLogfmt } from "../../../parse/structured/read-record.ts";
import { isListable } from "./field-list.ts";

export type DraftedFormat = "json" | "logfmt";

export type FieldValue = string | number | boolean;
export type FieldValues = ReadonlyMap<string, FieldValue>;

const MAX_DEPTH = 6;
const MAX_FIELDS = 64;
const MAX_VALUE = 1000;

/** Returns undefined if the message has another form. Lists and keys of unusual characters are left out. */
export function readFields(format: DraftedFormat, message: string): FieldValues | undefined {
  const record = format === "json" ? readObject(message) : readPairs(message);
  if (record === undefined) return undefined;
  const values = new Map<string, FieldValue>();
  addLeaves(values, record, "", 0);
  return values;
}

function readObject(message: string): unknown {
  const { start, object } = locateJson(message);
  if (object < 0 || start !== 0) return undefined;
  const parsed = parseJson(message.slice(object));
  return isRecord(parsed) && !Array.isArray(parsed) ? parsed : undefined;
}

const MIN_PAIRS = 3;

/** Reads pairs only where every word is one: otherwise the words between them say what the line means. */
function readPairs(message: string): unknown {
  const words = message
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .trim()
    .split(/\s+/);
  if (words.length < MIN_PAIRS || words.some((word) => word.indexOf("=") < 1)) return undefined;
  return readLogfmt(message);
}

function addLeaves(
  into: Map<string, FieldValue>,
  table: unknown,
  prefix: string,
  depth: number,
): void {
  if (!isRecord(table) || Array.isArray(table) || depth > MAX_DEPTH) return;
  for (const [name, value] of Object.entries(table)) {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    if (into.size >= MAX_FIELDS) return;
    if (!isListable(key)) continue;
    if (typeof value === "string") into.set(key, value.slice(0, MAX_VALUE).toWellFormed());
    else if (typeof value === "number" || typeof value === "boolean") into.set(key, value);
    else addLeaves(into, value, key, depth + 1);
  }
}
