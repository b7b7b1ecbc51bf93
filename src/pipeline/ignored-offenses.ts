/** Keeps offenses that led to no ban because the offender is exempt, for `status` and `why`. */
import { parseSubject, type Subject } from "../domain/cidr.ts";
import { type Instant, instant, isInstant } from "../domain/instant.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import type { StateStore } from "../record/state-store.ts";
import { SubjectRecords } from "./subject-records.ts";

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

const MAX_ENTRY_LENGTH = 160;
const KEPT_MS = 30 * 86_400_000;

export function createIgnoredOffenses(stateStore: StateStore): IgnoredOffenses {
  const all = new SubjectRecords({
    ...{ stateStore, name: "ignored-offenses", read: readSaved },
    isPast: ({ lastAt }, now) => lastAt < now - KEPT_MS,
  });
  return {
    note({ jail, subject, entry }, now) {
      const before = all.get({ jail, subject });
      const times = { firstAt: before?.firstAt ?? now, lastAt: now };
      const offenses = (before?.offenses ?? 0) + 1;
      all.set({ jail, subject, entry: entry.slice(0, MAX_ENTRY_LENGTH), offenses, ...times }, now);
    },
    overlapping: (subject) => all.overlapping(subject).toReversed(),
    ofJail: (jail) => all.ofJail(jail).toReversed(),
    shift: (step) =>
      all.replaceEach((one) => {
        const firstAt = instant(one.firstAt + step);
        return { ...one, firstAt, lastAt: instant(one.lastAt + step) };
      }),
    save: (now) => all.save(now),
  };
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
