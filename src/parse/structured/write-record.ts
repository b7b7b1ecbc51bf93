/** Writes a structured line as its service would: the values of a rule's fields, and the text before them. */
import type { RecordRecognizer } from "../../domain/filter-definition.ts";
import { parseRecordKey, type PathStep } from "./record-path.ts";

type Table = Record<string, unknown>;

/** `values`: in the order of `patternsOf`. */
export function writeRecord(
  { fields, before }: RecordRecognizer,
  values: readonly string[],
): string {
  const [prefix = "", own] = before === undefined ? ["", values] : [values[0], values.slice(1)];
  const root: Table = {};
  for (const [i, { key }] of fields.entries()) {
    const parsed = parseRecordKey(key);
    const [path = []] = parsed.ok ? parsed.value.paths : [];
    place(root, path, own[i] ?? "");
  }
  return prefix + JSON.stringify(root);
}

/** Lists have one element; objects of one path are shared with those of others. */
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
