/** Writes a structured line as its service would, from the values of a rule's fields and the text before them. */
import type { RecordRecognizer } from "../../domain/filter-definition.ts";
import { writeCsvRow } from "./write-csv-row.ts";
import { parseRecordKey, type PathStep } from "./record-path.ts";

type Table = Record<string, unknown>;

/** Writes the line. `values` are in the order of `patternsOf`. */
export function writeRecord(recognize: RecordRecognizer, values: readonly string[]): string {
  const { format, fields, before, columns } = recognize;
  if (format !== "json") return writeFlat(format, fields, values, columns);
  const [prefix = "", own] = before === undefined ? ["", values] : [values[0], values.slice(1)];
  const root: Table = {};
  for (const [i, { key }] of fields.entries()) {
    const parsed = parseRecordKey(key);
    const [path = []] = parsed.ok ? parsed.value.paths : [];
    place(root, path, own[i] ?? "");
  }
  return prefix + JSON.stringify(root);
}

/** Sets a value at a path. Lists have one element; objects are shared with the paths of other values. */
function place(table: Table, [step, next, ...rest]: readonly PathStep[], value: string): void {
  if (step?.kind !== "key") return;
  const { key } = step;
  if (next === undefined) table[key] = value;
  else if (next.kind === "key") {
    const known = Object.hasOwn(table, key) ? table[key] : undefined;
    const inner = typeof known === "object" && known !== null ? (known as Table) : {};
    table[key] = inner;
    place(inner, [next, ...rest], value);
  } else {
    const holder: Table = {};
    place(holder, [{ kind: "key", key: "inner" }, ...rest], value);
    const inner = holder["inner"];
    table[key] = next.kind === "each" ? [inner] : JSON.stringify(inner);
  }
}

type FlatFormat = Exclude<RecordRecognizer["format"], "json">;

function writeFlat(
  format: FlatFormat,
  fields: RecordRecognizer["fields"],
  values: readonly string[],
  columns: readonly string[],
): string {
  const named = fields.map(({ key }, i): readonly [string, string] => [
    firstName(key),
    values[i] ?? "",
  ]);
  switch (format) {
    case "logfmt":
      return named
        .map(([key, text]) => `${key}="${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`)
        .join(" ");
    case "csv":
      return writeCsv(named, columns);
    case "cef":
      return writeCef(named);
    case "w3c":
      return writeW3c(named, columns);
    case "sd":
      return writeStructuredData(fields, values);
  }
}

/** Returns the first path as one key. */
function firstName(key: string): string {
  const parsed = parseRecordKey(key);
  const [path = []] = parsed.ok ? parsed.value.paths : [];
  return path.flatMap((step) => (step.kind === "key" ? [step.key] : [])).join(".");
}

function writeCsv(
  named: readonly (readonly [string, string])[],
  columns: readonly string[],
): string {
  const row: string[] = columns.map(() => "");
  for (const [key, text] of named) {
    const at = columns.includes(key) ? columns.indexOf(key) : Number(key) - 1;
    while (row.length <= at) row.push("");
    row[at] = text;
  }
  return writeCsvRow(row);
}

/** Writes the values as IIS does: a blank is a plus, and quotes are written as they are. */
function writeW3c(
  named: readonly (readonly [string, string])[],
  columns: readonly string[],
): string {
  const byName = new Map(named);
  return columns
    .map((name) => (byName.get(name) ?? "").replace(/\s+/g, "+"))
    .map((value) => (value === "" ? "-" : value))
    .join(" ");
}

/** Writes a line with the header of RFC 5424, which names no program. */
function writeStructuredData(
  fields: RecordRecognizer["fields"],
  values: readonly string[],
): string {
  const elements = new Map<string, string>();
  let message = "";
  for (const [i, { key }] of fields.entries()) {
    const parsed = parseRecordKey(key);
    const [[element, parameter] = []] = parsed.ok ? parsed.value.paths : [];
    const value = values[i] ?? "";
    if (element?.kind !== "key") continue;
    if (parameter?.kind !== "key") message = value;
    else {
      const written = ` ${parameter.key}="${value.replace(/["\\\]]/g, "\\$&")}"`;
      elements.set(element.key, (elements.get(element.key) ?? "") + written);
    }
  }
  const data = [...elements].map(([name, parameters]) => `[${name}${parameters}]`);
  return `<38>1 2026-11-28T09:19:59Z host - - - ${data.join("") || "-"} ${message}`;
}

const CEF_HEADER = ["vendor", "product", "version", "id", "title", "severity"];

function writeCef(named: readonly (readonly [string, string])[]): string {
  const byName = new Map(named);
  const header = CEF_HEADER.map((name) => (byName.get(name) ?? "x").replace(/[|\\]/g, "\\$&"));
  const extension = named
    .filter(([key]) => !CEF_HEADER.includes(key))
    .map(([key, text]) => `${key}=${text.replace(/[=\\]/g, "\\$&")}`);
  return `CEF:0|${header.join("|")}|${extension.join(" ")}`;
}
