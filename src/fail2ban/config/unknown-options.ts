/**
 * Finds keys that nothing reads: no option, and no value refers to them. fail2ban drops them silently, so a slip of the
 * keyboard (`ignore-ip`, `max-retry`) leaves a jail without what its administrator asked for. Only what somebody wrote
 * for a jail that runs is looked at; in files that come with fail2ban a key is reported only when it resembles an option.
 */
import { didYouMean } from "../../domain/did-you-mean.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Layers } from "./layers.ts";
import { namesInUse } from "./names-in-use.ts";

export interface KeySearch {
  /** Whose keys are judged. */
  readonly layers: Layers;
  /** undefined: those of [DEFAULT]. */
  readonly section: string | undefined;
  readonly options: readonly string[];
  /** Every file in which something may refer to them. */
  readonly users: readonly Layers[];
  /** resembling: only those that look like an option. */
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
    // A name of the writer's own, for nothing but himself.
    if (name.startsWith("_") || line === 0) return [];
    const near = didYouMean(name, options);
    // `action_mw` is a variant of `action` for administrators to choose.
    const meant = near !== undefined && name.startsWith(`${near}_`) ? undefined : near;
    if (meant === undefined && which === "resembling") return [];
    const expected = meant === undefined ? "an option, or a name that something uses" : meant;
    const hint = "nothing reads it, and fail2ban ignores it without a message";
    return [
      { path, line, key: at(section, key), got: `${key} = ${shorten(text)}`, expected, hint },
    ];
  });
}

/** `failregex?logtype=journal` is of failregex. */
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
