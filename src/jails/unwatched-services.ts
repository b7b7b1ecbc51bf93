/** Selects running services that no jail watches because built-in jails run only while no other jail is configured. */
import type { Config } from "../config/config.ts";
import { observesOnly } from "../config/observes-only.ts";
import { isByHand } from "./by-hand.ts";
import type { FoundService } from "./found-services.ts";

export function unwatchedServices(
  { autojails, filters, jails }: Pick<Config, "autojails" | "filters" | "jails">,
  found: readonly FoundService[],
): readonly FoundService[] {
  if (autojails || filters.automatic === "never") return [];
  // A jail disabled by name is off on purpose.
  const settled = new Set(jails.filter(({ enabled }) => !enabled).map(({ name }) => `${name}`));
  const banning = jails.filter(
    ({ enabled, enforcer, source }) =>
      enabled && !observesOnly({ enforcer }) && !isByHand({ source }),
  );
  // A jail named like a filter may ban by another filter, such as one that was imported.
  for (const { filter, name } of banning) settled.add(filter).add(name);
  return found.filter(({ head, running }) => running.length > 0 && !settled.has(head.name));
}
