/** Decides which enforcers hold the bans of each jail, and which take over from which when that changes. Pure. */
import { type Config, enabledJails, enforcersOf } from "../config/config.ts";
import { MEMORY } from "../config/enforcers/memory.ts";
import { observesOnly } from "../config/observes-only.ts";
import { isListOwner, type JailName, listOwner } from "../domain/jail-name.ts";
import type { KnownEnforcer } from "../domain/known-enforcer.ts";

/**
 * The places (see `EnforcerConfig`) of the enforcers that hold the bans of each jail, or a block list (`listOwner`);
 * `MEMORY` for one that observes.
 */
export interface Assignment {
  readonly jails: ReadonlyMap<JailName, readonly string[]>;
  /** Those of bans by hand without a jail, and of jails that do not exist any more. */
  readonly others: readonly string[];
}

/** No enforcer is used. */
export const NOTHING: Assignment = { jails: new Map(), others: [] };

/** Bans of an unknown jail belong to `others`; a list that is not configured belongs to nobody. */
export function placesFor({ jails, others }: Assignment, jail: JailName): readonly string[] {
  return jails.get(jail) ?? (isListOwner(jail) ? [] : others);
}

export function isAssigned(assignment: Assignment, place: string, jail: JailName): boolean {
  return placesFor(assignment, jail).includes(place);
}

/** Returns all places, each once. */
export function allPlaces({ jails, others }: Assignment): ReadonlySet<string> {
  return new Set([...jails.values(), others].flat());
}

export function assignEnforcers(
  config: Pick<Config, "jails" | "lists" | "defaults" | "enforcers">,
): Assignment {
  const places = new Map(config.enforcers.map((enforcer) => [enforcer.name, enforcer.place]));
  const placesOf = (names: readonly string[]): readonly string[] =>
    names.map((name) => places.get(name) ?? name);
  const enabled = enabledJails(config);
  const jails = new Map([
    ...enabled.map(({ name, enforcer }) => [name, placesOf(enforcer)] as const),
    ...config.lists.map(
      (list) => [listOwner(list.name), placesOf(enforcersOf(list, config))] as const,
    ),
  ]);
  return { jails, others: placesOf(otherEnforcers(enabled, config)) };
}

/** Returns the names of the enforcers that hold the bans of no running jail. */
function otherEnforcers(
  enabled: Config["jails"],
  { defaults }: Pick<Config, "defaults">,
): readonly string[] {
  if (enabled.length === 0) return defaults.enforcer;
  const enforced = enabled.filter((jail) => !observesOnly(jail));
  if (enforced.length === 0) return [MEMORY];
  // A ban by hand must have an effect, even if [defaults] only observes.
  return observesOnly(defaults)
    ? [...new Set(enforced.flatMap(({ enforcer }) => enforcer))]
    : defaults.enforcer;
}

/** Returns the assignment that the record remembers. */
export function recalledAssignment(known: readonly KnownEnforcer[]): Assignment {
  const used = known.filter(({ clearedAt }) => clearedAt === undefined);
  const names = new Set(used.flatMap(({ jails }) => jails));
  const holding = (name: JailName): readonly string[] =>
    used.flatMap(({ place, jails }) => (jails.includes(name) ? [place] : []));
  return {
    jails: new Map([...names].map((name) => [name, holding(name)])),
    others: used.flatMap(({ place, others }) => (others ? [place] : [])),
  };
}

export interface AssignmentChange {
  /** Places that no longer hold the bans of some jail, each with the places that must hold them first. */
  readonly leaving: ReadonlyMap<string, ReadonlySet<string>>;
  /** Places that hold the bans of more jails than before. */
  readonly gaining: ReadonlySet<string>;
}

export function compareAssignments(before: Assignment, after: Assignment): AssignmentChange {
  const leaving = new Map<string, Set<string>>();
  const gaining = new Set<string>();
  const pairs = [...new Set([...before.jails.keys(), ...after.jails.keys()])].map(
    (jail) => [placesFor(before, jail), placesFor(after, jail)] as const,
  );
  for (const [from, to] of [...pairs, [before.others, after.others] as const]) {
    for (const place of to) if (!from.includes(place)) gaining.add(place);
    for (const place of from) {
      if (to.includes(place)) continue;
      const successors = leaving.getOrInsertComputed(place, () => new Set());
      for (const successor of to) if (successor !== MEMORY) successors.add(successor);
    }
  }
  return { leaving, gaining };
}
