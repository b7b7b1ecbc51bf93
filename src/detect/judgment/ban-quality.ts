/**
 * Ranks rules and detectors by wrong bans: those that were lifted by hand within a day, whose address logged in within
 * a week after their end, or that would have hit a logged-in user. A detector with too many of them only reports. For
 * that, only independent witnesses count, or an attacker with a login or a network would disarm detectors.
 *
 * Bounded: of each, the newest 250 wrong bans and the counts of bans of 30 days. Detectors that only report are kept in
 * any case, five of a jail at most, and 256 other rules and detectors: those with the fewest wrong bans are forgotten
 * first.
 */
import { maskIp, splitSubject, type Subject } from "../../domain/cidr.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { ForgottenCount, type ForgottenState } from "./forgotten-count.ts";
import { plainName } from "./resembling-names.ts";
import { trimOldest } from "./trim-oldest.ts";

/** unbanned: lifted by hand. login: a user logged in after its end. guarded: a user is logged in there. */
export type WrongKind = "unbanned" | "login" | "guarded";

/** Who decided a ban: a rule that reached maxretry, or a detector. */
export interface Decider {
  readonly jail: JailName;
  /** Name of the detector, or id of the rule. */
  readonly name: string;
  readonly isDetector: boolean;
}

export interface WrongBan {
  readonly decider: Decider;
  readonly kind: WrongKind;
  readonly subject: Subject;
  readonly at: number;
  /** Whose login shows it; missing: an administrator lifted the ban, or a state of an earlier version. */
  readonly account?: string | undefined;
  /** Whether the account had not logged in before, so that it may be an attacker's. */
  readonly isNewAccount?: boolean | undefined;
}

export interface RankedDecider extends Decider {
  /** Bans of the last 30 days. */
  readonly bans: number;
  /** Different subjects that were wrongly banned, in all and by kind; one may be in several kinds. */
  readonly wrong: number;
  readonly kinds: Readonly<Record<WrongKind, number>>;
  readonly lastAt: number | undefined;
  /** Whether it only reports, because too many of its bans were wrong. */
  readonly isDemoted: boolean;
}

export interface QualityState {
  readonly wrong: readonly WrongBan[];
  readonly bans: readonly (readonly [
    decider: Decider,
    days: readonly (readonly [number, number])[],
  ])[];
  /** Since when a decider counts, for those that were reset. */
  readonly resets?: readonly (readonly [decider: Decider, since: number])[];
  readonly forgotten?: ForgottenState;
}

const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;
const MAX_WRONG = 250;
/** Number of rules and detectors that are kept beside the demoted ones, and of how many are forgotten together. */
const MAX_DECIDERS = 256;
const FORGOTTEN_AT_ONCE = 16;
/** A detector only reports from so many wrong bans by different witnesses on, if they are this part of its bans. */
const DEMOTED_FROM = 3;
const DEMOTED_PART = 0.02;
/** Length of the largest prefix of one owner (RFC 6177), and of a network of IPv4 in which one may have many addresses. */
const OWNER_IPV6_PREFIX = 48;
const NETWORK_IPV4_PREFIX = 24;

const DETECTOR = /^(slow|evidence|siege|campaign|subnets): /;

/** Returns who decided a ban. */
export function deciderOf(
  jail: JailName,
  { reason, rule }: { readonly reason: string; readonly rule: string },
): Decider {
  const [, detector] = DETECTOR.exec(reason) ?? [];
  return { jail, name: detector ?? rule, isDetector: detector !== undefined };
}

interface Counted {
  readonly decider: Decider;
  /** Number of bans by day from the epoch. */
  readonly days: Map<number, number>;
  /** By kind and subject, so that an address counts once, the oldest first. */
  readonly wrong: Map<string, WrongBan>;
  /** Bans that began before it do not count; undefined: all count. */
  since: number | undefined;
}

export class BanQuality {
  readonly #counted = new Map<string, Counted>();
  readonly #forgotten: ForgottenCount;

