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
  /** Set if the table is a mistake without this key, which has no default: an example of its value. */
  readonly required?: string | readonly string[];
  /** An example of its value, if neither `required` nor the default is one. */
  readonly example?: string | readonly string[];
}

/** Returns an example of the setting's value; `ofKind`: one that fits every setting of the kind. */
export function exampleOf(limits: Limits, ofKind: string): string;
export function exampleOf(limits: Limits, ofKind: readonly string[]): readonly string[];
export function exampleOf(
  { example, required, default: usual }: Limits,
  ofKind: string | readonly string[],
): string | readonly string[] {
  const fits = (value: unknown): value is typeof ofKind =>
    Array.isArray(value) === Array.isArray(ofKind) && value !== undefined && value !== "";
  return [example, required, usual].find(fits) ?? ofKind;
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
