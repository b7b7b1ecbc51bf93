/** Adds the jails that run when none is configured: one for each given filter, with default settings. */
import type { JailName } from "../domain/jail-name.ts";
import type { Config } from "./config.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { resolveTable } from "./resolve-table.ts";
import { JAIL } from "./jail-settings.ts";

/** Returns the config unchanged unless `config.autojails`; a jail that the operator disabled stays disabled. */
export function withAutoJails(config: Config, filters: readonly JailName[]): Config {
  if (!config.autojails) return config;
  const named = new Set(config.jails.map((jail) => jail.name));
  const own = resolveTable(JAIL, [], new Map());
  const added = [...new Set(filters)]
    .filter((name) => !named.has(name))
    .map((name) => ({ ...own, ...config.defaults, name, filter: name }));
  const jails = [...config.jails, ...added].sort((a, b) => (a.name < b.name ? -1 : 1));
  return deepFreeze({ ...config, jails });
}
