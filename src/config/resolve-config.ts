/**
 * Merges layers of checked settings into one frozen Config; later layers take precedence for each key. A jail's key
 * comes from its own table, else [defaults], else the schema.
 */
import type { PortNames } from "../host/services/port-names.ts";
import type { CheckedDocument } from "./check-document.ts";
import { ACTION_KINDS, ACTION_TABLES, type ActionKind } from "./action-settings.ts";
import type { Config, JailConfig, NamedAction, PolicyConfig } from "./config.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { resolveChannels } from "./resolve-channels.ts";
import { resolveEnforcers } from "./resolve-enforcers.ts";
import { type Find, resolveTable } from "./resolve-table.ts";
import { DETECT, INCREMENT, JAIL, POLICY } from "./jail-settings.ts";
import { LIST } from "./list-settings.ts";
import { ADDRESSES, CONTAINERS, DAEMON, FAIL2BAN, FILTERS } from "./schema.ts";

export interface Layers {
  /** Documents in order: the last one that sets a key takes precedence. */
  readonly documents: readonly Pick<
    CheckedDocument,
    "settings" | "jails" | "actions" | "enforcers" | "lists" | "notify"
  >[];
  readonly files: readonly string[];
  readonly names: PortNames;
}

/** Returns the table at a path, merged from all layers. */
type TableAt = (...path: readonly string[]) => Find;

export function resolveConfig({ documents, files, names }: Layers): Config {
  const made = new Map<string, unknown>();
  for (const { path, value } of documents.flatMap(({ settings }) => settings)) {
    made.set(JSON.stringify(path), value);
  }
  const at: TableAt =
    (...path) =>
    (key) =>
      made.get(JSON.stringify([...path, key]));
  const jails = [...new Set(documents.flatMap((document) => document.jails))]
    .sort()
    .map((name): JailConfig => {
      const own = resolveTable(JAIL, [at("jails", name)], names);
      const policy = resolvePolicy(at, [["jails", name], ["defaults"]], names);
      return { ...own, ...policy, name, filter: own.filter ?? name };
    });
  const filters = resolveTable(FILTERS, [at("filters")], names);
  return deepFreeze({
    daemon: resolveTable(DAEMON, [at("daemon")], names),
    defaults: resolvePolicy(at, [["defaults"]], names),
    filters,
    containers: resolveTable(CONTAINERS, [at("containers")], names),
    addresses: resolveTable(ADDRESSES, [at("addresses")], names),
    fail2ban: resolveTable(FAIL2BAN, [at("fail2ban")], names),
    lists: [...new Set(documents.flatMap(({ lists }) => lists))]
      .sort()
      .map((name) => ({ ...resolveTable(LIST, [at("lists", name)], names), name })),
    enforcers: resolveEnforcers({
      names: documents.flatMap((document) => document.enforcers),
      at: (name) => at("enforcers", name),
      portNames: names,
    }),
    notify: resolveChannels({
      names: documents.flatMap(({ notify }) => notify),
      at: (name) => at("notify", name),
      portNames: names,
    }),
    actions: [...new Set(documents.flatMap(({ actions }) => actions))]
      .sort()
      .flatMap((name) => resolveAction(name, at("actions", name), names)),
    jails,
    autojails:
      filters.automatic === "always" ||
      (filters.automatic === "alone" && !jails.some((jail) => jail.enabled)),
    builtIn: [],
    files,
    unread: [],
  });
}

/** Returns nothing for an action whose kind or a required key is missing, which is reported as a mistake. */
function resolveAction(name: string, find: Find, names: PortNames): readonly NamedAction[] {
  const kind = kindOfAction(find);
  if (kind === undefined || missingKeys(kind, find).length > 0) return [];
  switch (kind) {
    case "command":
      return [{ ...resolveTable(ACTION_TABLES[kind], [find], names), name, kind }];
    case "log":
      return [{ ...resolveTable(ACTION_TABLES[kind], [find], names), name, kind }];
    case "abuseipdb":
      return [{ ...resolveTable(ACTION_TABLES[kind], [find], names), name, kind }];
    case "blocklist-de":
      return [{ ...resolveTable(ACTION_TABLES[kind], [find], names), name, kind }];
    case "xarf":
      return [{ ...resolveTable(ACTION_TABLES[kind], [find], names), name, kind }];
  }
}

export function kindOfAction(find: Find): ActionKind | undefined {
  const found = find("kind");
  return ACTION_KINDS.find((kind) => kind === found);
}

/** Returns the keys that an action of this kind must set and does not. */
export function missingKeys(kind: ActionKind, find: Find): readonly string[] {
  const required = Object.entries(ACTION_TABLES[kind]).filter(
    ([, setting]) => "required" in setting,
  );
  return required.map(([key]) => key).filter((key) => find(key) === undefined);
}

function resolvePolicy(
  at: TableAt,
  tables: readonly (readonly string[])[],
  names: PortNames,
): PolicyConfig {
  const own = tables.map((table) => at(...table));
  const increment = tables.map((table) => at(...table, "increment"));
  const detect = tables.map((table) => at(...table, "detect"));
  return {
    ...resolveTable(POLICY, own, names),
    increment: resolveTable(INCREMENT, increment, names),
    detect: resolveTable(DETECT, detect, names),
  };
}
