/**
 * Remembers which opened enforcers hold which bans, also over restarts, and which of them wait for successors. An enforcer
 * loses the bans of a jail when the enforcers that are responsible now hold all of theirs.
 */
import type { EnforcerConfig } from "../../config/enforcers/enforcer-kinds.ts";
import { MEMORY } from "../../config/enforcers/memory.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Duty } from "../../domain/enforcer-view.ts";
import { OBSERVED, type PortScope } from "../../domain/port-scope.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { KnownEnforcer } from "../../domain/known-enforcer.ts";
import {
  allPlaces,
  type Assignment,
  compareAssignments,
  isAssigned,
  NOTHING,
  recalledAssignment,
} from "../assign-enforcers.ts";
import { recallEnforcer } from "../recall-enforcer.ts";

export class EnforcerHistory {
  readonly #book: BanBook;
  /** What the enforcers held before the moves that are not finished. */
  #former: Assignment = NOTHING;
  #now: Assignment = this.#former;
  /** Places that still hold bans of jails that left them, each with the places that must hold these first. */
  #leaving: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  /** The settings of the places that were opened; undefined: memory. */
  readonly #opened = new Map<string, EnforcerConfig | undefined>();

  constructor(book: BanBook) {
    this.#book = book;
  }

  /**
   * Begins the moves to another assignment. Returns the settings of former enforcers that may hold bans, by place, and
   * the places that hold the bans of more jails than before.
   */
  begin(next: Assignment): {
    readonly formerConfigs: ReadonlyMap<string, EnforcerConfig>;
    readonly gaining: ReadonlySet<string>;
  } {
    const known = this.#book.knownEnforcers();
    this.#former = recalledAssignment(known);
    const { leaving, gaining } = compareAssignments(this.#former, next);
    this.#now = next;
    this.#leaving = new Map([...unclearedPlaces(known, next), ...leaving]);
    this.#note(known);
    const formerConfigs = new Map(
      known.flatMap((one) => {
        if (!this.#leaving.has(one.place) || allPlaces(next).has(one.place)) return [];
        const config = recallEnforcer(one);
        return config === undefined ? [] : [[one.place, config] as const];
      }),
    );
    return { formerConfigs, gaining };
  }

  /** Returns whether the enforcer of a place was ever opened, so that it may hold bans. */
  isKnown(place: string): boolean {
    return this.#book.knownEnforcers().some((one) => one.place === place);
  }

  /** Must be called before an opened enforcer gets its first block. `config`: undefined for memory. */
  noteOpened(place: string, config: EnforcerConfig | undefined): void {
    this.#opened.set(place, config);
    this.#note(this.#book.knownEnforcers());
  }

  /** Returns what a place does for the bans of a jail, before and after it left. */
  dutyOf(place: string, jail: JailName, scope: PortScope): Duty {
    // Memory proves nothing, so no ban depends on it.
    if (place === MEMORY) return isAssigned(this.#now, place, jail) ? "kept" : "none";
    if (scope === OBSERVED) return "none";
    if (isAssigned(this.#now, place, jail)) return "required";
    return this.#keeps(place, jail) ? "kept" : "none";
  }

  #keeps(place: string, jail: JailName): boolean {
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
    this.#note(this.#book.knownEnforcers());
    return finished;
  }

  noteCleared(place: string, at: Instant): void {
    this.#opened.delete(place);
    const known = this.#book.knownEnforcers().filter((one) => one.place === place);
    this.#book.noteEnforcers(
      known.map((one) => ({ ...one, jails: [], others: false, clearedAt: at })),
    );
  }

  /** Records what each opened place holds: its present bans, and those that it still keeps. */
  #note(known: readonly KnownEnforcer[]): void {
    const before = new Map(known.map((one) => [one.place, one]));
    const places = new Set([...this.#opened.keys(), ...before.keys()]);
    const notes = [...places].flatMap((place): readonly KnownEnforcer[] => {
      const old = before.get(place);
      const named = describeConfig(place, this.#opened.get(place)) ?? old;
      if (named === undefined) return [];
      const jails = [...new Set([...this.#now.jails.keys(), ...this.#former.jails.keys()])].filter(
        (jail) => isAssigned(this.#now, place, jail) || this.#keeps(place, jail),
      );
      const others =
        this.#now.others.includes(place) ||
        (this.#leaving.has(place) && this.#former.others.includes(place));
      const isUsed = others || jails.length > 0;
      // One that holds nothing any more stays noted until it was cleared.
      const mayHold = isUsed || this.#opened.has(place);
      const clearedAt = mayHold ? undefined : old?.clearedAt;
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

/** Describes an enforcer for the record; undefined: it was not opened. */
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