  constructor(state: QualityState = { wrong: [], bans: [] }) {
    this.#forgotten = new ForgottenCount(state.forgotten);
    for (const [decider, days] of state.bans)
      for (const [day, count] of days) this.#of(decider).days.set(day, count);
    for (const one of state.wrong) addWrong(this.#of(one.decider), one);
    for (const [decider, since] of state.resets ?? []) this.#of(decider).since = since;
  }

  /** Starts the counts of rules and detectors of a jail again: of all, or of those with the name. Returns them. */
  reset(jail: JailName, name: string | undefined, now: number): readonly RankedDecider[] {
    const ranked = this.ranking(now).filter(
      (one) => one.jail === jail && (name === undefined || one.name === name),
    );
    for (const decider of ranked) {
      const counted = this.#of(decider);
      counted.days.clear();
      counted.wrong.clear();
      counted.since = now;
    }
    return ranked;
  }

  /** Returns whether a ban that began at this time counts. */
  counts(decider: Decider, from: number): boolean {
    return from >= (this.#counted.get(keyOf(decider))?.since ?? from);
  }

  noteBan(decider: Decider, at: number): void {
    this.#makeRoomFor(decider, at);
    const { days } = this.#of(decider);
    const day = Math.floor(at / DAY_MS);
    days.set(day, (days.get(day) ?? 0) + 1);
    trimOldest(days, KEPT_DAYS);
  }

  /** Returns whether the detector is demoted by it. */
  noteWrong(wrong: WrongBan): boolean {
    const { decider, at } = wrong;
    const before = this.isDemoted(decider, at);
    this.#makeRoomFor(decider, at);
    addWrong(this.#of(decider), wrong);
    return !before && this.isDemoted(decider, at);
  }

  /** Forgets that a ban of the subject was lifted by hand since this time. */
  forgetUnbanned(decider: Decider, subject: Subject, since: number): void {
    const wrong = this.#counted.get(keyOf(decider))?.wrong;
    const key = wrongKey({ kind: "unbanned", subject });
    if ((wrong?.get(key)?.at ?? Number.NEGATIVE_INFINITY) >= since) wrong?.delete(key);
  }

  isDemoted(decider: Decider, now: number): boolean {
    const counted = this.#counted.get(keyOf(decider));
    if (counted === undefined || counted.wrong.size < DEMOTED_FROM) return false;
    return rank(counted, now).isDemoted;
  }

  /** Returns rules and detectors with bans or wrong bans, the worst first. */
  ranking(now: number): readonly RankedDecider[] {
    return [...this.#counted.values()]
      .map((counted) => rank(counted, now))
      .filter(({ bans, wrong }) => bans > 0 || wrong > 0)
      .toSorted((a, b) => partOf(b) - partOf(a) || b.wrong - a.wrong || b.bans - a.bans);
  }

  /** Returns how often within 30 days a rule or detector was forgotten. */
  forgotten(now: number): number {
    return this.#forgotten.since(now);
  }

  state(): QualityState {
    const all = [...this.#counted.values()];
    return {
      wrong: all.flatMap(({ wrong }) => [...wrong.values()]),
      bans: all.map(({ decider, days }) => [decider, [...days]]),
      forgotten: this.#forgotten.state(),
      resets: all.flatMap(({ decider, since }) => (since === undefined ? [] : [[decider, since]])),
    };
  }

  #of(decider: Decider): Counted {
    const key = keyOf(decider);
    const known = this.#counted.get(key);
    if (known !== undefined) return known;
    const counted: Counted = { decider, days: new Map(), wrong: new Map(), since: undefined };
    this.#counted.set(key, counted);
    return counted;
  }

  /** Forgets those with the fewest wrong bans, but no demoted detector and nothing that was reset lately. */
  #makeRoomFor(decider: Decider, now: number): void {
    if (this.#counted.size < MAX_DECIDERS || this.#counted.has(keyOf(decider))) return;
    const others = [...this.#counted.values()]
      .map((counted) => ({ counted, ...rank(counted, now) }))
      .filter(({ isDemoted }) => !isDemoted);
    if (others.length < MAX_DECIDERS) return;
    const isReset = ({ counted: { since } }: (typeof others)[number]): number =>
      since !== undefined && since > now - KEPT_DAYS * DAY_MS ? 1 : 0;
    const first = others
      .toSorted((a, b) => isReset(a) - isReset(b) || a.wrong - b.wrong || a.bans - b.bans)
      .slice(0, FORGOTTEN_AT_ONCE);
    for (const one of first) this.#counted.delete(keyOf(one));
    this.#forgotten.add(now, first.length);
  }
}

function addWrong({ wrong }: Counted, one: WrongBan): void {
  const key = wrongKey(one);
  wrong.delete(key);
  wrong.set(key, one);
  trimOldest(wrong, MAX_WRONG);
}

function wrongKey({ kind, subject }: Pick<WrongBan, "kind" | "subject">): string {
  return `${kind} ${subject}`;
}

function rank({ decider, days, wrong }: Counted, now: number): RankedDecider {
  const since = now - KEPT_DAYS * DAY_MS;
  const newest = [...wrong.values()].filter(({ at }) => at >= since);
  const bans = [...days]
    .filter(([day]) => (day + 1) * DAY_MS > since)
    .reduce((sum, [, count]) => sum + count, 0);
  const subjects = new Set(newest.map(({ subject }) => subject)).size;
  const countOf = (kind: WrongKind): number => newest.filter((one) => one.kind === kind).length;
  const shown = Math.min(subjects, countWitnesses(newest));
  const isOften = shown >= DEMOTED_FROM && shown >= bans * DEMOTED_PART;
  return {
    ...decider,
    bans,
    wrong: subjects,
    kinds: { unbanned: countOf("unbanned"), login: countOf("login"), guarded: countOf("guarded") },
    lastAt: newest.length === 0 ? undefined : Math.max(...newest.map(({ at }) => at)),
    isDemoted: decider.isDetector && isOften,
  };
}

/**
 * Counts independent witnesses: an account counts once, in whatever spelling, and so does a network from which accounts
 * log in, and the owner of an address that was unbanned by hand. A new account is no witness.
 */
function countWitnesses(wrong: readonly WrongBan[]): number {
  const known = new Set<string>();
  let count = 0;
  for (const one of wrong) {
    const marks = marksOf(one);
    if (one.isNewAccount === true || marks.some((mark) => known.has(mark))) continue;
    for (const mark of marks) known.add(mark);
    count++;
  }
  return count;
}

function marksOf({ kind, subject, account }: WrongBan): readonly string[] {
  const { ip, family, prefix } = splitSubject(subject);
  const isIpv4 = family === "ipv4";
  if (kind === "unbanned" || account === undefined)
    return [`by hand ${isIpv4 ? subject : maskIp(ip, Math.min(prefix, OWNER_IPV6_PREFIX))}`];
  const network = maskIp(ip, Math.min(prefix, isIpv4 ? NETWORK_IPV4_PREFIX : OWNER_IPV6_PREFIX));
  return [`account ${plainName(account)}`, `network ${network}`];
}

/** Returns the part of its bans that were wrong. A guarded offense is no ban, so it may be more than all. */
function partOf({ bans, wrong }: RankedDecider): number {
  return wrong / Math.max(1, bans);
}

function keyOf({ jail, name, isDetector }: Decider): string {
  return `${jail} ${isDetector ? "detector" : "rule"} ${name}`;
}
