/**
 * Parses the key of a field in a structured line: `client.ip`, `'labels."app.io/name"'` for a name with dots,
 * `addresses.0` and `addresses.*` for elements of a list, `message{}.ip` for JSON in a text, `client_ip|remote_ip` for
 * the first that is present, `user?` for one that may be missing. Pure.
 */
import { type Result, fail, ok } from "../../domain/result.ts";

export type PathStep =
  | { readonly kind: "key"; readonly key: string }
  /** Selects every element of a list. */
  | { readonly kind: "each" }
  /** Parses the text as JSON. */
  | { readonly kind: "embedded" };

export interface RecordKey {
  /** Alternative paths in order of preference; at least one. */
  readonly paths: readonly (readonly PathStep[])[];
  readonly isOptional: boolean;
}

export interface KeyProblem {
  readonly got: string;
  readonly expected: string;
}

const MAX_PATHS = 8;
const MAX_STEPS = 16;

/** Matches a name in quotes, or one without characters that have a meaning. */
const STEP = /"([^"]+)"|\*|[^."*|?{}\s][^."*|?{}]*/y;

export function parseRecordKey(text: string): Result<RecordKey, KeyProblem> {
  const isOptional = text.endsWith("?");
  const end = isOptional ? text.length - 1 : text.length;
  const paths: PathStep[][] = [[]];
  let at = 0;
  for (;;) {
    STEP.lastIndex = at;
    const [written, quoted] = STEP.exec(text.slice(0, end)) ?? [];
    const steps = paths.at(-1) ?? [];
    if (written === undefined || steps.length >= MAX_STEPS) return fail(problemAt(text, at));
    steps.push(written === "*" ? { kind: "each" } : { kind: "key", key: quoted ?? written });
    at += written.length;
    if (text.startsWith("{}", at)) {
      steps.push({ kind: "embedded" });
      at += 2;
    }
    if (at === end) return paths.length > MAX_PATHS ? fail(TOO_MANY) : ok({ paths, isOptional });
    if (text.charAt(at) === "|") paths.push([]);
    else if (text.charAt(at) !== ".") return fail(problemAt(text, at));
    at++;
  }
}

const TOO_MANY: KeyProblem = {
  got: `a key with more than ${MAX_PATHS} alternatives`,
  expected: `at most ${MAX_PATHS}`,
};

function problemAt(text: string, at: number): KeyProblem {
  return {
    got: `key ${JSON.stringify(text)}, which cannot be read at character ${at + 1}`,
    expected:
      'names with dots between them, as in "client.ip"; also "list.*", "text{}.ip", "one|other", "maybe?", and \'labels."with.dots"\'',
  };
}

/** Maximum number of elements of a list that are examined. */
const MAX_ELEMENTS = 64;

/** The value of a key that occurs twice. No pattern matches it, and no path leads into it, but the key is present. */
export const AMBIGUOUS: readonly never[] = Object.freeze([]);

/**
 * Returns the values at the path that are neither missing nor null; several for a list. `parse` reads JSON in a text. A
 * path that leads to values in more than one spelling, with and without dots in a key, is ambiguous.
 */
export function valuesAt(
  root: unknown,
  steps: readonly PathStep[],
  parse: (text: string) => unknown,
): readonly unknown[] {
  const [only] = steps;
  // Most paths are one key.
  if (steps.length === 1 && only?.kind === "key")
    return [ownValue(root, only.key)].filter(isPresent);
  let values: readonly unknown[] = [root];
  const found: (readonly unknown[])[] = [];
  for (let at = 0; at < steps.length && values.length > 0; at++) {
    const step = steps[at];
    const dotted = dottedKey(steps, at);
    if (dotted !== undefined) found.push(values.map((value) => ownValue(value, dotted)));
    values = values.flatMap((value) => next(value, step, parse)).slice(0, MAX_ELEMENTS);
  }
  const [first = [], ...others] = [...found, values]
    .map((each) => each.filter(isPresent))
    .filter(({ length }) => length > 0);
  return others.length > 0 ? [AMBIGUOUS] : first;
}

/** Returns the rest of the path as one key with dots, because some writers flatten their objects. undefined: it has others. */
export function dottedKey(steps: readonly PathStep[], at: number): string | undefined {
  const rest = steps.slice(at);
  if (rest.length < 2 || rest.some(({ kind }) => kind !== "key")) return undefined;
  return rest.map((step) => (step.kind === "key" ? step.key : "")).join(".");
}

function next(
  value: unknown,
  step: PathStep | undefined,
  parse: (text: string) => unknown,
): readonly unknown[] {
  switch (step?.kind) {
    case undefined:
      return [];
    case "key":
      return [ownValue(value, step.key)];
    case "each":
      return Array.isArray(value) ? value : [];
    case "embedded":
      return typeof value === "string" ? [parse(value)] : [];
  }
}

function ownValue(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
