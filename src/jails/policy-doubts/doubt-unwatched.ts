/** Warns of running services without a jail, because built-in jails run only while no jail is configured. */
import type { Config } from "../../config/config.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { findRunningHere } from "../../host/process/running-programs.ts";
import { isByHand } from "../by-hand.ts";
import type { EntryDoubt } from "./doubt-entries.ts";

/** The programs of these names that run in this mount and network namespace, as far as visible. */
export type FindRunning = (programs: readonly string[]) => readonly string[];

export function doubtUnwatched(
  { autojails, jails }: Pick<Config, "autojails" | "jails">,
  filters: ReadonlyMap<string, FilterDefinition>,
  findRunning: FindRunning = findRunningHere,
): readonly EntryDoubt[] {
  if (autojails) return [];
  // A jail disabled by name is off on purpose.
  const settled = new Set(jails.filter(({ enabled }) => !enabled).map(({ name }) => `${name}`));
  const banning = jails.filter(
    ({ enabled, enforcer, source }) => enabled && enforcer !== "memory" && !isByHand({ source }),
  );
  // A jail named like a filter may ban by another filter, such as one that was imported.
  for (const { filter, name } of banning) settled.add(filter).add(name);
  return [...filters.values()].flatMap(({ name, programs }): readonly EntryDoubt[] => {
    if (settled.has(name)) return [];
    const [program] = findRunning(programs);
    if (program === undefined) return [];
    return [
      {
        jail: name,
        doubt: `${program} runs here and no jail bans for it: built-in jails run only while no other jail is configured`,
        fix: `add [jails.${name}]; with enabled = false in it to leave the service unprotected on purpose`,
      },
    ];
  });
}
