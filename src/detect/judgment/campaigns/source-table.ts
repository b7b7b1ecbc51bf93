/**
 * Remembers the sources of failures of the last 24 hours, each for each jail. Bounded to 32,000; those of the jail with
 * most of them that failed least recently are forgotten first, and count as new when they return.
 */
import type { Subject } from "../../../domain/cidr.ts";
import { detachString } from "../../../domain/detach-string.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import { mixHash } from "../hash.ts";
import { trimOldest } from "../trim-oldest.ts";

export const SOURCE_MEMORY_MS = 86_400_000;
const MAX_SOURCES = 32_000;
/** Number of different accounts of a source that are remembered. */
const MAX_NAMES = 8;
const MAX_TRIES = 65_535;

export interface Source {
  readonly jail: JailName;
  readonly subject: Subject;
  firstAt: number;
  lastAt: number;
  tries: number;
  /** Hashes of the first accounts that it tried. */
  readonly names: number[];
  /** The second of its newest failure, the sum of its accounts in that second, and of those in the second before it. */
  second: number;
  current: number;
  previous: number;
  /** Time between its two newest seconds with failures, in seconds; 0: only one second so far. */
  gap: number;
  /** Signs for which it has been counted. */
  counted: number;
}

export interface SourceTry {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly at: number;
  readonly weight: number;
  /** Hash of the account; 0: the line has none. */
  readonly name: number;
}

/** Without the order in which accounts were tried. */
export type SavedSource = readonly [
  jail: JailName,
  subject: Subject,
  firstAt: number,
  lastAt: number,
  tries: number,
  counted: number,
  names: readonly number[],
];

export interface NotedSource {
  readonly source: Source;
  /** It tries this account for the first time. */
  readonly isNewName: boolean;
}

export class SourceTable {
  /** The sources of each jail, in the order of their newest failures. */
  readonly #jails = new Map<JailName, Map<Subject, Source>>();
  #size = 0;

  note({ jail, subject, at, weight, name }: SourceTry): NotedSource {
    const sources = this.#jails.getOrInsertComputed(jail, () => new Map());
    const known = this.#take(sources, subject, at);
    const source = known ?? createSource({ jail, subject, at, name });
    sources.set(source.subject, source);
    this.#size++;
    source.firstAt = Math.min(source.firstAt, at);
    source.lastAt = Math.max(source.lastAt, at);
    source.tries = Math.min(MAX_TRIES, source.tries + weight);
    follow(source, Math.floor(at / 1000), name);
    const { names } = source;
    const isFirst = known === undefined;
    const isNewName =
      name !== 0 && (isFirst || (names.length < MAX_NAMES && !names.includes(name)));
    if (isNewName && !isFirst) names.push(name);
    this.#trim(at);
    return { source, isNewName };
  }

  of(jail: JailName, subject: Subject): Source | undefined {
    return this.#jails.get(jail)?.get(subject);
  }

  /** Returns the sources that began to fail at or after `since`. */
  *since(jail: JailName, since: number): Iterable<Source> {
    for (const source of this.#jails.get(jail)?.values() ?? [])
      if (source.firstAt >= since) yield source;
  }

  state(): readonly SavedSource[] {
    const all = [...this.#jails.values()].flatMap((sources) => [...sources.values()]);
    return all.map(({ jail, subject, firstAt, lastAt, tries, counted, names }) => [
      ...([jail, subject, firstAt, lastAt, tries, counted] as const),
      names,
    ]);
  }

  /** Continues from a state. If a time of it is after `now`, all move back: the clock was set back since. */
  restore(saved: readonly SavedSource[], now: number): void {
    const newest = saved.reduce((latest, [, , , lastAt]) => Math.max(latest, lastAt), 0);
    const ahead = Math.max(0, newest - now);
    for (const [jail, subject, firstAt, lastAt, tries, counted, names] of saved) {
      const source = createSource({ jail, subject, at: firstAt - ahead, name: 0 });
      source.lastAt = lastAt - ahead;
      source.second = Math.floor(source.lastAt / 1000);
      const known = Object.assign(source, { tries, counted, names: [...names] });
      const sources = this.#jails.getOrInsertComputed(jail, () => new Map());
      sources.set(source.subject, known);
    }
    this.#size = this.#count();
    this.#trim(now);
  }

  /** Makes room: forgets what is older than a day, and then a part of the jail with most sources. */
  #trim(at: number): void {
    if (this.#size <= MAX_SOURCES) return;
    for (const sources of this.#jails.values()) forgetPast(sources, at - SOURCE_MEMORY_MS);
    for (const [jail, { size }] of this.#jails) if (size === 0) this.#jails.delete(jail);
    for (this.#size = this.#count(); this.#size > MAX_SOURCES; this.#size = this.#count()) {
      const [largest] = [...this.#jails.values()].toSorted((a, b) => b.size - a.size);
      if (largest === undefined) return;
      trimOldest(largest, largest.size - 1);
    }
  }

  #count(): number {
    let count = 0;
    for (const { size } of this.#jails.values()) count += size;
    return count;
  }

  /** Removes the source, so that the map is in the order of the newest failures. */
  #take(sources: Map<Subject, Source>, subject: Subject, at: number): Source | undefined {
    const source = sources.get(subject);
    if (source === undefined) return undefined;
    sources.delete(subject);
    this.#size--;
    return at - source.lastAt > SOURCE_MEMORY_MS ? undefined : source;
  }
}

/** Deletes sources without a failure since then; they are in the order of their newest ones. */
function forgetPast(sources: Map<Subject, Source>, since: number): void {
  for (const [subject, { lastAt }] of sources) {
    if (lastAt >= since) return;
    sources.delete(subject);
  }
}

function createSource({ jail, subject: text, at, name }: Omit<SourceTry, "weight">): Source {
  const subject = detachString(text);
  // An empty list would reserve memory for 17 accounts with the first one, and most sources try one.
  const names = name === 0 ? [] : [name];
  return {
    jail,
    subject,
    firstAt: at,
    lastAt: at,
    tries: 0,
    names,
    second: 0,
    current: 0,
    previous: 0,
    gap: 0,
    counted: 0,
  };
}

/** Keeps the accounts of the newest second and of the one before. Sums do not depend on the order of lines. */
function follow(source: Source, second: number, name: number): void {
  if (second > source.second) {
    source.gap = source.second === 0 ? 0 : second - source.second;
    source.previous = source.current;
    source.current = 0;
    source.second = second;
  }
  source.current = (source.current + mixHash(name, 1)) | 0;
}
