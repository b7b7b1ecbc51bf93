/**
 * Bans that another program has decided -> bans of ours, with their ends, their evidence and how often the address was
 * banned before. The allow-list and whoever is logged in are stronger, as with a ban by hand. Safe to repeat: what was
 * taken over once does not come again, even if it has been lifted since.
 */
import type { TakenBan, TakeOverReply, TakeOverResult } from "../control/messages.ts";
import type { AllowList } from "../decide/allow-list.ts";
import { countedSubject } from "../decide/counted-subject.ts";
import type { Ban } from "../domain/ban.ts";
import type { BanBook, BanOpening, BookStep } from "../domain/ban-book.ts";
import { parseSubject, splitSubject, type Subject } from "../domain/cidr.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { Allow } from "./allow.ts";
import type { Jail } from "./jail.ts";

export interface TakeOverPlace {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly jails: readonly Jail[];
  /** Who would be cut off by it, in words. */
  readonly present: (subject: Subject, jail: Jail) => string | undefined;
}

export interface TakeOverOrder {
  /** Such as "fail2ban". */
  readonly from: string;
  readonly bans: readonly TakenBan[];
  readonly who: string;
  readonly now: Instant;
}

export interface TakenOver extends TakeOverReply {
  readonly openings: readonly BanOpening[];
}

export function takeOver(place: TakeOverPlace, order: TakeOverOrder): TakenOver {
  const results = order.bans.map((taken) => takeOne(place, order, taken));
  return {
    results: results.map(({ result }) => result),
    openings: results.flatMap(({ openings }) => openings),
  };
}

interface Taken {
  readonly result: TakeOverResult;
  readonly openings: readonly BanOpening[];
}

function takeOne(place: TakeOverPlace, order: TakeOverOrder, taken: TakenBan): Taken {
  const { book, allow, jails, present } = place;
  const left = (outcome: TakeOverResult["outcome"], detail: string): Taken => ({
    result: { subject: taken.subject, jail: taken.jail, outcome, detail },
    openings: [],
  });
  const jail = jails.find(({ name }) => name === taken.jail);
  if (jail === undefined) return left("unknown-jail", "no jail of that name runs here");
  const subject = subjectIn(taken.subject, jail, allow.listOf(jail.name));
  if (subject === undefined) return left("no-address", "it is no address or network");
  const history: BookStep[] = pastSteps(book, subject, jail, order, taken);
  const ban = banOf(subject, jail, order, taken);
  const over = ban.until !== "forever" && ban.until <= order.now;
  const steps = [...history];
  const finish = (outcome: TakeOverResult["outcome"], detail: string): Taken => {
    const openings = steps.length === 0 ? [] : book.commit({ steps, cursors: [] });
    return { ...left(outcome, detail), openings };
  };
  if (over) return finish("ended", "its time is over; it counts as an earlier ban");
  const before = book.history({ subject, jail: jail.name, limit: 1000 });
  if (before.some((past) => past.subject === subject && past.from === ban.from))
    return finish("already", "it was taken over before, and has been lifted since");
  const current = book.ban(jail.name, subject);
  if (current !== undefined && !endsBefore(current.until, ban.until))
    return finish("already", "it is banned here for at least as long");
  const allowed = allow.listOf(jail.name).covers(subject);
  if (allowed !== undefined) return finish("allow-listed", allowed);
  const there = present(subject, jail);
  if (there !== undefined) return finish("logged-in", there);
  steps.push(...evidenceSteps(subject, jail, taken), { kind: "ban", ban, who: order.who });
  return finish("banned", ban.until === "forever" ? "for ever" : "for what was left of its time");
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
  { from }: TakeOverOrder,
  { at, until, earlier, failures }: TakenBan,
): Ban {
  const counted = failures === 0 ? "" : `: ${failures} ${failures === 1 ? "failure" : "failures"}`;
  return {
    subject,
    jail: jail.name,
    scope: jail.policy.scope,
    from: instant(at),
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

/** Earlier bans that are known by their time, and as many more as were counted; those that are here already count. */
function pastSteps(
  book: BanBook,
  subject: Subject,
  jail: Jail,
  order: TakeOverOrder,
  taken: TakenBan,
): BookStep[] {
  const here = book
    .history({ subject, jail: jail.name, limit: 1000 })
    .filter((past) => past.subject === subject);
  const current = book.ban(jail.name, subject);
  const times = new Set<number>(
    [...here, ...(current === undefined ? [] : [current])].map(({ from }) => from),
  );
  const known = taken.past.filter(({ at, until }) => !times.has(at) && until <= order.now);
  const missing = Math.max(0, taken.earlier - here.length - known.length);
  const ends = [
    ...Array.from({ length: missing }, () => ({ at: taken.at, until: taken.at })),
    ...known,
  ];
  return ends.map(({ at, until }): BookStep => {
    const ban = { ...banOf(subject, jail, order, taken), from: instant(at), until: instant(until) };
    return { kind: "past", ban, ended: instant(until), by: order.from };
  });
}
