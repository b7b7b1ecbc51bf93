/** Describes jails that read nothing: bans are put into them by hand and by other programs only. */
import type { JailConfig } from "../config/config.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";

/** Default reason of a ban by hand. */
export const BANNED_BY_HAND = "banned by hand";
export const BY_HAND_ONLY = "bans by hand only";

export function isByHand({ source }: Pick<JailConfig, "source">): boolean {
  return source.kind === "none";
}

/** Creates a filter without rules, for a jail that names no filter. */
export function emptyFilter(name: string): FilterDefinition {
  return {
    ...{ name, description: BY_HAND_ONLY, path: "no file" },
    ...{ programs: [], journal: [], files: [], ports: [], rules: [], samples: [] },
  };
}
