/** Reads a list entry by entry, and returns all values or all mistakes. */
import { fail, ok } from "../domain/result.ts";
import { describeValue } from "./kinds/describe-value.ts";
import { mistake, type Mistake, type Reading, within } from "./kinds/kind.ts";

export interface ListForm<T> {
  readonly expected: string;
  /** Minimum number of entries. */
  readonly least: 0 | 1;
  /** Text to suggest instead of an empty list. */
  readonly instead?: string;
  readonly readOne: (entry: unknown) => Reading<T>;
}

export function readList<T>(value: unknown, form: ListForm<T>): Reading<readonly T[]> {
  if (!Array.isArray(value)) {
    return fail(mistake(describeValue(value), form.expected, bracketed(value, form)));
  }
  if (value.length < form.least) {
    return fail(mistake("an empty list", form.expected, form.instead));
  }
  const entries: T[] = [];
  const wrong: Mistake[] = [];
  for (const [i, entry] of value.entries()) {
    const read = form.readOne(entry);
    if (read.ok) entries.push(read.value);
    else wrong.push(...within(i, read.error));
  }
  return wrong.length === 0 ? ok(entries) : fail(wrong);
}

/** Suggests a TOML list for a single value, or for several values in one text as other programs write them. */
function bracketed<T>(value: unknown, { readOne }: ListForm<T>): string | undefined {
  const isText = typeof value === "string" && value.trim() !== "";
  if (!isText && typeof value !== "number") return undefined;
  const entries = isText
    ? value
        .trim()
        .split(/[\s,]+/)
        .slice(0, 4)
    : [value];
  for (const entry of entries) {
    const read = readOne(entry);
    if (!read.ok) return `write a list, each entry ${read.error[0]?.expected ?? "separate"}`;
  }
  return `write [${entries.map(describeValue).join(", ")}]`;
}
