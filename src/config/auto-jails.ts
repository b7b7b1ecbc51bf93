/**
 * Adds the jails of services that were found on this host or in labeled containers: one for each given filter, with
 * default settings.
 */
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import type { Config, JailConfig } from "./config.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { resolveTable } from "./resolve-table.ts";
import { JAIL } from "./jail-settings.ts";

/** Returns the config unchanged unless `config.autojails`. A service that a jail names gets no further jail. */
export function withAutoJails(config: Config, filters: readonly JailName[]): Config {
  if (!config.autojails) return config;
  const taken = new Set(config.jails.flatMap(({ name, filter }) => [`${name}`, filter]));
  const builtIn = [...new Set(filters)].filter((name) => !taken.has(name));
  const added = builtIn.map((name) => defaultJail(config, name, name));
  return deepFreeze({
    ...config,
    jails: sortJails([...config.jails, ...added]),
    builtIn: [...config.builtIn, ...builtIn],
  });
}

/**
 * Replaces the jails of labeled containers by one for each of these services. A service that a configured jail names
 * gets no further jail, unlike one that was found on this host: both may run.
 */
export function withContainerJails(config: Config, services: readonly string[]): Config {
  const others = config.jails.filter(({ source }) => !isLabeled(source));
  const configured = others.filter(({ name }) => !config.builtIn.includes(name));
  const taken = new Set(configured.flatMap(({ name, filter }) => [`${name}`, filter]));
  const added = services.flatMap((service): readonly JailConfig[] => {
    const name = parseJailName(`${service}-container`);
    if (name === undefined || taken.has(service) || taken.has(name)) return [];
    const source = { kind: "container", container: service, by: "label" } as const;
    return [{ ...defaultJail(config, name, service), source }];
  });
  return deepFreeze({ ...config, jails: sortJails([...others, ...added]) });
}

function isLabeled(source: JailConfig["source"]): boolean {
  return source.kind === "container" && source.by === "label";
}

function defaultJail({ defaults }: Config, name: JailName, filter: string): JailConfig {
  return { ...resolveTable(JAIL, [], new Map()), ...defaults, name, filter };
}

function sortJails(jails: readonly JailConfig[]): readonly JailConfig[] {
  return jails.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
