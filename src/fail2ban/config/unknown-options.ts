/**
 * Finds keys that are neither options nor referred to by a value. fail2ban ignores them silently, so a typing error
 * (`ignore-ip`, `max-retry`) has no visible effect. Only examines files of jails that run; in files that fail2ban
 * ships, a key is reported only if it resembles an option.
 */
import { didYouMean } from "../../domain/did-you-mean.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Layers } from "./layers.ts";
import { namesInUse } from "./names-in-use.ts";

export interface KeySearch {
  /** Files whose keys are checked. */
  readonly layers: Layers;
  /** Name of the section; undefined: [DEFAULT]. */
  readonly section: string | undefined;
  readonly options: readonly string[];
  /** Files whose values may refer to the keys. */
  readonly users: readonly Layers[];
  /** resembling: only keys that resemble an option. */
  readonly which: "all" | "resembling";
}

export function findUnknownOptions(search: KeySearch): readonly Problem[] {
  const { layers, section, options, users, which } = search;
  const entries =
    section === undefined ? layers.defaults : (layers.sections.get(section) ?? new Map());
  const candidates = [...entries].filter(([key]) => !options.includes(plain(key)));
  if (candidates.length === 0) return [];
  const used = namesInUse(users);
  return candidates.flatMap(([key, { text, path, line }]): readonly Problem[] => {
    const name = plain(key);
    if (used.has(name)) return [];
    // By convention, a leading underscore marks a private variable of the author.
    if (name.startsWith("_") || line === 0) return [];
    const near = didYouMean(name, options);
    // `action_mw` is a predefined variant of `action`, not a typing error.
    const meant = near !== undefined && name.startsWith(`${near}_`) ? undefined : near;
    if (meant === undefined && which === "resembling") return [];
    const expected =
      meant === undefined ? "an option of fail2ban, or a key that another value refers to" : meant;
    const hint = "fail2ban ignores this key without a message";
    return [
      { path, line, key: at(section, key), got: `${key} = ${shorten(text)}`, expected, hint },
    ];
  });
}

/** Returns a key without its condition: failregex for `failregex?logtype=journal`. */
function plain(key: string): string {
  return key.split("?")[0] ?? key;
}

function at(section: string | undefined, key: string): string {
  return `${section ?? "DEFAULT"}.${key}`;
}

function shorten(text: string): string {
  const [first = ""] = text.split("\n");
  return first.length > 60 ? `${first.slice(0, 60)}…` : first;
}
