/** Fills the placeholders of a service's definition, and reads values out of its answers. Pure. */
import { isRecord } from "../../domain/json.ts";

/** What an answer or an item must have at a path: this value, or, without one, any text or number but "". */
export interface Condition {
  readonly path: string;
  readonly value?: string | boolean | undefined;
}

export type Values = Readonly<Record<string, unknown>>;

const PLACEHOLDER = /\{([a-z][a-z0-9_]*)\}/g;

/** Returns the names of the placeholders in a value of any depth. */
export function placeholdersIn(value: unknown): ReadonlySet<string> {
  if (typeof value === "string")
    return new Set(Array.from(value.matchAll(PLACEHOLDER), ([, name = ""]) => name));
  const parts = isRecord(value) ? Object.values(value) : [];
  return new Set(parts.flatMap((part) => [...placeholdersIn(part)]));
}

/** Fills a text; `encode` is applied to each value. */
export function fillText(
  text: string,
  values: Values,
  encode: (value: string) => string = String,
): string {
  return text.replaceAll(PLACEHOLDER, (whole, name: string) =>
    name in values ? encode(String(values[name])) : whole,
  );
}

/** Fills a value of any depth. A text that is only a placeholder becomes the value itself, such as an array. */
export function fillValue(value: unknown, values: Values): unknown {
  if (typeof value === "string") {
    const name = /^\{([a-z][a-z0-9_]*)\}$/.exec(value)?.[1];
    return name !== undefined && name in values ? values[name] : fillText(value, values);
  }
  if (Array.isArray(value)) return value.map((part: unknown) => fillValue(part, values));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, fillValue(part, values)]),
  );
}

/** Reads "result/0/ip" from an answer; "" is the answer itself. Returns undefined if it is missing. */
export function readPath(value: unknown, path: string): unknown {
  if (path === "") return value;
  return path
    .split("/")
    .reduce(
      (part: unknown, key) => (isRecord(part) && Object.hasOwn(part, key) ? part[key] : undefined),
      value,
    );
}

/** Returns whether an answer, or an item of a list, meets a condition. */
export function isMet({ path, value }: Condition, answer: unknown): boolean {
  const found = readPath(answer, path);
  if (value !== undefined) return found === value;
  return typeof found === "number" || (typeof found === "string" && found !== "");
}
