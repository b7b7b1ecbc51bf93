/** Bans, unbans and allowances that somebody asks for. The same rules as for the daemon's own: allow-list first, book before firewall. */
import type { BanResult, Commands } from "../control/messages.ts";
import { decideRequest } from "../decide/decide.ts";
import type { Ban } from "../domain/ban.ts";
import type { BookStep, PastBan } from "../domain/ban-book.ts";
import { parseSubject, type Subject, subjectsOverlap } from "../domain/cidr.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { CodedError } from "../domain/errors.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { formatPresence } from "../domain/presence.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Daemon } from "./daemon.ts";
import { formatUntil } from "./describe-bans.ts";
import { requireJail } from "./describe-status.ts";
import { announce, keysToSync } from "./announce-ban.ts";
import { MANUAL } from "./manual-jail.ts";

export interface OrderContext {
  readonly daemon: Daemon;
  readonly who: string;
  readonly now: Instant;
  readonly emit: Emit;
}

export async function orderBan(
  context: OrderContext,
  request: Commands["ban"]["in"],
): Promise<readonly BanResult[]> {
  const { daemon, who, now, emit } = context;
  const subject = requireSubject(request.subject);
  const { jail, policy } = jailFor(daemon, request.jail);
  const ban: Ban = {
    subject,
    jail,
    scope: policy.scope,
    from: now,
    until: endOf(request.for ?? policy.bantime, now),
    origin: "manual",
    reason: request.reason ?? "banned by hand",
    rule: "",
    failures: 0,
    escalation: 0,
  };
  const decision = decideRequest(ban, {
    allowedBy: daemon.allow.listOf(jail).covers(subject),
    current: daemon.book.ban(jail, subject),
  });
  if (decision.kind === "ignore") {
    return [{ subject, jail, outcome: decision.reason, until: null, detail: decision.entry }];
  }
  const present = whoIsThere(context, subject, request);
  if (present !== undefined && request.force !== true) {
    return [{ subject, jail, outcome: "needs-force", until: null, detail: present }];
  }
  const steps: BookStep[] = [{ kind: "ban", ban: decision.ban, who }];
  if (present !== undefined)
    steps.push({ kind: "audit", action: "ban-forced", who, subject, jail, detail: present });
  const openings = daemon.book.commit({ steps, cursors: [] });
  for (const opening of openings) announce(opening, now, emit);
  await daemon.bansChanged(openings.flatMap(keysToSync));
  const outcome = decision.kind === "ban" ? "banned" : "extended";
  const state = daemon.book.ban(jail, subject);
  const detail =
    state?.state === "enforced"
      ? "the firewall drops it"
      : (state?.error ?? "not held by a firewall");
  return [{ subject, jail, outcome, until: formatUntil(decision.ban.until), detail }];
}

/** Somebody who would be cut off: logged in now, by key a while ago, or the one who asks. */
function whoIsThere(
  { daemon }: OrderContext,
  subject: Subject,
  { jail, peer }: Commands["ban"]["in"],
): string | undefined {
  const own = peer === undefined ? undefined : parseIp(peer);
  if (own !== undefined && subjectsOverlap(own, subject))
    return `you are connected from ${own} yourself, by SSH`;
  const policy =
    jail === undefined ? daemon.config.defaults : requireJail(daemon, jail).jail.config;
  const present = daemon.guards.presencesAt(subject, policy.key_login);
  const [first] = present;
  if (first === undefined) return undefined;
  const more = present.length > 1 ? `, and ${present.length - 1} more` : "";
  return `${formatPresence(first)}${more}`;
}

function jailFor(
  daemon: Daemon,
  name: string | undefined,
): { jail: JailName; policy: { scope: Ban["scope"]; bantime: Duration | "forever" } } {
  if (name !== undefined) {
    const { jail } = requireJail(daemon, name);
    return { jail: jail.name, policy: jail.policy };
  }
  return { jail: MANUAL, policy: { scope: ALL_PORTS, bantime: daemon.config.defaults.bantime } };
}

function endOf(length: number | "forever", now: Instant): Ban["until"] {
  return length === "forever" ? "forever" : instant(now + length);
}

export function requireSubject(text: string): Subject {
  const subject = parseSubject(text);
  if (subject !== undefined) return subject;
  throw new CodedError("no-address", `"${text}" is no address or network`, {
    hint: "write 192.0.2.7, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/64",
  });
}

/** Lifts every ban that shares an address with one of the subjects: whoever asks wants that address let in. */
export async function orderUnban(
  context: OrderContext,
  request: Commands["unban"]["in"],
): Promise<readonly { subject: string; jail: string }[]> {
  const { daemon, who, now } = context;
  const jail = request.jail === undefined ? undefined : parseJailName(request.jail);
  const order = { who, reason: request.reason ?? "lifted by hand" };
  if (request.all)
    return lift(
      context,
      daemon.book.close(jail === undefined ? {} : { jail }, order, now),
      order.reason,
    );
  const past = request.subjects.map(requireSubject).flatMap((subject) =>
    daemon.book
      .bansOf(subject)
      .filter((ban) => jail === undefined || ban.jail === jail)
      .flatMap((ban) => daemon.book.close({ subject: ban.subject, jail: ban.jail }, order, now)),
  );
  return lift(context, past, order.reason);
}

/** Lifts these bans and no other. */
export async function orderLift(
  context: OrderContext,
  bans: readonly Pick<Ban, "subject" | "jail">[],
): Promise<readonly { subject: string; jail: string }[]> {
  const { daemon, who, now } = context;
  const order = { who, reason: "lifted by hand" };
  const past = bans.flatMap(({ subject, jail }) =>
    daemon.book.close({ subject, jail }, order, now),
  );
  return lift(context, past, order.reason);
}

async function lift(
  { daemon, who, emit }: OrderContext,
  past: readonly PastBan[],
  reason: string,
): Promise<readonly { subject: string; jail: string }[]> {
  for (const { jail, subject } of past) emit({ event: "unban", jail, ip: subject, reason, who });
  await daemon.bansChanged(past.map(({ subject, scope }) => ({ subject, scope })));
  return past.map(({ subject, jail }) => ({ subject, jail }));
}

export async function orderAllow(
  context: OrderContext,
  request: Commands["allow"]["in"],
): Promise<Commands["allow"]["out"]> {
  const { daemon, who, now, emit } = context;
  const subject = requireSubject(request.subject);
  const until = request.for === undefined ? "forever" : instant(now + duration(request.for));
  daemon.book.addAllow({ subject, until, since: now, who, reason: request.reason ?? "" });
  emit({ event: "allow-changed", subject, change: "added", who });
  const before = daemon.book.bansOf(subject).length;
  await daemon.allowChanged();
  return { subject, lifted: before - daemon.book.bansOf(subject).length };
}

export async function orderDisallow(
  context: OrderContext,
  request: Commands["disallow"]["in"],
): Promise<Commands["disallow"]["out"]> {
  const { daemon, who, emit } = context;
  const subject = requireSubject(request.subject);
  const removed = daemon.book.removeAllow(subject, { who, reason: request.reason ?? "" });
  if (removed) emit({ event: "allow-changed", subject, change: "removed", who });
  await daemon.allowChanged();
  return { removed };
}
