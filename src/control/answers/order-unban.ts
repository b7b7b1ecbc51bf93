/** Lifts bans as requested, and undoes that. */
import type { BanResult } from "../ban-messages.ts";
import type { Commands } from "../messages.ts";
import type { LiftedBan } from "../order-messages.ts";
import type { Ban } from "../../domain/ban.ts";
import { type Subject, subjectsOverlap } from "../../domain/cidr.ts";
import type { BookStep, LiftOrder } from "../../domain/ban-book.ts";
import { CodedError } from "../../domain/errors.ts";
import { instant } from "../../domain/instant.ts";
import { nextTurn } from "../../host/timers.ts";
import { announceTogether, LISTED_EACH } from "../../pipeline/announce-together.ts";
import { forgetPardoned } from "../../pipeline/pardon.ts";
import { requireKnownJail } from "./known-jail.ts";
import {
  BATCH_SIZE,
  commitOrders,
  decideOrder,
  type OrderContext,
  requireSubject,
  requireSubjects,
  slices,
} from "./order-bans.ts";

const LIFTED_BY_HAND = "lifted by hand";
const WAITED = "it waited for its ban, as its rule had reached its limit";
/** How long an unban can be undone. */
const UNDO_MS = 3_600_000;
/** Maximum number of past bans that are searched for the lifted one. */
const MAX_SEARCHED = 1000;

/**
 * Lifts every ban that shares an address with one of the subjects, since that address must get access; if `exact`, only
 * bans of the subjects themselves. Offenses that wait for their ban are pardoned in the same way.
 */
export async function orderUnban(
  context: OrderContext,
  request: Commands["unban"]["in"],
): Promise<readonly LiftedBan[]> {
  const { book } = context.daemon;
  const jail =
    request.jail === undefined ? undefined : requireKnownJail(context.daemon, request.jail);
  const sought = request.all ? [] : requireSubjects(request.subjects);
  const exact = request.exact === true ? new Set<Subject>(sought) : undefined;
  const bans = request.all
    ? [...book.activeBans({ jail })]
    : sought.flatMap((near) =>
        [...book.activeBans({ jail, near })].filter(
          ({ subject }) => exact === undefined || subject === near,
        ),
      );
  const history = request.keep_history === true ? "kept" : undefined;
  const { limits } = context.daemon.guards;
  // Removed first: while bans are lifted, the turn of a waiting offense may come.
  const waited = limits.dropWaiting(jail, (subject) => {
    if (request.all) return true;
    if (exact !== undefined) return exact.has(subject);
    return sought.some((near) => subjectsOverlap(near, subject));
  });
  const lifted = await orderLift(context, bans, { reason: request.reason, history });
  return [...lifted, ...(await pardonWaiting(context, waited, request.reason))];
}

/** Discards the failures of offenses that have led to no ban yet. */
async function pardonWaiting(
  { daemon, who, now, emit }: OrderContext,
  offenses: readonly Pick<Ban, "subject" | "jail">[],
  reason = LIFTED_BY_HAND,
): Promise<readonly LiftedBan[]> {
  for (const slice of slices(offenses, BATCH_SIZE)) {
    await nextTurn();
    const steps = slice.flatMap(({ subject, jail }): readonly BookStep[] => [
      { kind: "pardoned", subject, at: now },
      { kind: "audit", action: "unban", who, subject, jail, detail: `${reason}; ${WAITED}` },
    ]);
    daemon.book.commit({ steps, cursors: [] });
    forgetPardoned(
      daemon.jails.map(({ jail }) => jail),
      slice.map(({ subject }) => subject),
    );
    if (offenses.length <= LISTED_EACH)
      for (const { jail, subject: ip } of slice)
        emit({ event: "ignored", jail, ip, reason: `unbanned: ${reason}; ${WAITED}` });
  }
  return offenses.map((one) => ({ ...one, waited: true }));
}

/** Options of `orderLift`, which lifts exactly the given bans. */
type LiftDetails = Pick<LiftOrder, "history"> & { readonly reason?: string | undefined };

export async function orderLift(
  context: OrderContext,
  bans: readonly Pick<Ban, "subject" | "jail">[],
  { reason = LIFTED_BY_HAND, history }: LiftDetails = {},
): Promise<readonly LiftedBan[]> {
  const { daemon, who, now, emit } = context;
  const announcer = announceTogether(bans.length, { emit, who, reason });
  const lifted: LiftedBan[] = [];
  for (const slice of slices(bans, BATCH_SIZE)) {
    if (lifted.length > 0) await nextTurn();
    const past = daemon.book.close({ bans: slice }, { history, who, reason }, now);
    daemon.guards.quality.onLifted(past, now);
    forgetPardoned(
      daemon.jails.map(({ jail }) => jail),
      past.map(({ subject }) => subject),
    );
    for (const { jail, subject: ip } of past)
      announcer.emit({ event: "unban", jail, ip, reason, who });
    await daemon.onBansChanged(past);
    lifted.push(...past.map(({ subject, jail }) => ({ subject, jail })));
  }
  announcer.finish();
  return lifted;
}

/**
 * Bans again as before the last unban of the subject in the jail, within an hour: until the same end, for the same reason
 * and with its lines, and no longer counted as wrong. What prevents a ban by hand prevents it, too.
 */
export async function undoUnban(
  context: OrderContext,
  request: Commands["undo_unban"]["in"],
): Promise<BanResult> {
  const { daemon, now } = context;
  const subject = requireSubject(request.subject);
  const jail = requireKnownJail(daemon, request.jail);
  const since = instant(now - UNDO_MS);
  const ended = daemon.book.walkHistory({ subject, jail, since, limit: MAX_SEARCHED });
  const past = Iterator.from(ended).find(
    (one) => one.subject === subject && one.why === "unbanned",
  );
  if (past === undefined || (past.until !== "forever" && past.until <= now))
    throw new CodedError("nothing-to-undo", `no ban of ${subject} in ${jail} can be restored`, {
      hint: "only one that was lifted within an hour, and would not have ended by now",
    });
  const { id, scope, from, until, origin, reason, rule, failures, escalation } = past;
  const ban = { subject, jail, scope, from, until, origin, reason, rule, failures, escalation };
  const decided = decideOrder(context, ban, { jail }, id);
  await commitOrders(context, [decided]);
  const { outcome } = decided.result;
  if (outcome === "banned" || outcome === "extended") daemon.guards.quality.onRestored(past);
  return decided.result;
}
