/**
 * Defines a kind of setting: how its value is read, and its name in problems and in the reference page. A kind knows
 * nothing of files or positions; it reports a `Mistake` with the path to it.
 */
import type { Result } from "../../domain/result.ts";
import type { PortNames } from "../../host/services/port-names.ts";

/** Keys and list positions from the outside in. */
export type KeyPath = readonly (string | number)[];

export interface Mistake {
  readonly path: KeyPath;
  /** Which of the two is wrong: the value, or that there is such a key at all. */
  readonly at: "key" | "value";
  readonly got: string;
  readonly expected: string;
  readonly hint?: string | undefined;
}

/** One line of the schema, as far as its kind needs it. */
export interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly of?: readonly string[];
  readonly default?: unknown;
}

export type Reading<T> = Result<T, readonly Mistake[]>;

export interface Kind<T> {
  /** What is expected, as it reads after "expected". */
  describe(limits: Limits): string;
  /** Paths of mistakes are relative to the value. */
  read(value: unknown, limits: Limits, names: PortNames): Reading<T>;
}

export function mistake(
  got: string,
  expected: string,
  hint?: string,
  path: KeyPath = [],
): readonly Mistake[] {
  return [{ path, at: "value", got, expected, hint }];
}

/** The same mistakes, seen from one step further out. */
export function within(key: string | number, mistakes: readonly Mistake[]): readonly Mistake[] {
  return mistakes.map((found) => ({ ...found, path: [key, ...found.path] }));
}

export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  const object = typeof value === "object" && value !== null;
  return object && !Array.isArray(value) && !(value instanceof Date);
}
