/** Warns of running services without a jail. Built-in jails run only while no jail is configured. */
import type { Config } from "../../config/config.ts";
import { isByHand } from "../by-hand.ts";
import type { FoundService } from "../found-services.ts";
import type { EntryDoubt } from "./doubt-entries.ts";

export function doubtUnwatched(
  { autojails, filters, jails }: Pick<Config, "autojails" | "filters" | "jails">,
  found: readonly FoundService[],
): readonly EntryDoubt[] {
  if (autojails || filters.automatic === "never") return [];
  // A jail disabled by name is off on purpose.
  const settled = new Set(jails.filter(({ enabled }) => !enabled).map(({ name }) => `${name}`));
  const banning = jails.filter(
    ({ enabled, enforcer, source }) => enabled && enforcer !== "memory" && !isByHand({ source }),
  );
  // A jail named like a filter may ban by another filter, such as one that was imported.
  for (const { filter, name } of banning) settled.add(filter).add(name);
  return found.flatMap(({ head: { name }, running: [program] }): readonly EntryDoubt[] => {
    if (settled.has(name) || program === undefined) return [];
    return [
      {
        jail: name,
        doubt: `${program} is running, but no jail protects it: built-in jails run only while no other jail is configured`,
        fix: `run: bailiff enable ${name}; or add [jails.${name}] with enabled = false to leave the service unprotected on purpose`,
      },
    ];
  });
}
