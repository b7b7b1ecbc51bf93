/**
 * What it takes to get from one configuration to another. Start-up is the difference from nothing, and a jail that
 * did not change is not in it: it must not be restarted.
 */
import { isDeepStrictEqual } from "node:util";
import type { JailName } from "../domain/jail-name.ts";
import type { Config, JailConfig } from "./config.ts";

export interface ConfigDiff {
  readonly toAdd: readonly JailConfig[];
  readonly toRemove: readonly JailName[];
  readonly toChange: readonly JailChange[];
  readonly unchanged: readonly JailName[];
  /** Keys of [daemon] that changed. */
  readonly daemon: readonly string[];
  /** Keys of [filters] that changed. */
  readonly filters: readonly string[];
  /** Keys of [notify.webhook] that changed. */
  readonly webhook: readonly string[];
}

export interface JailChange {
  readonly from: JailConfig;
  readonly to: JailConfig;
  /** Which keys differ: a new bantime needs no new source. */
  readonly keys: readonly string[];
}

/** Disabled jails do not run, so to the difference they do not exist. `from` undefined: nothing runs yet. */
export function diffConfigs(from: Config | undefined, to: Config): ConfigDiff {
  const before = running(from);
  const after = running(to);
  const kept = [...after.values()].flatMap((jail) => {
    const old = before.get(jail.name);
    return old === undefined ? [] : [{ from: old, to: jail, keys: changedKeys(old, jail) }];
  });
  return {
    toAdd: [...after.values()].filter((jail) => !before.has(jail.name)),
    toRemove: [...before.keys()].filter((name) => !after.has(name)),
    toChange: kept.filter(({ keys }) => keys.length > 0),
    unchanged: kept.filter(({ keys }) => keys.length === 0).map((jail) => jail.to.name),
    daemon: changedKeys(from?.daemon ?? {}, to.daemon),
    filters: changedKeys(from?.filters ?? {}, to.filters),
    webhook: changedKeys(from?.notify.webhook ?? {}, to.notify.webhook),
  };
}

function running(config: Config | undefined): ReadonlyMap<JailName, JailConfig> {
  const jails = config?.jails.filter((jail) => jail.enabled) ?? [];
  return new Map(jails.map((jail) => [jail.name, jail]));
}

function changedKeys(from: object, to: object): readonly string[] {
  const before = new Map<string, unknown>(Object.entries(from));
  const after = new Map<string, unknown>(Object.entries(to));
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.filter((key) => !isDeepStrictEqual(before.get(key), after.get(key)));
}
