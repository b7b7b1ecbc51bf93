/** Replaces one jail and its filter in a configuration. Other jails with that filter keep the unchanged filter. */
import type { Adjustable } from "../../../daemon/live-config.ts";
import type { ChangedJail } from "./changing-jail.ts";

export function replaceJail({ config, filters }: Adjustable, changed: ChangedJail): Adjustable {
  const { name } = changed.config;
  const same = filters.get(changed.config.filter) === changed.definition;
  const shared = config.jails.some(
    (jail) => jail.name !== name && jail.filter === changed.config.filter,
  );
  const filter = same || !shared ? changed.config.filter : ownName(changed.config.filter, name);
  const jails = config.jails.map((jail) =>
    jail.name === name ? { ...changed.config, filter } : jail,
  );
  if (same) return { config: { ...config, jails }, filters };
  const definition = { ...changed.definition, name: filter };
  return { config: { ...config, jails }, filters: new Map([...filters, [filter, definition]]) };
}

function ownName(filter: string, jail: string): string {
  return `${filter}-of-${jail}`;
}
