/**
 * Finds where each jail's lines are logged. `auto` searches the filter's files and journal entries, a container is
 * looked up at its engine; both describe what was found for the administrator. Other sources are used unchanged.
 */
import type { ContainersConfig } from "../../config/config.ts";
import type { Clock } from "../../domain/clock.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import type { Instant } from "../../domain/instant.ts";
import { localOffset } from "../../host/time-zone.ts";
import { findLogSource, type LeftPlace } from "../../source/find-log-source.ts";
import type { WantedContainer } from "../../source/container/container.ts";
import type { ContainerFault, PublishedPort } from "../../source/container/find-container-log.ts";
import type { Jail } from "../../jails/jail.ts";
import { lineInstant } from "./line-instant.ts";
import { isSharedLog } from "../../host/logs/shared-log.ts";
import type { FoundSource } from "./source-plan.ts";
import { isSystemLine } from "../../parse/header/is-system-line.ts";

export interface Looked {
  readonly where: string;
  readonly found: string;
}

export interface SourceSearch {
  readonly source: FoundSource | undefined;
  readonly looked: readonly Looked[];
  /** Ports that the containers of the jail publish, as far as known. */
  readonly published?: readonly PublishedPort[];
  /** What is wrong with the container that was looked up; undefined: nothing, or no container was. */
  readonly fault?: ContainerFault | undefined;
}

/** A jail, and what a search for its log depends on. */
export interface SearchedJail {
  readonly jail: Jail;
  readonly definition: FilterDefinition;
  readonly containers: ContainersConfig;
}

export interface Wanting {
  /** The place that the jail read, in which its lines no longer arrived. */
  readonly left?: LeftPlace;
  /** Considers only other places, and only with lines newer than this. */
  readonly newerThan?: Instant;
}

export async function findSource(
  { jail, definition, containers }: SearchedJail,
  clock: Clock,
  wanting: Wanting = {},
): Promise<SourceSearch> {
  const { source } = jail.config;
  if (source.kind === "container") return findContainer(source, containers);
  if (source.kind !== "auto") return { source, looked: [] };
  const { chosen, looked } = await findLogSource({
    programs: definition.programs,
    files: definition.files,
    isShared: isSharedLog,
    isSystemLine,
    journal: definition.journal.map((match) => match.split(/\s+/)),
    instantOf: (line) => lineInstant(line, clock.now(), localOffset),
    ...wanting,
    clock,
  });
  if (chosen === undefined) return { source: undefined, looked };
  if (chosen.kind === "file") return { source: { kind: "file", files: chosen.files }, looked };
  return { source: { kind: "journal", matches: chosen.matches, directory: undefined }, looked };
}

async function findContainer(
  wanted: WantedContainer,
  containers: ContainersConfig,
): Promise<SourceSearch> {
  // Loaded on demand: most hosts name no container.
  const { findContainerLog } = await import("../../source/container/find-container-log.ts");
  const { enginePlaces } = await import("../../source/container/engine-places.ts");
  const { log, looked, published, fault } = findContainerLog(wanted, enginePlaces(containers));
  const source = log?.kind === "journal" ? { ...log, directory: undefined } : log;
  return { source, looked, published, fault };
}
