/** Adds the jails of services that were found on this host: one for each given filter, with default settings. */
import type { JailName } from "../domain/jail-name.ts";
import type { Config } from "./config.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { resolveTable } from "./resolve-table.ts";
import { JAIL } from "./jail-settings.ts";

/** Returns the config unchanged unless `config.autojails`. A service that a jail names gets no further jail. */
export function withAutoJails(config: Config, filters: readonly JailName[]): Config {
  if (!config.autojails) return config;
  const taken = new Set(config.jails.flatMap(({ name, filter }) => [`${name}`, filter]));
  const own = resolveTable(JAIL, [], new Map());
  const builtIn = [...new Set(filters)].filter((name) => !taken.has(name));
  const added = builtIn.map((name) => ({ ...own, ...config.defaults, name, filter: name }));
  const jails = [...config.jails, ...added].sort((a, b) => (a.name < b.name ? -1 : 1));
  return deepFreeze({ ...config, jails, builtIn: [...config.builtIn, ...builtIn] });
}
