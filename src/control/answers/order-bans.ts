/** Bans as requested, by the daemon's rules: allow-list first, book before firewall. */
import type { BanResult } from "../ban-messages.ts";
import type { Commands } from "../messages.ts";
import { decideRequest } from "../../detect/decide.ts";
import { explainExemption } from "../../detect/explain-exemption.ts";
import type { Ban } from "../../domain/ban.ts";
import type { BookStep } from "../../domain/ban-book.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import type { Duration } from "../../domain/duration.ts";
import { CodedError } from "../../domain/errors.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { type JailName, MANUAL } from "../../domain/jail-name.ts";
import { BANNED_BY_HAND } from "../../jails/by-hand.ts";
import { ACTIONS_ONLY, banMeansOf } from "../../jails/ban-means.ts";
import { ALL_PORTS, OBSERVED } from "../../domain/port-scope.ts";
import { describeWideNetwork } from "../../domain/wide-network.ts";
import { formatPresence } from "../../domain/presence.ts";
import { nextTurn } from "../../host/timers.ts";
import type { Emit } from "../../telemetry/events.ts";
import { announceTogether } from "../../pipeline/announce-together.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { explainGaps, formatUntil } from "./describe-bans.ts";
import { removableEntries } from "./removable-entries.ts";
import { requireJail } from "./describe-status.ts";
import { isManual } from "./known-jail.ts";
import { ownConnection, requirePeer } from "./own-connection.ts";
import { announceBans } from "../../pipeline/announce-bans.ts";

export interface OrderContext {
  readonly daemon: Daemon;
  readonly who: string;
  readonly now: Instant;
  readonly emit: Emit;
}

/** Number of addresses changed in one transaction, which blocks the event loop for about 100 ms. */
export const BATCH_SIZE = 2000;
/** How long a line that names another client makes its peer a suspected proxy. */
const SUSPECTED_MS = 86_400_000;

export async function orderBan(
  context: OrderContext,
  request: Commands["ban"]["in"],
): Promise<readonly BanResult[]> {
  const { daemon, who, emit } = context;
  // Parsed before the first ban, so that a typing error in the last subject does not leave half of the request done.
  const subjects = requireSubjects(request.subject);
  requirePeer(request.peer);
  const order: BanOrder = {
    ...jailFor(daemon, request.jail),
    request,
  };
  const reason = request.reason ?? BANNED_BY_HAND;
  const announcer = announceTogether(subjects.length, { emit, who, reason });
  const results: BanResult[] = [];
  for (const slice of slices(subjects, BATCH_SIZE)) {
    if (results.length > 0) await nextTurn();
    results.push(...(await banSlice({ ...context, emit: announcer.emit }, order, slice)));
  }
  announcer.finish();
  return results;
}

interface BanOrder {
  readonly jail: JailName;
  readonly policy: { readonly scope: Ban["scope"]; readonly bantime: Duration | "forever" };
  readonly request: Commands["ban"]["in"];
}

async function banSlice(
  context: OrderContext,
  order: BanOrder,
  subjects: readonly Subject[],
): Promise<readonly BanResult[]> {
  return await commitOrders(
    context,
    subjects.map((subject) => decideRequested(context, order, subject)),
  );
}

/** Commits what was decided, and returns the results when the firewall had its turn. */
export async function commitOrders(
  { daemon, now, emit }: OrderContext,
  decided: readonly DecidedBan[],
): Promise<readonly BanResult[]> {
  const openings = daemon.book.commit({
    steps: decided.flatMap(({ steps }) => steps),
    cursors: [],
  });
  await daemon.onBansChanged(announceBans(openings, now, emit));
  return decided.map(({ result }) => withHold(daemon, result));
}

/** Adds to the result whether the firewall enforces the ban. */
function withHold(daemon: Daemon, result: DecidedBan["result"]): BanResult {
  const { subject, jail, outcome } = result;
  if (outcome === "allow-listed" || outcome === "needs-force") return result;
  const ban = daemon.book.ban(jail, subject);
  if (ban === undefined) return { ...result, detail: "it was lifted in the meantime" };
  const isObserved = ban.scope === OBSERVED;
  if (ban.state !== "enforced" && !isObserved) {
    const detail = explainGaps(daemon, ban) ?? "no firewall enforces it";
    return { ...result, detail };
  }
  if (outcome === "already-banned") return { ...result, enforced: true };
  const detail = isObserved ? describeObserved(daemon, jail) : "the firewall blocks it";
  return { ...result, enforced: true, detail };
}

function describeObserved(daemon: Daemon, name: string): string {
  const config = daemon.jails.find(({ jail }) => jail.name === name)?.jail.config;
  return config !== undefined && banMeansOf(config) === "actions"
    ? ACTIONS_ONLY
    : "the jail observes only, and drops nothing";
}

export interface DecidedBan {
  readonly result: BanResult & { readonly subject: Subject; readonly jail: JailName };
  readonly steps: readonly BookStep[];
}

function decideRequested(context: OrderContext, order: BanOrder, subject: Subject): DecidedBan {
  const current = context.daemon.book.ban(order.jail, subject);
  const ban = requestedBan(context, order, { subject, current });
  return decideOrder(context, ban, order.request);
}

