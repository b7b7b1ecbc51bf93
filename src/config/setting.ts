/** Defines the entry of one key in the schema, and derives the type of its value. */
import type { Limits } from "./kinds/kind.ts";
import type { KindValues } from "./kinds/kinds.ts";

export interface Setting extends Limits {
  readonly is: keyof KindValues;
  /** The value that applies if the key is missing and has no default, for the reference page. */
  readonly otherwise?: string;
  readonly meaning: string;
  /** Without one of these keys of its table, or without this value of it, the setting has no effect. */
  readonly needs?: { readonly keys: readonly string[]; readonly value?: string };
  /** The key of its table that is used instead, if both are set. */
  readonly insteadOf?: string;
}

export type Settings = Readonly<Record<string, Setting>>;

/** Returns the keys that a table must set: those with neither a default nor a meaning when missing. */
export function requiredKeys(keys: Settings): readonly string[] {
  return Object.entries(keys).flatMap(([key, setting]) =>
    setting.default === undefined && setting.otherwise === undefined ? [key] : [],
  );
}

/** The types of the values of a table of settings. */
export type ValuesOf<S extends Settings> = { readonly [key in keyof S]: ValueOf<S[key]> };

type ValueOf<S> = ValueThatIs<S> | (S extends AlwaysSet ? never : undefined);

type AlwaysSet = { readonly default: unknown } | { readonly required: string | readonly string[] };

type ValueThatIs<S> = S extends { readonly is: "choice"; readonly of: readonly (infer C)[] }
  ? C
  : S extends { readonly is: infer K extends keyof KindValues }
    ? KindValues[K]
    : never;
