/**
 * Remembers which enforcers hold which bans, also over restarts, and which of them wait for successors. An enforcer
 * loses the bans of a jail when the enforcers that are responsible now hold all of theirs.
 */
import type { Config } from "../../config/config.ts";
import type { EnforcerConfig } from "../../config/enforcers/enforcer-kinds.ts";
import { MEMORY } from "../../config/enforcers/memory.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { KnownEnforcer } from "../../domain/known-enforcer.ts";
import {
  allPlaces,
  type Assignment,
  compareAssignments,
  isAssigned,
  recalledAssignment,
} from "../assign-enforcers.ts";
import { recallEnforcer } from "../recall-enforcer.ts";

export class EnforcerHistory {
  readonly #book: BanBook;
  /** What the enforcers held before the moves that are not finished. */
  #former: Assignment = { jails: new Map(), others: [] };
  #now: Assignment = this.#former;
  /** Places that still hold bans of jails that left them, each with the places that must hold these first. */
  #leaving: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  constructor(book: BanBook) {
    this.#book = book;
  }

  /**
   * Begins the moves to another assignment. Returns the settings of former enforcers that may hold bans, by place, and
   * the places that hold the bans of more jails than before.
   */
  begin(
    { enforcers }: Pick<Config, "enforcers">,
    next: Assignment,
  ): {
    readonly formerConfigs: ReadonlyMap<string, EnforcerConfig>;
    readonly gaining: ReadonlySet<string>;
  } {
    const known = this.#book.knownEnforcers();
    this.#former = recalledAssignment(known);
    const { leaving, gaining } = compareAssignments(this.#former, next);
    this.#now = next;
    this.#leaving = new Map([...unclearedPlaces(known, next), ...leaving]);
    const configs = new Map(enforcers.map((one) => [one.place, one]));
    // Noted before the first block, so that no crash leaves an enforcer unknown.
    this.#note(known, (place) => configs.get(place));
    const formerConfigs = new Map(
      known.flatMap((one) => {
        if (!this.#leaving.has(one.place) || allPlaces(next).has(one.place)) return [];
        const config = recallEnforcer(one);
        return config === undefined ? [] : [[one.place, config] as const];
      }),
    );
    return { formerConfigs, gaining };
  }

  /** Returns whether a place still holds the bans of a jail that left it. */
  keeps(place: string, jail: JailName): boolean {
    return this.#leaving.has(place) && isAssigned(this.#former, place, jail);
  }

  /** Returns the places whose successors are complete. They no longer keep the bans that left them. */
  finish(isComplete: (place: string) => boolean): readonly string[] {
    const finished = [...this.#leaving].flatMap(([place, successors]) =>
      [...successors].every(isComplete) ? [place] : [],
    );
    if (finished.length === 0) return finished;
    const left = new Map(this.#leaving);
    for (const place of finished) left.delete(place);
    this.#leaving = left;
    this.#note(this.#book.knownEnforcers(), () => undefined);
    return finished;
  }

  noteCleared(place: string, at: Instant): void {
    const known = this.#book.knownEnforcers().filter((one) => one.place === place);
    this.#book.noteEnforcers(
      known.map((one) => ({ ...one, jails: [], others: false, clearedAt: at })),
    );
  }

  /** Records what each place in use holds: its present bans, and those that it still keeps. */
  #note(
    known: readonly KnownEnforcer[],
    configAt: (place: string) => EnforcerConfig | undefined,
  ): void {
    const before = new Map(known.map((one) => [one.place, one]));
    const places = new Set([...allPlaces(this.#now), ...before.keys()]);
    const notes = [...places].flatMap((place): readonly KnownEnforcer[] => {
      const old = before.get(place);
      const named = describeConfig(place, configAt(place)) ?? old;
      if (named === undefined) return [];
      const jails = [...new Set([...this.#now.jails.keys(), ...this.#former.jails.keys()])].filter(
        (jail) => isAssigned(this.#now, place, jail) || this.keeps(place, jail),
      );
      const others =
        this.#now.others.includes(place) ||
        (this.#leaving.has(place) && this.#former.others.includes(place));
      const isUsed = others || jails.length > 0;
      // One that holds nothing any more stays noted until it was cleared.
      const clearedAt = isUsed ? undefined : old?.clearedAt;
      const { name, kind, settings } = named;
      return [{ place, name, kind, settings, jails, others, clearedAt }];
    });
    const changed = notes.filter((note) => !isSame(note, before.get(note.place)));
    this.#book.noteEnforcers(changed);
  }
}

/** Returns places that hold nothing any more but were never cleared. They wait for nobody. */
function unclearedPlaces(
  known: readonly KnownEnforcer[],
  next: Assignment,
): readonly (readonly [string, ReadonlySet<string>])[] {
  const used = allPlaces(next);
  return known.flatMap(({ place, clearedAt }) =>
    clearedAt !== undefined || used.has(place) ? [] : [[place, new Set<string>()] as const],
  );
}

/** Describes an enforcer for the record; undefined: it is not configured now. */
function describeConfig(
  place: string,
  config: EnforcerConfig | undefined,
): Pick<KnownEnforcer, "name" | "kind" | "settings"> | undefined {
  if (place === MEMORY) return { name: MEMORY, kind: MEMORY, settings: "{}" };
  if (config === undefined) return undefined;
  return { ...config, settings: JSON.stringify(config.settings) };
}

function isSame(a: KnownEnforcer, b: KnownEnforcer | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
