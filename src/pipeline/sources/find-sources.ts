/**
 * Finds where each jail's lines are logged. A configured source is used unchanged. `auto` searches the filter's files
 * and journal entries, and describes what it found for the administrator.
 */
import type { Clock } from "../../domain/clock.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import type { Instant } from "../../domain/instant.ts";
import { localOffset } from "../../host/time-zone.ts";
import { findLogSource, type LeftPlace } from "../../source/find-log-source.ts";
import type { Jail } from "../../jails/jail.ts";
import { lineInstant } from "./line-instant.ts";
import { isSharedLog } from "../../host/logs/shared-log.ts";
import type { FoundSource } from "./source-plan.ts";

export interface Looked {
  readonly where: string;
  readonly found: string;
}

export interface SourceSearch {
  readonly source: FoundSource | undefined;
  readonly looked: readonly Looked[];
}

export interface Wanting {
  /** The place that the jail read, in which its lines no longer arrived. */
  readonly left?: LeftPlace;
  /** Considers only other places, and only with lines newer than this. */
  readonly newerThan?: Instant;
}

export async function findSource(
  jail: Jail,
  definition: FilterDefinition,
  clock: Clock,
  wanting: Wanting = {},
): Promise<SourceSearch> {
  const { source } = jail.config;
  if (source.kind !== "auto") return { source, looked: [] };
  const { chosen, looked } = await findLogSource({
    programs: definition.programs,
    files: definition.files,
    isShared: isSharedLog,
    journal: definition.journal.map((match) => match.split(/\s+/)),
    instantOf: (line) => lineInstant(line, clock.now(), localOffset),
    ...wanting,
    clock,
  });
  if (chosen === undefined) return { source: undefined, looked };
  if (chosen.kind === "file") return { source: { kind: "file", files: chosen.files }, looked };
  return { source: { kind: "journal", matches: chosen.matches, directory: undefined }, looked };
}
