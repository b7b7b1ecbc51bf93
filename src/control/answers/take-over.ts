/**
 * Imports bans of another program, with their ends, evidence and counts of earlier bans. The allow-list and logged-in
 * users take precedence, as with a manual ban. Safe to repeat: a ban that was imported once is not imported again, even
 * if it has been lifted since.
 */
import { amount } from "../../domain/amount.ts";
import type { TakenBan, TakeOverReply, TakeOverResult } from "../take-over-messages.ts";
import type { AllowList } from "../../detect/allow-list.ts";
import { countedSubject } from "../../detect/counted-subject.ts";
import { explainExemption } from "../../detect/explain-exemption.ts";
import type { Ban } from "../../domain/ban.ts";
import type { BanBook, BanOpening, BookStep, PastBan } from "../../domain/ban-book.ts";
import { parseSubject, splitSubject, type Subject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Allow } from "../../pipeline/allow/allow.ts";
import type { Jail } from "../../jails/jail.ts";

export interface TakeOverPlace {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly jails: readonly Jail[];
  /** Describes who would be locked out by the ban; undefined: nobody. */
  readonly present: (subject: Subject, jail: Jail) => string | undefined;
}

export interface TakeOverOrder {
  /** Name of the other program, such as "fail2ban". */
  readonly from: string;
  readonly bans: readonly TakenBan[];
  readonly who: string;
  readonly now: Instant;
}

export interface TakenOver extends TakeOverReply {
  readonly openings: readonly BanOpening[];
}

/** Imports all bans in one transaction; a subject that is named twice is written before its second ban is judged. */
export function takeOver(place: TakeOverPlace, order: TakeOverOrder): TakenOver {
  const results: TakeOverResult[] = [];
  const openings: BanOpening[] = [];
  const named = new Set<string>();
  let steps: BookStep[] = [];
  const write = (): void => {
    if (steps.length > 0) openings.push(...place.book.commit({ steps, cursors: [] }));
    steps = [];
    named.clear();
  };
  for (const taken of order.bans) {
    const owner = ownerOf(place, taken);
    if (typeof owner === "string") {
      const detail = owner === "unknown-jail" ? "no running jail has that name" : NO_ADDRESS;
      results.push({ subject: taken.subject, jail: taken.jail, outcome: owner, detail });
      continue;
    }
    const key = `${owner.subject} ${owner.jail.name}`;
    if (named.has(key)) write();
    named.add(key);
    const { result, steps: more } = takeOne(place, order, owner, taken);
    results.push(result);
    steps.push(...more);
  }
  write();
  return { results, openings };
}

const NO_ADDRESS = "it is not a valid address or network";

interface Owner {
  readonly jail: Jail;
  readonly subject: Subject;
}

function ownerOf(
  { jails, allow }: TakeOverPlace,
  taken: TakenBan,
): Owner | "unknown-jail" | "no-address" {
  const jail = jails.find(({ name }) => name === taken.jail);
  if (jail === undefined) return "unknown-jail";
  const subject = subjectIn(taken.subject, jail, allow.listOf(jail.name));
  return subject === undefined ? "no-address" : { jail, subject };
}

interface Taken {
  readonly result: TakeOverResult;
  readonly steps: readonly BookStep[];
}

function takeOne(
  { book, allow, present }: TakeOverPlace,
  order: TakeOverOrder,
  owner: Owner,
  taken: TakenBan,
): Taken {
  const { jail, subject } = owner;
  const allowed = explainExemption(allow.listOf(jail.name), subject);
  if (allowed !== undefined) {
    const result = { subject: taken.subject, jail: taken.jail, detail: allowed };
    return { result: { ...result, outcome: "allow-listed" }, steps: [] };
  }
  const here = book
    .history({ subject, jail: jail.name, limit: 1000 })
    .filter((past) => past.subject === subject);
  const current = book.ban(jail.name, subject);
  const steps = pastSteps(owner, order, taken, { past: here, current });
  const ban = banOf(subject, jail, order, taken);
  const finish = (outcome: TakeOverResult["outcome"], detail: string): Taken => ({
    result: { subject: taken.subject, jail: taken.jail, outcome, detail },
    steps,
  });
  if (ban.until !== "forever" && ban.until <= order.now)
    return finish("ended", "its time is over; it counts as an earlier ban");
  if (here.some((past) => past.from === ban.from && !isUntimed(past)))
    return finish("already", "it was taken over before, and has been lifted since");
  if (current !== undefined && !endsBefore(current.until, ban.until))
    return finish("already", "it is banned here for at least as long");
  const there = present(subject, jail);
  if (there !== undefined) return finish("logged-in", there);
  steps.push(...evidenceSteps(subject, jail, taken), { kind: "ban", ban, who: order.who });
  return finish(
    "banned",
    ban.until === "forever" ? "permanently" : "for what was left of its time",
  );
}

function subjectIn(text: string, jail: Jail, allowed: AllowList): Subject | undefined {
  const subject = parseSubject(text);
  if (subject === undefined) return undefined;
  const { ip, family, prefix } = splitSubject(subject);
  const isAddress = prefix === (family === "ipv4" ? 32 : 128);
  return isAddress ? countedSubject(ip, jail.config, allowed) : subject;
}

function endsBefore(a: Ban["until"], b: Ban["until"]): boolean {
  return a !== "forever" && (b === "forever" || a < b);
}

function banOf(
  subject: Subject,
  jail: Jail,
  { from, now }: TakeOverOrder,
  { at, until, earlier, failures }: TakenBan,
): Ban {
  const counted = failures === 0 ? "" : `: ${amount(failures, "failure")}`;
  return {
    subject,
    jail: jail.name,
    scope: jail.policy.scope,
    // The other program's clock may be ahead.
    from: instant(Math.min(at, now)),
    until: until === null ? "forever" : instant(until),
    origin: "restored",
    reason: `taken over from ${from}${counted}`,
    rule: "",
    failures,
    escalation: earlier,
  };
}

function evidenceSteps(subject: Subject, jail: Jail, { at, lines }: TakenBan): readonly BookStep[] {
  return lines.map((line) => ({
    ...{ kind: "failure", subject, jail: jail.name, at: instant(at), weight: 1 },
    ...{ rule: "", user: undefined, line },
  }));
}

/**
 * Returns earlier bans with a known time, and as many untimed ones as the other program counted; bans in bailiff's book
 * already count.
 */
function pastSteps(
  { subject, jail }: Owner,
  order: TakeOverOrder,
  taken: TakenBan,
  here: { readonly past: readonly PastBan[]; readonly current: Ban | undefined },
): BookStep[] {
  const { past } = here;
  const times = new Set<number>(
    (here.current === undefined ? past : [...past, here.current]).map(({ from }) => from),
  );
  const known = taken.past.filter(({ at, until }) => !times.has(at) && until <= order.now);
  const counting = past.filter(({ counts }) => counts);
  const missing = Math.max(0, taken.earlier - counting.length - known.length);
  const model = banOf(subject, jail, order, taken);
  const step = (more: Partial<Ban>, ended: Instant): BookStep => ({
    ...{ kind: "past", ban: { ...model, ...more, until: ended }, ended, by: order.from },
  });
  const reason = `taken over from ${order.from}: earlier ban, its time is unknown`;
  return [
    ...Array.from({ length: missing }, () => step({ reason, failures: 0 }, model.from)),
    ...known.map(({ at, until }) => step({ from: instant(at) }, instant(until))),
  ];
}

/** Reports whether a past ban has no known time: it is stored with one instant, the start of the imported ban. */
function isUntimed({ from, until }: PastBan): boolean {
  return from === until;
}