/** Decides a ban by hand. `continues`: the id of the past ban that it continues. */
export function decideOrder(
  context: OrderContext,
  ban: Ban,
  request: Pick<Commands["ban"]["in"], "jail" | "peer" | "force">,
  continues?: number,
): DecidedBan {
  const { daemon, who } = context;
  const { subject, jail } = ban;
  const current = daemon.book.ban(jail, subject);
  const allowedBy = explainExemption(daemon.allow.listOf(jail), subject);
  const decision = decideRequest(ban, { allowedBy, current });
  if (decision.kind === "ignore") {
    const { reason, entry } = decision;
    if (reason === "already-banned") return noBan(ban, reason, entry, current?.until);
    return noBan(ban, reason, `${entry}${howToLift(context, { subject, jail, because: entry })}`);
  }
  const present = whoIsThere(context, subject, request);
  if (present !== undefined && request.force !== true) return noBan(ban, "needs-force", present);
  const note = present === undefined ? {} : { note: `forced, although ${present}` };
  const isExtended = decision.kind === "extend";
  const replaced =
    isExtended && current !== undefined
      ? { until: formatUntil(current.until), reason: current.reason }
      : null;
  const until = formatUntil(decision.ban.until);
  const outcome = isExtended ? "extended" : "banned";
  return {
    result: { subject, jail, outcome, enforced: false, until, detail: "", replaced },
    steps: [{ kind: "ban", ban: decision.ban, who, continues, ...note }],
  };
}

function requestedBan(
  { now }: OrderContext,
  { jail, policy, request }: BanOrder,
  { subject, current }: { readonly subject: Subject; readonly current: Ban | undefined },
): Ban {
  const until = endOf(request.for ?? policy.bantime, now);
  const reason = request.reason ?? reasonByHand(current);
  const counted = { rule: "", failures: 0, escalation: 0 };
  return {
    ...{ subject, jail, scope: policy.scope, from: now, until },
    ...{ origin: "manual", reason, ...counted },
  };
}

/** `end`: end of the current ban. */
function noBan(
  { subject, jail }: Ban,
  outcome: BanResult["outcome"],
  detail: string,
  end: Ban["until"] = "forever",
): DecidedBan {
  const until = formatUntil(end);
  return {
    result: { subject, jail, outcome, enforced: false, until, detail, replaced: null },
    steps: [],
  };
}

/** Returns the reason of a ban by hand without a new one: that of an earlier ban by hand, if it is extended. */
function reasonByHand(current: Ban | undefined): string {
  return current?.origin === "manual" ? current.reason : BANNED_BY_HAND;
}

/** Describes how to end an exemption: by a command, or in the configuration. */
function howToLift(
  { daemon, now }: OrderContext,
  { subject, jail, because }: { subject: Subject; jail: JailName; because: string },
): string {
  const list = daemon.allow.listOf(jail);
  const entries = removableEntries(subject, list, daemon.book.allowEntries(now));
  if (entries.length > 0)
    return `; to end the exemption: bailiff allow --remove ${entries.join(" ")}`;
  const files = daemon.config.files.join(", ");
  return because.includes("ignoreip ") && files !== "" ? `; configured in ${files}` : "";
}

/**
 * Describes who would be locked out: the caller, much of the internet, everybody behind a suspected proxy, or a user who
 * is logged in or recently logged in by key.
 */
function whoIsThere(
  { daemon, now }: OrderContext,
  subject: Subject,
  { jail, peer }: Pick<Commands["ban"]["in"], "jail" | "peer">,
): string | undefined {
  const own = ownConnection(subject, peer);
  if (own !== undefined) return own;
  const wide = describeWideNetwork(subject);
  if (wide !== undefined) return `it contains ${wide}`;
  const claim = daemon.forwarders.of(subject, MANUAL);
  if (claim !== undefined && claim.at > now - SUSPECTED_MS)
    return `${claim.peer} looks like a proxy, and a ban would cut off everybody behind it: its lines in jail ${claim.jail} name other clients`;
  const policy = isManual(jail) ? daemon.config.defaults : requireJail(daemon, jail).jail.config;
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
  if (isManual(name))
    return { jail: MANUAL, policy: { scope: ALL_PORTS, bantime: daemon.config.defaults.bantime } };
  const { jail } = requireJail(daemon, name);
  return { jail: jail.name, policy: jail.policy };
}

function endOf(length: number | "forever", now: Instant): Ban["until"] {
  return length === "forever" ? "forever" : instant(now + length);
}

export function requireSubject(text: string): Subject {
  const subject = parseSubject(text);
  if (subject !== undefined) return subject;
  throw new CodedError("no-address", `"${text}" is not a valid address or network`, {
    hint: "write 192.0.2.7, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/64",
  });
}

/** Parses subjects and removes duplicates. */
export function requireSubjects(text: string | readonly string[]): readonly Subject[] {
  const texts = typeof text === "string" ? [text] : text;
  return [...new Set(texts.map(requireSubject))];
}

export function* slices<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
