/** Resolves every key of one table of the schema: from the first table that sets it, else the schema's default. */
import type { PortNames } from "../host/services/port-names.ts";
import { KINDS } from "./kinds/kinds.ts";
import type { Setting, Settings, ValuesOf } from "./setting.ts";

/** Looks up a key in one table; undefined when the table does not set it. */
export type Find = (key: string) => unknown;

export function resolveTable<S extends Settings>(
  settings: S,
  finds: readonly Find[],
  names: PortNames,
): ValuesOf<S> {
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    const found = finds.find((find) => find(key) !== undefined);
    values[key] = found === undefined ? defaultOf(setting, names) : found(key);
  }
  if (!holdsEvery(settings, values)) throw new Error("a setting was left without a value");
  return values;
}

/** Parses a default of the schema (written as in a file) with the setting's own kind. */
function defaultOf(setting: Setting, names: PortNames): unknown {
  if (setting.default === undefined) return undefined;
  const read = KINDS[setting.is].read(setting.default, setting, names);
  if (!read.ok) throw new Error(`the schema's own default is no ${setting.is}`);
  return read.value;
}

/** Returns whether all keys have values. Their types are guaranteed by the kinds. */
function holdsEvery<S extends Settings>(settings: S, values: object): values is ValuesOf<S> {
  return Object.entries(settings).every(
    ([key, setting]) => Object.hasOwn(values, key) || setting.default === undefined,
  );
}
