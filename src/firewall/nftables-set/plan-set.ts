/**
 * Plans the elements of a set from the blocks that it must hold. Pure. A set has no overlapping elements, so of nested
 * blocks only the widest is an element; the others are added when it is removed, in the same transaction. A block whose
 * addresses another program's element covers needs none.
 */
import { type Duration, duration } from "../../domain/duration.ts";
import { type Change, type EnforcedBlock, MAX_HOLD } from "../../domain/enforcer.ts";
import { type Instant, instant, type Until } from "../../domain/instant.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import {
  type Subject,
  splitSubject,
  subjectContains,
  subjectRange,
  widthOf,
} from "../../domain/cidr.ts";
import { COMMENT, covers, overlapping, type SetElement, type SetState } from "./set-elements.ts";

/** The blocks that a set must hold, with their ends. */
export type Claims = ReadonlyMap<Subject, Until>;

export interface SetPlan {
  /** Elements to remove, in nft's syntax. */
  readonly removed: readonly string[];
  /** Elements to add, in nft's syntax. */
  readonly added: readonly string[];
  /** Blocks that the set cannot hold, with the reason. */
  readonly refused: ReadonlyMap<Subject, string>;
}

/** The kernel removes an element that many seconds after the daemon does. */
const SLACK_SECONDS = 3;
/** Maximum difference between the end of an element and that of its block. nft shows whole seconds. */
const TOLERANCE_MS = 2500;

/** Applies changes to claims, and forgets those that ended. */
export function changedClaims(
  claims: Claims,
  changes: readonly Change[],
  now: Instant,
): Map<Subject, Until> {
  const changed = new Map([...claims].filter(([, until]) => until === "forever" || until > now));
  for (const change of changes) {
    if (change.kind === "add" && (change.until === "forever" || change.until > now))
      changed.set(change.subject, change.until);
    else changed.delete(change.subject);
  }
  return changed;
}

/** Every element of bailiff must be claimed, or it is removed. */
export function planSet(state: SetState, claims: Claims, now: Instant): SetPlan {
  const placed = new Map<Subject, Until>();
  const refused = new Map<Subject, string>();
  let widest: Subject | undefined;
  for (const subject of sortedSubjects(claims)) {
    const until = claims.get(subject) ?? now;
    if (isOver(until, now)) continue;
    if (widest !== undefined && subjectContains(widest, subject)) continue;
    const foreign = overlapping(state, subject).filter(({ isOurs }) => !isOurs);
    const reason = refusalOf(state, subject, foreign, until, now);
    if (reason !== undefined) refused.set(subject, reason);
    else if (foreign.length === 0) placed.set(subject, until);
    if (reason === undefined) widest = subject;
  }
  const isKept = ([subject, until]: readonly [Subject, Until]): boolean => {
    const element = state.ours.get(subject);
    return element !== undefined && lastsRight(state, element, until, now);
  };
  const kept = new Map([...placed].filter(isKept));
  return {
    removed: [...state.ours.values()].flatMap(({ subject, text }) =>
      subject !== undefined && kept.has(subject) ? [] : [text],
    ),
    added: [...placed]
      .filter(([subject]) => !kept.has(subject))
      .map(([subject, until]) => formatElement(state, subject, until, now)),
    refused,
  };
}

/** Sorts networks before the addresses in them. */
function sortedSubjects(claims: Claims): readonly Subject[] {
  return [...claims.keys()]
    .map((subject) => ({ subject, ...subjectRange(subject) }))
    .sort((a, b) => (a.first === b.first ? Number(b.last - a.last) : a.first < b.first ? -1 : 1))
    .map(({ subject }) => subject);
}

function refusalOf(
  { definition, family }: SetState,
  subject: Subject,
  foreign: readonly SetElement[],
  until: Until,
  now: Instant,
): string | undefined {
  const { name, hasIntervals } = definition;
  if (!hasIntervals && splitSubject(subject).prefix < widthOf(family))
    return `set ${name} has no flag interval, so it cannot hold networks`;
  const [other] = foreign;
  if (other === undefined) return undefined;
  if (!covers(other, subject))
    return `set ${name} has ${other.text} of another program, which overlaps`;
  return outlasts(other.left, until, now)
    ? undefined
    : `set ${name} has ${other.text} of another program, which ends sooner`;
}

function isOver(until: Until, now: Instant): boolean {
  return until !== "forever" && until <= now;
}

function outlasts(left: Duration | undefined, until: Until, now: Instant): boolean {
  return left === undefined || (until !== "forever" && left + TOLERANCE_MS >= until - now);
}

function lastsRight(
  { definition }: SetState,
  { left }: SetElement,
  until: Until,
  now: Instant,
): boolean {
  if (!definition.hasTimeout) return true;
  if (until === "forever") return left === undefined || left >= MAX_HOLD / 2;
  const wanted = secondsUntil(until, now) * 1000;
  return left !== undefined && Math.abs(left - wanted) <= TOLERANCE_MS;
}

function formatElement(
  { definition }: SetState,
  subject: Subject,
  until: Until,
  now: Instant,
): string {
  const { hasTimeout, hasDefaultTimeout } = definition;
  const hasEnd = hasTimeout && (until !== "forever" || hasDefaultTimeout);
  const seconds = until === "forever" ? MAX_HOLD / 1000 : secondsUntil(until, now);
  return `${subject}${hasEnd ? ` timeout ${seconds}s` : ""} comment "${COMMENT}"`;
}

function secondsUntil(until: Instant, now: Instant): number {
  return Math.ceil(Math.min(until - now, MAX_HOLD) / 1000) + SLACK_SECONDS;
}

/** Returns the claims, and those of elements of an earlier run, which end when their elements do. */
export function adoptElements({ ours }: SetState, claims: Claims, now: Instant): Claims {
  const found = [...ours.values()].flatMap(({ subject, left }) =>
    subject === undefined || claims.has(subject)
      ? []
      : [[subject, left === undefined ? "forever" : instant(now + left)] as const],
  );
  return new Map([...claims, ...found]);
}

/** Returns the blocks in force: elements of bailiff, and claims whose addresses an element covers. */
export function listBlocks(
  state: SetState,
  claims: Claims,
  now: Instant,
): readonly EnforcedBlock[] {
  return [...adoptElements(state, claims, now)].flatMap(([subject, until]) => {
    const left = until === "forever" ? undefined : duration(Math.max(0, until - now));
    const scope = ALL_PORTS;
    const own = state.ours.get(subject);
    if (own !== undefined) {
      const isRenewed = until === "forever" && lastsRight(state, own, until, now);
      return [{ subject, scope, packets: own.packets, left: isRenewed ? undefined : own.left }];
    }
    const [cover] = overlapping(state, subject);
    if (isOver(until, now) || cover === undefined || !covers(cover, subject)) return [];
    if (!cover.isOurs && !outlasts(cover.left, until, now)) return [];
    return [{ subject, scope, packets: undefined, left }];
  });
}

/** Returns blocks that need no element, because one of another program covers them: it stays when they end. */
export function heldByOthers(state: SetState, claims: Claims, now: Instant): readonly Subject[] {
  return listBlocks(state, claims, now).flatMap(({ subject }) =>
    !state.ours.has(subject) && overlapping(state, subject).some(({ isOurs }) => !isOurs)
      ? [subject]
      : [],
  );
}

export function describeHeldByOthers([first, ...others]: readonly Subject[]): string {
  if (first === undefined) return "";
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return `; ${first}${more} blocked by elements of other programs, which stay when the bans end`;
}
