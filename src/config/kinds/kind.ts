/**
 * Defines a kind of setting: how its value is read, and how problems and the reference page describe it. A kind reports
 * a `Mistake` with its key path, without file or position.
 */
import type { Result } from "../../domain/result.ts";
import type { PortNames } from "../../host/services/port-names.ts";

/** Keys and list indexes, outermost first. */
export type KeyPath = readonly (string | number)[];

export interface Mistake {
  readonly path: KeyPath;
  /** Whether the value is wrong, or the presence of the key. */
  readonly at: "key" | "value";
  readonly got: string;
  readonly expected: string;
  readonly hint?: string | undefined;
}

/** Limits of a setting, as far as its kind uses them. */
export interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly of?: readonly string[];
  readonly default?: unknown;
}

export type Reading<T> = Result<T, readonly Mistake[]>;

export interface Kind<T> {
  /** Returns the text that completes "expected …". */
  describe(limits: Limits): string;
  /** Reads a value. Paths of mistakes are relative to it. */
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

/** Prefixes the paths of mistakes with a key. */
export function within(key: string | number, mistakes: readonly Mistake[]): readonly Mistake[] {
  return mistakes.map((found) => ({ ...found, path: [key, ...found.path] }));
}

export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  const object = typeof value === "object" && value !== null;
  return object && !Array.isArray(value) && !(value instanceof Date);
}
