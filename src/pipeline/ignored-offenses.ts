/**
 * Keeps offenses that led to no ban because the offender is exempt, for `status` and `why`. Survives restarts (the
 * newest ones). Bounded: the offender with the oldest offense is dropped first.
 */
import { parseSubject, type Subject, subjectsOverlap } from "../domain/cidr.ts";
import { type Instant, instant, isInstant } from "../domain/instant.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import type { StateStore } from "../record/state-store.ts";
import { loadList } from "./load-list.ts";

export interface IgnoredOffender {
  readonly jail: JailName;
  readonly subject: Subject;
  /** Why the offender is exempt, for display: "ignoreip 192.0.2.0/24". */
  readonly entry: string;
  readonly offenses: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
}

export interface IgnoredOffenses {
  note(offense: Pick<IgnoredOffender, "jail" | "subject" | "entry">, now: Instant): void;
  /** Returns offenders that share an address with the subject, newest first. */
  overlapping(subject: Subject): readonly IgnoredOffender[];
  /** Returns the offenders of the jail, newest first. */
  ofJail(jail: JailName): readonly IgnoredOffender[];
  shift(step: number): void;
  /** Saves unsaved changes, at most once a minute. */
  save(now: Instant): void;
}

const NAME = "ignored-offenses";
const MAX_OFFENDERS = 1024;
/** Number of saved offenders, about 30 KiB. */
const MAX_SAVED = 100;
const MAX_ENTRY_LENGTH = 160;
const KEPT_MS = 30 * 86_400_000;
const SAVE_INTERVAL_MS = 60_000;

export function createIgnoredOffenses(stateStore: StateStore): IgnoredOffenses {
  /** In the order of their latest offenses. */
  const all = new Map(
    loadList(stateStore, NAME)
      .flatMap(readSaved)
      .map((one) => [keyOf(one), one]),
  );
  let savedAt = Number.NEGATIVE_INFINITY;
  let isSaved = true;

  function note(
    { jail, subject, entry }: Pick<IgnoredOffender, "jail" | "subject" | "entry">,
    now: Instant,
  ): void {
    const key = keyOf({ jail, subject });
    const before = all.get(key);
    all.delete(key);
    const [oldest] = all.keys();
    if (all.size >= MAX_OFFENDERS && oldest !== undefined) all.delete(oldest);
    all.set(key, {
      ...{ jail, subject, entry: entry.slice(0, MAX_ENTRY_LENGTH) },
      ...{ offenses: (before?.offenses ?? 0) + 1, firstAt: before?.firstAt ?? now, lastAt: now },
    });
    isSaved = false;
    save(now);
  }

  function save(now: Instant): void {
    if (isSaved || Math.abs(now - savedAt) < SAVE_INTERVAL_MS) return;
    savedAt = now;
    isSaved = true;
    for (const [key, { lastAt }] of all) if (lastAt < now - KEPT_MS) all.delete(key);
    stateStore.save(NAME, JSON.stringify([...all.values()].slice(-MAX_SAVED)));
  }

  return {
    note,
    overlapping: (subject) =>
      [...all.values()].filter((one) => subjectsOverlap(one.subject, subject)).reverse(),
    ofJail: (jail) => [...all.values()].filter((one) => one.jail === jail).reverse(),
    shift(step) {
      for (const [key, one] of all) {
        const [firstAt, lastAt] = [instant(one.firstAt + step), instant(one.lastAt + step)];
        all.set(key, { ...one, firstAt, lastAt });
      }
    },
    save,
  };
}

function keyOf({ jail, subject }: Pick<IgnoredOffender, "jail" | "subject">): string {
  return `${jail} ${subject}`;
}

function readSaved(one: Readonly<Record<string, unknown>>): readonly IgnoredOffender[] {
  const { entry, offenses, firstAt, lastAt } = one;
  const jail = parseJailName(String(one["jail"]));
  const subject = parseSubject(String(one["subject"]));
  if (jail === undefined || subject === undefined || typeof entry !== "string") return [];
  if (!isInstant(firstAt) || !isInstant(lastAt) || !Number.isSafeInteger(offenses)) return [];
  const times = { firstAt: instant(firstAt), lastAt: instant(lastAt) };
  return [{ jail, subject, entry, offenses: Number(offenses), ...times }];
}
