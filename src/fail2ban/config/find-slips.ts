/**
 * Finds options of a jail with probable mistakes, such as unused keys and unknown tags. Reports where each option is
 * written.
 */
import type { Problem } from "../../domain/problem.ts";
import type { Layers } from "./layers.ts";
import { ACTION_KEYS, FILTER_KEYS, JAIL_KEYS, LATER_KEYS, SETTING_KEYS } from "./option-keys.ts";
import type { IniEntry } from "./parse-ini.ts";
import { findUnknownOptions } from "./unknown-options.ts";
import { findUnknownTags } from "./unknown-tags.ts";

export interface SlipSearch {
  readonly jail: string;
  /** The layers of jail.conf. */
  readonly layers: Layers;
  readonly filter: Layers | undefined;
  readonly actions: Iterable<Layers>;
  readonly places: ReadonlyMap<string, IniEntry>;
  /** Returns the value of an option, with all references replaced. */
  readonly valueOf: (key: string) => string | undefined;
}

const JAIL_OPTIONS = [...JAIL_KEYS, ...LATER_KEYS];

export function findSlips(search: SlipSearch): readonly Problem[] {
  const { jail, layers, filter, actions } = search;
  const users = [layers, ...(filter === undefined ? [] : [filter]), ...actions];
  const definition = { section: "Definition", users, which: "resembling" } as const;
  return [
    ...findUnknownOptions({ layers, section: jail, options: JAIL_OPTIONS, users, which: "all" }),
    ...users.slice(1).flatMap((one) => {
      const options = one === filter ? [...FILTER_KEYS, "logtype", "mode"] : ACTION_KEYS;
      return findUnknownOptions({ ...definition, layers: one, options });
    }),
    ...tagSlips(search),
  ];
}

function tagSlips({ jail, filter, places, valueOf }: SlipSearch): readonly Problem[] {
  const names = [...(filter?.sections.get("Definition")?.keys() ?? [])];
  return ["prefregex", "failregex", "ignoreregex"].flatMap((key) => {
    const entry = places.get(key);
    if (entry === undefined) return [];
    const place = { path: entry.path, line: entry.line };
    return findUnknownTags({ key: `${jail}.${key}`, text: valueOf(key) ?? "", place, names });
  });
}

/** Finds mistakes in [DEFAULT] of jail.conf, which all jails use, and in fail2ban.conf. */
export function findCommonSlips(
  jails: Layers,
  settings: Layers,
  users: readonly Layers[],
): readonly Problem[] {
  const common = { section: undefined, options: JAIL_OPTIONS, which: "resembling" } as const;
  return [
    ...findUnknownOptions({ layers: jails, users, ...common }),
    ...[undefined, "Definition", "Thread"].flatMap((section) => {
      const own = { layers: settings, users: [settings], options: SETTING_KEYS };
      return findUnknownOptions({ ...own, section, which: "all" });
    }),
  ];
}

/** Returns where each option is written: in the jail, else in [DEFAULT], else in its filter. */
export function placesOfOptions(
  { sections, defaults }: Layers,
  jail: string,
  filter: Layers | undefined,
): ReadonlyMap<string, IniEntry> {
  const places = new Map<string, IniEntry>();
  const own = [filter?.defaults, filter?.sections.get("Init"), filter?.sections.get("Definition")];
  for (const [key, entry] of own.flatMap((section) => [...(section ?? [])]))
    if (FILTER_KEYS.some((one) => one === key)) places.set(key, entry);
  for (const [key, entry] of [...defaults, ...(sections.get(jail) ?? [])])
    if (entry.line > 0) places.set(key, entry);
  return places;
}
