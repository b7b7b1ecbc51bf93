/** Adds entries to the allow-list or removes them, as an administrator requests. */
import type { Commands } from "../messages.ts";
import { describeWideNetwork } from "../../domain/wide-network.ts";
import type { AllowEntry } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import { duration } from "../../domain/duration.ts";
import { CodedError } from "../../domain/errors.ts";
import { instant } from "../../domain/instant.ts";
import { announceTogether, type OrderNote } from "../../pipeline/announce-together.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { formatUntil } from "./describe-bans.ts";
import { type OrderContext, requireSubjects } from "./order-bans.ts";
import { forgetPardoned } from "../../pipeline/pardon.ts";

export async function orderAllow(
  context: OrderContext,
  request: Commands["allow"]["in"],
): Promise<Commands["allow"]["out"]> {
  const { daemon, who, now, emit } = context;
  const subjects = requireSubjects(request.subject);
  if (request.force !== true) refuseWideNetworks(subjects);
  const until = request.for === undefined ? "forever" : instant(now + duration(request.for));
  const present = new Map(daemon.book.allowEntries(now).map((entry) => [entry.subject, entry]));
  const entries = subjects.map((subject): AllowEntry => {
    const reason = request.reason ?? present.get(subject)?.reason ?? "";
    return { subject, until, since: now, who, reason };
  });
  daemon.book.addAllow(entries);
  forgetPardoned(
    daemon.jails.map(({ jail }) => jail),
    subjects,
  );
  announceAllowance(subjects, "added", { emit, who, reason: request.reason ?? "" });
  const before = countBansOf(daemon, subjects);
  await daemon.onAllowListChanged();
  const lifted = before - countBansOf(daemon, subjects);
  const replaced = entries.flatMap((entry) => describeReplaced(present.get(entry.subject), entry));
  const subject = typeof request.subject === "string" ? (subjects[0] ?? "") : subjects;
  return { subject, lifted, replaced };
}

function describeReplaced(
  before: AllowEntry | undefined,
  after: AllowEntry,
): Commands["allow"]["out"]["replaced"] {
  if (before === undefined) return [];
  const { subject, until, reason } = before;
  if (until === after.until && reason === after.reason) return [];
  return [{ subject, until: formatUntil(until), reason }];
}

function refuseWideNetworks(subjects: readonly Subject[]): void {
  for (const subject of subjects) {
    const wide = describeWideNetwork(subject);
    if (wide === undefined) continue;
    throw new CodedError(
      "network-too-wide",
      `not allowed: ${subject} would exempt ${wide} from bans`,
      {
        hint: `to allow it anyway: bailiff allow ${subject} --force`,
      },
    );
  }
}

export async function orderDisallow(
  context: OrderContext,
  request: Commands["disallow"]["in"],
): Promise<Commands["disallow"]["out"]> {
  const { daemon, who, emit } = context;
  const subjects = requireSubjects(request.subject);
  const reason = request.reason ?? "";
  const removed = daemon.book.removeAllow(subjects, { who, reason });
  announceAllowance(removed, "removed", { emit, who, reason });
  await daemon.onAllowListChanged();
  const gone = new Set(removed);
  return {
    removed: removed.length > 0,
    missing: subjects.filter((subject) => !gone.has(subject)),
  };
}

function announceAllowance(
  subjects: readonly Subject[],
  change: "added" | "removed",
  note: OrderNote,
): void {
  const announcer = announceTogether(subjects.length, note);
  for (const subject of subjects)
    announcer.emit({ event: "allow-changed", subject, change, who: note.who });
  announcer.finish();
}

/** Counts bans that share addresses with the subjects, each ban once. */
function countBansOf({ book }: Daemon, subjects: readonly Subject[]): number {
  const bans = subjects.flatMap((near) => [...book.activeBans({ near })]);
  return new Set(bans.map(({ id }) => id)).size;
}
