/** Resolves the enforcers of a configuration: those with a table, and built-in ones with their defaults. */
import { normalize } from "node:path";
import { parseHttpUrl } from "../domain/http-url.ts";
import type { PortNames } from "../host/services/port-names.ts";
import {
  ENFORCER_KINDS,
  type EnforcerConfig,
  type EnforcerKeys,
  type EnforcerKind,
  isEnforcerKind,
} from "./enforcers/enforcer-kinds.ts";
import { type Find, resolveTable } from "./resolve-table.ts";
import { requiredKeys, type Settings } from "./setting.ts";

export interface KindTables {
  /** Names of the tables [enforcers.NAME] or [notify.NAME]. */
  readonly names: readonly string[];
  /** Returns the values of a table. */
  readonly at: (name: string) => Find;
  readonly portNames: PortNames;
}

export function resolveEnforcers(tables: KindTables): readonly EnforcerConfig[] {
  const builtIn = Object.entries(ENFORCER_KINDS).flatMap(([name, kind]) =>
    requiredKeys(kind.keys).length === 0 ? [name] : [],
  );
  return [...new Set([...builtIn, ...tables.names])].sort().flatMap((name) => {
    const values = tables.at(name);
    const kind = values("kind") ?? name;
    if (typeof kind !== "string" || !isEnforcerKind(kind)) return [];
    return [completeEnforcer(name, kind, values, tables.portNames)];
  });
}

/** Returns an enforcer with the given values, and the defaults of its kind for all others. */
export function completeEnforcer(
  name: string,
  kind: EnforcerKind,
  values: Find,
  portNames: PortNames = new Map(),
): EnforcerConfig {
  const keys: Settings = ENFORCER_KINDS[kind].keys;
  const settings = resolveTable(keys, [values], portNames);
  const enforcer = { name, kind, place: placeOf(kind, settings), settings };
  if (!isResolved(enforcer)) throw new Error("a setting was left without a value");
  return enforcer;
}

/** Returns whether all keys have values. Their types are guaranteed by the kinds. */
function isResolved(enforcer: {
  readonly name: string;
  readonly kind: EnforcerKind;
  readonly place: string;
  readonly settings: object;
}): enforcer is EnforcerConfig {
  return Object.keys(ENFORCER_KINDS[enforcer.kind].keys).every((key) =>
    Object.hasOwn(enforcer.settings, key),
  );
}

function placeOf(kind: EnforcerKind, settings: object): string {
  const values = new Map<string, unknown>(Object.entries(settings));
  const { place }: EnforcerKeys = ENFORCER_KINDS[kind];
  return JSON.stringify([kind, ...place.map((key) => normalizeValue(values.get(key)))]);
}

/** Returns the same value for every spelling of a path or an address of a service. */
function normalizeValue(value: unknown): unknown {
  if (typeof value !== "string") return value ?? null;
  if (value.startsWith("/")) return normalize(value);
  return parseHttpUrl(value) === undefined ? value : new URL(value).href.replace(/\/+$/, "");
}
