/** Defines the whole configuration as frozen plain values. Every setting is resolved, including defaults. */
import type { JailName } from "../domain/jail-name.ts";
import type { ACTION_TABLES, ActionKind } from "./action-settings.ts";
import type { ChannelConfig } from "./channels/channel-kinds.ts";
import type { EnforcerConfig } from "./enforcers/enforcer-kinds.ts";
import type { DETECT, INCREMENT, JAIL, POLICY } from "./jail-settings.ts";
import type { LIST } from "./list-settings.ts";
import type { ADDRESSES, CONTAINERS, DAEMON, FAIL2BAN, FILTERS } from "./schema.ts";
import type { ValuesOf } from "./setting.ts";

export type DaemonConfig = ValuesOf<typeof DAEMON>;
export type IncrementConfig = ValuesOf<typeof INCREMENT>;
export type PolicyConfig = ValuesOf<typeof POLICY> & {
  readonly increment: IncrementConfig;
  readonly detect: ValuesOf<typeof DETECT>;
};
export type JailConfig = Omit<ValuesOf<typeof JAIL>, "filter"> &
  PolicyConfig & { readonly name: JailName; readonly filter: string };

export type ContainersConfig = ValuesOf<typeof CONTAINERS>;
export type AddressesConfig = ValuesOf<typeof ADDRESSES>;

/** A table [lists.NAME]. */
export type ListConfig = ValuesOf<typeof LIST> & { readonly name: string };

/** A table [actions.NAME]. */
export type NamedAction<Kind extends ActionKind = ActionKind> = {
  [K in Kind]: ValuesOf<(typeof ACTION_TABLES)[K]> & { readonly name: string; readonly kind: K };
}[Kind];

export interface Config {
  readonly daemon: DaemonConfig;
  readonly defaults: PolicyConfig;
  readonly filters: ValuesOf<typeof FILTERS>;
  readonly containers: ContainersConfig;
  readonly addresses: AddressesConfig;
  readonly fail2ban: ValuesOf<typeof FAIL2BAN>;
  /** Channels for notices, sorted by name. */
  readonly notify: readonly ChannelConfig[];
  /** Actions that jails name, sorted by name. */
  readonly actions: readonly NamedAction[];
  /** Block lists, sorted by name. */
  readonly lists: readonly ListConfig[];
  /** Enforcers that jails may name, sorted by name: those with a table, and built-in ones. */
  readonly enforcers: readonly EnforcerConfig[];
  /** All jails, also disabled ones, sorted by name. */
  readonly jails: readonly JailConfig[];
  /** Whether services found on this host get a jail, except those configured with `enabled = false`. */
  readonly autojails: boolean;
  /** Names of jails that were added for services found on this host. */
  readonly builtIn: readonly JailName[];
  /** Files that were read, in order; empty if only the built-in defaults apply. */
  readonly files: readonly string[];
  /** Files that look like configuration but are not read. */
  readonly unread: readonly Oversight[];
}

/** `doubt` describes the problem with its position; `fix` says what to do. */
export interface Oversight {
  readonly doubt: string;
  readonly fix: string;
}

/** Returns the jails that should run. */
export function enabledJails({ jails }: Pick<Config, "jails">): Config["jails"] {
  return jails.filter((jail) => jail.enabled);
}

/** Returns whether an enforcer of this name can hold a list: it takes many addresses at a time. */
export function holdsLists(name: string, { enforcers }: Pick<Config, "enforcers">): boolean {
  const kind = enforcers.find((one) => one.name === name)?.kind;
  return kind !== "command" && kind !== "edge";
}

/** Returns the names of the enforcers of a list. */
export function enforcersOf(
  { enforcer }: Pick<ListConfig, "enforcer">,
  config: Pick<Config, "defaults" | "enforcers">,
): readonly string[] {
  return enforcer ?? config.defaults.enforcer.filter((name) => holdsLists(name, config));
}

/** Returns the enforcers that enabled jails, lists or [defaults] name, in the order of their names. */
export function usedEnforcers(
  config: Pick<Config, "jails" | "lists" | "defaults" | "enforcers">,
): readonly EnforcerConfig[] {
  const used = new Set(
    [config.defaults, ...enabledJails(config), ...config.lists].flatMap(
      ({ enforcer }) => enforcer ?? [],
    ),
  );
  return config.enforcers.filter(({ name }) => used.has(name));
}
