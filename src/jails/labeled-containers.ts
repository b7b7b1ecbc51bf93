/**
 * Finds the services that running containers name by the label `bailiff.service`. A label only chooses among the shipped
 * filters with verified rules for failed logins; it is never a path, an option or a command.
 */
import type { Config } from "../config/config.ts";
import { countsLogins, type FilterDefinition } from "../domain/filter-definition.ts";
import { suggestFilter } from "../domain/suggest-filter.ts";
import { enginePlaces } from "../source/container/engine-places.ts";
import { type ContainerLabel, listLabels } from "../source/container/find-container-log.ts";
import { openLibrary } from "./load-filters.ts";
import { listShippedFilters } from "./shipped-filters.ts";

export interface LabeledServices {
  /** The labels of this search: equal texts for equal labels. */
  readonly key: string;
  readonly services: readonly string[];
  readonly filters: ReadonlyMap<string, FilterDefinition>;
  readonly ignored: readonly IgnoredLabel[];
}

export interface IgnoredLabel extends ContainerLabel {
  readonly reason: string;
}

/** Maximum length of a label in a report. */
const MAX_SHOWN = 64;

/** Returns a text that is equal as long as the labels of running containers are. */
export function labelKey({ containers }: Pick<Config, "containers">): string {
  return keyOf(labelsOfRoot({ containers }));
}

/** Lists labels of root's containers: a user who may label containers could choose which services get a jail. */
function labelsOfRoot({
  containers: { roots },
}: Pick<Config, "containers">): readonly ContainerLabel[] {
  return listLabels(enginePlaces({ roots, users: [] }));
}

function keyOf(labels: readonly ContainerLabel[]): string {
  return labels
    .map(({ container, service }) => JSON.stringify([container, service]))
    .sort()
    .join();
}

export async function findLabeledServices(
  config: Pick<Config, "containers" | "filters">,
): Promise<LabeledServices> {
  const labels = labelsOfRoot(config);
  const shipped = listShippedFilters();
  const named = [...new Set(labels.map(({ service }) => service))].filter((name) =>
    shipped.has(name),
  );
  const library = await openLibrary(config.filters.directories);
  const { filters } = await library.read(named);
  const known = named.flatMap((name) => {
    const filter = filters.get(name);
    return filter !== undefined && countsLogins(filter) ? [[name, filter] as const] : [];
  });
  const services = known.map(([name]) => name).sort();
  const ignored = labels
    .filter(({ service }) => !services.includes(service))
    .map(({ container, service }) => ({
      container,
      service: service.slice(0, MAX_SHOWN),
      reason: shipped.has(service)
        ? "it has no verified rule for failed logins"
        : `no shipped filter has this name: ${suggestFilter(service, [...shipped.keys()]) ?? "bailiff services --all lists them"}`,
    }));
  return { key: keyOf(labels), services, filters: new Map(known), ignored };
}
