/**
 * Keeps records about subjects in jails, such as allowances. Survives restarts (the newest MAX_SAVED). Bounded by
 * MAX_RECORDS: the record that was set first is dropped first.
 */
import { type Subject, subjectsOverlap } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { StateStore } from "../record/state-store.ts";
import { loadList } from "./load-list.ts";

interface SubjectRecord {
  readonly jail: JailName;
  readonly subject: Subject;
}

export interface SubjectRecordsOptions<Kept> {
  readonly stateStore: StateStore;
  /** Name in the state store. */
  readonly name: string;
  /** Reads a saved record; empty: it is invalid. */
  readonly read: (saved: Readonly<Record<string, unknown>>) => readonly Kept[];
  /** Returns whether a record is too old to matter. */
  readonly isPast: (record: Kept, now: Instant) => boolean;
}

const MAX_RECORDS = 1024;
/** Number of saved records, about 30 KiB. */
const MAX_SAVED = 100;
const SAVE_INTERVAL_MS = 60_000;

export class SubjectRecords<Kept extends SubjectRecord> {
  readonly #options: SubjectRecordsOptions<Kept>;
  /** In the order in which they were set. */
  readonly #all: Map<string, Kept>;
  #savedAt = Number.NEGATIVE_INFINITY;
  #isSaved = true;

  constructor(options: SubjectRecordsOptions<Kept>) {
    this.#options = options;
    const { stateStore, name, read } = options;
    this.#all = new Map(
      loadList(stateStore, name)
        .flatMap(read)
        .map((record) => [keyOf(record), record]),
    );
  }

  get(of: SubjectRecord): Kept | undefined {
    return this.#all.size === 0 ? undefined : this.#all.get(keyOf(of));
  }

  /** Returns the records of a jail, the one that was set last at the end. */
  ofJail(jail: JailName): readonly Kept[] {
    return [...this.#all.values()].filter((record) => record.jail === jail);
  }

  /** Returns the records that share an address with the subject, in the same order. */
  overlapping(subject: Subject): readonly Kept[] {
    return [...this.#all.values()].filter((record) => subjectsOverlap(record.subject, subject));
  }

  /** Adds a record, or replaces that of the same subject in the same jail. */
  set(record: Kept, now: Instant): void {
    const key = keyOf(record);
    this.#all.delete(key);
    if (this.#all.size >= MAX_RECORDS) this.#makeRoom(now);
    this.#all.set(key, record);
    this.#isSaved = false;
    this.save(now);
  }

  /** Replaces each record, such as after a step of the wall clock. */
  replaceEach(change: (record: Kept) => Kept): void {
    for (const [key, record] of this.#all) this.#all.set(key, change(record));
  }

  /** Saves unsaved changes, at most once a minute. */
  save(now: Instant): void {
    if (this.#isSaved || Math.abs(now - this.#savedAt) < SAVE_INTERVAL_MS) return;
    this.#savedAt = now;
    this.#isSaved = true;
    this.#dropPast(now);
    const { stateStore, name } = this.#options;
    stateStore.save(name, JSON.stringify([...this.#all.values()].slice(-MAX_SAVED)));
  }

  #makeRoom(now: Instant): void {
    this.#dropPast(now);
    const [first] = this.#all.keys();
    if (this.#all.size >= MAX_RECORDS && first !== undefined) this.#all.delete(first);
  }

  #dropPast(now: Instant): void {
    for (const [key, record] of this.#all)
      if (this.#options.isPast(record, now)) this.#all.delete(key);
  }
}

function keyOf({ jail, subject }: SubjectRecord): string {
  return `${jail} ${subject}`;
}
