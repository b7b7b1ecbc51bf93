/**
 * Keeps the allowances of addresses with a logged-in user, with the evidence. Survives restarts (the newest ones), so
 * that a restart opens no new ones. Bounded: the oldest is dropped first.
 */
import { type Allowance, isPast } from "../../detect/lockout-guard.ts";
import { parseSubject, type Subject, subjectsOverlap } from "../../domain/cidr.ts";
import { type Instant, instant, isInstant } from "../../domain/instant.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import type { StateStore } from "../../record/state-store.ts";
import { loadList } from "../load-list.ts";

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

const NAME = "allowances";
const MAX_ALLOWANCES = 1024;
/** Number of saved allowances, about 30 KiB. */
const MAX_SAVED = 100;
const MAX_EVIDENCE_LENGTH = 160;
const SAVE_INTERVAL_MS = 60_000;

export function createAllowances(stateStore: StateStore): Allowances {
  const all = new Map(
    loadList(stateStore, NAME)
      .flatMap(readSaved)
      .map((one) => [keyOf(one), one]),
  );
  let savedAt = Number.NEGATIVE_INFINITY;
  let unsaved = false;

  function give(given: GivenAllowance, now: Instant): void {
    const key = keyOf(given);
    all.delete(key);
    if (all.size >= MAX_ALLOWANCES) makeRoom(now);
    all.set(key, { ...given, evidence: given.evidence.slice(0, MAX_EVIDENCE_LENGTH) });
    unsaved = true;
    save(now);
  }

  function makeRoom(now: Instant): void {
    for (const [key, one] of all) if (isPast(one, now)) all.delete(key);
    const [oldest] = all.keys();
    if (all.size >= MAX_ALLOWANCES && oldest !== undefined) all.delete(oldest);
  }

  function save(now: Instant): void {
    if (!unsaved || Math.abs(now - savedAt) < SAVE_INTERVAL_MS) return;
    savedAt = now;
    unsaved = false;
    stateStore.save(NAME, JSON.stringify([...all.values()].slice(-MAX_SAVED)));
  }

  return {
    of: (jail, subject) => (all.size === 0 ? undefined : all.get(keyOf({ jail, subject }))),
    give,
    overlapping: (subject, now) =>
      [...all.values()].filter((one) => !isPast(one, now) && subjectsOverlap(one.subject, subject)),
    open: (jail, now) => [...all.values()].filter((one) => one.jail === jail && now < one.until),
    shift(step) {
      for (const [key, one] of all) {
        const openedAt = instant(one.openedAt + step);
        all.set(key, { ...one, openedAt, until: instant(one.until + step) });
      }
    },
    save,
  };
}

function keyOf({ jail, subject }: Pick<GivenAllowance, "jail" | "subject">): string {
  return `${jail} ${subject}`;
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
