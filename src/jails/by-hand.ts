/** Describes jails that read nothing: bans are put into them by hand and by other programs only. */
import type { JailConfig } from "../config/config.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";

/** The reason of a ban by hand for which none was given. */
export const BANNED_BY_HAND = "banned by hand";
export const BY_HAND_ONLY = "bans by hand only";

export function isByHand({ source }: Pick<JailConfig, "source">): boolean {
  return source.kind === "none";
}

/** Creates the filter of a jail that names none. */
export function emptyFilter(name: string): FilterDefinition {
  return {
    ...{ name, description: BY_HAND_ONLY, path: "no file" },
    ...{ programs: [], journal: [], files: [], ports: [], rules: [], samples: [] },
  };
}
