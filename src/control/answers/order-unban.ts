/** Lifts bans as requested, and undoes that. */
import type { BanResult } from "../ban-messages.ts";
import type { Commands } from "../messages.ts";
import type { LiftedBan } from "../order-messages.ts";
import type { Ban } from "../../domain/ban.ts";
import type { LiftOrder } from "../../domain/ban-book.ts";
import { CodedError } from "../../domain/errors.ts";
import { instant } from "../../domain/instant.ts";
import { nextTurn } from "../../host/timers.ts";
import { announceTogether } from "../../pipeline/announce-together.ts";
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

/** How long an unban can be undone. */
const UNDO_MS = 3_600_000;
/** Maximum number of past bans that are searched for the lifted one. */
const MAX_SEARCHED = 1000;

/**
 * Lifts every ban that shares an address with one of the subjects, since that address must get access; if `exact`, only
 * bans of the subjects themselves.
 */
export async function orderUnban(
  context: OrderContext,
  request: Commands["unban"]["in"],
): Promise<readonly LiftedBan[]> {
  const { book } = context.daemon;
  const jail =
    request.jail === undefined ? undefined : requireKnownJail(context.daemon, request.jail);
  const bans = request.all
    ? [...book.activeBans({ jail })]
    : requireSubjects(request.subjects).flatMap((near) =>
        [...book.activeBans({ jail, near })].filter(
          ({ subject }) => request.exact !== true || subject === near,
        ),
      );
  const history = request.keep_history === true ? "kept" : undefined;
  return orderLift(context, bans, { reason: request.reason, history });
}

/** Options of `orderLift`, which lifts exactly the given bans. */
type LiftDetails = Pick<LiftOrder, "history"> & { readonly reason?: string | undefined };

export async function orderLift(
  context: OrderContext,
  bans: readonly Pick<Ban, "subject" | "jail">[],
  { reason = "lifted by hand", history }: LiftDetails = {},
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
