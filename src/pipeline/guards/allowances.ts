/** Keeps the allowances of addresses with a logged-in user, with the evidence, so that a restart opens no new ones. */
import { type Allowance, isPast } from "../../detect/lockout-guard.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type Instant, instant, isInstant } from "../../domain/instant.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import type { StateStore } from "../../record/state-store.ts";
import { SubjectRecords } from "../subject-records.ts";

export interface GivenAllowance extends Allowance {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly until: Instant;
  /** Describes who is logged in, since when, from where. */
  readonly evidence: string;
}

export interface Allowances {
  of(jail: JailName, subject: Subject): GivenAllowance | undefined;
  give(allowance: GivenAllowance, now: Instant): void;
  /** Returns allowances of the last day that share an address with the subject. */
  overlapping(subject: Subject, now: Instant): readonly GivenAllowance[];
  open(jail: JailName, now: Instant): readonly GivenAllowance[];
  /** Adjusts all times to a step of the wall clock, in milliseconds. */
  shift(step: number): void;
  /** Saves unsaved changes, at most once a minute. */
  save(now: Instant): void;
}

const MAX_EVIDENCE_LENGTH = 160;

export function createAllowances(stateStore: StateStore): Allowances {
  const all = new SubjectRecords({ stateStore, name: "allowances", read: readSaved, isPast });
  return {
    of: (jail, subject) => all.get({ jail, subject }),
    give: (given, now) =>
      all.set({ ...given, evidence: given.evidence.slice(0, MAX_EVIDENCE_LENGTH) }, now),
    overlapping: (subject, now) => all.overlapping(subject).filter((one) => !isPast(one, now)),
    open: (jail, now) => all.ofJail(jail).filter(({ until }) => now < until),
    shift: (step) =>
      all.replaceEach((one) => {
        const openedAt = instant(one.openedAt + step);
        return { ...one, openedAt, until: instant(one.until + step) };
      }),
    save: (now) => all.save(now),
  };
}

function readSaved(one: Readonly<Record<string, unknown>>): readonly GivenAllowance[] {
  const { openedAt, offenses, until, evidence } = one;
  const jail = parseJailName(String(one["jail"]));
  const subject = parseSubject(String(one["subject"]));
  if (jail === undefined || subject === undefined) return [];
  if (!isInstant(openedAt) || !isInstant(until) || typeof offenses !== "number") return [];
  const times = { openedAt: instant(openedAt), until: instant(until) };
  return [{ jail, subject, ...times, offenses, evidence: String(evidence) }];
}
