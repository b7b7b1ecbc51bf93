/**
 * Answers `why`: everything recorded about a subject. Contents: whether it is banned or exempt, because of which lines,
 * rule and threshold; past decisions; where the ban is enforced; and the command that undoes it.
 */
import type { JailConfig } from "../../../config/config.ts";
import { MEMORY } from "../../../config/enforcers/memory.ts";
import { summarizeEnforcers } from "../../../firewall/summarize-enforcers.ts";
import { amount } from "../../../domain/amount.ts";
import type { WhyBan, WhyReply } from "../../ban-messages.ts";
import type { BookedBan } from "../../../domain/ban.ts";
import type { Subject } from "../../../domain/cidr.ts";
import type { CountedFailure } from "../../../domain/ban-book.ts";
import { type Duration, duration, formatDuration } from "../../../domain/duration.ts";
import { formatInstant, type Instant } from "../../../domain/instant.ts";
import { MANUAL } from "../../../domain/jail-name.ts";
import { maskIp, splitSubject, subjectsOverlap } from "../../../domain/cidr.ts";
import { jitterOf } from "../../../detect/decide.ts";
import { countedSubject } from "../../../detect/counted-subject.ts";
import { explainExemption } from "../../../detect/explain-exemption.ts";
import { OBSERVED } from "../../../domain/port-scope.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import { openAddressFiles } from "../../../host/geo/address-facts.ts";
import { describeAddress } from "../describe-address.ts";
import { describeGuards, describeLogin } from "./describe-guards.ts";
import { describeCovering } from "../describe-lists.ts";
import { describeBans, describeIgnored, describePastBan } from "../describe-bans.ts";
import { describeMemberships } from "./describe-campaigns.ts";
import { describeCompromises } from "../suspected-compromises.ts";
import { removableEntries } from "../removable-entries.ts";
import { describeEvidence } from "./describe-evidence.ts";

const MAX_RECENT_FAILURES = 100;
/** Maximum number of entries of a list. */
const MAX_LISTED = 20;
/** Maximum number of past bans that are counted. */
const MAX_HISTORY = 1000;

export async function describeWhy(
  daemon: Daemon,
  subject: Subject,
  now: Instant,
): Promise<WhyReply> {
  const bans = daemon.book.bansOf(subject);
  const described = await describeBans(daemon, bans);
  const allowedBy = allowance(daemon, subject);
  const end = exemptionEnd(daemon, subject, now);
  const exemption = allowedBy === undefined ? undefined : `exempt from bans${end}: ${allowedBy}`;
  const whyBans = bans.flatMap((ban, i): readonly WhyBan[] => {
    const reply = described[i];
    return reply === undefined ? [] : [explainBan(daemon, ban, reply)];
  });
  const watching = recentByJail(daemon, subject, now);
  const past = daemon.book.history({ subject, limit: MAX_HISTORY });
  const history = past.slice(0, MAX_LISTED).map(describePastBan);
  const guards = describeGuards(daemon, subject, now);
  const lists = describeCovering(daemon, subject);
  const ignored = daemon.ignored.overlapping(subject);
  const logins = daemon.guards.loginsFrom(subject);
  using files = openAddressFiles(daemon.config.addresses.files);
  return {
    subject,
    facts: describeAddress(files, subject),
    verdict: verdictOf({
      ...{ bans: whyBans, gap: describeGap(daemon, bans), lists },
      ...{ exemption, watching, history, guards },
    }),
    suspected_compromises: describeCompromises(daemon, now, ({ ip }) =>
      subjectsOverlap(ip, subject),
    ),
    campaigns: describeMemberships(daemon, subject),
    allowed_by: allowedBy ?? null,
    bans: whyBans,
    lists,
    watching,
    ignored: ignored.slice(0, MAX_LISTED).map(describeIgnored),
    guards,
    logins: logins.slice(0, MAX_LISTED).map(describeLogin),
    history,
    not_listed: {
      ignored: notListed(ignored),
      logins: notListed(logins),
      history: notListed(past),
    },
    undo: undoOf(daemon, { bans, lists, subject, now }),
  };
}

function notListed(list: readonly unknown[]): number {
  return Math.max(0, list.length - MAX_LISTED);
}

/** Returns the command that undoes the bans, the blocks of lists or the exemption; null: none, or the exemption is in the configuration. */
function undoOf(
  { book, allow }: Daemon,
  {
    bans,
    lists,
    subject,
    now,
  }: Pick<Known, "lists"> & {
    readonly bans: readonly BookedBan[];
    readonly subject: Subject;
    readonly now: Instant;
  },
): string | null {
  // A ban of a wider network is among them; naming that network would lift further bans in it.
  if (bans.length > 0) return `bailiff unban ${subject}`;
  if (lists.length > 0) return `bailiff allow ${subject}`;
  const entries = removableEntries(subject, allow.shared, book.allowEntries(now));
  return entries.length === 0 ? null : `bailiff allow --remove ${entries.join(" ")}`;
}

function allowance(daemon: Daemon, subject: Subject): string | undefined {
  const everywhere = explainExemption(daemon.allow.shared, subject);
  if (everywhere !== undefined) return everywhere;
  for (const { jail } of daemon.jails) {
    const because = explainExemption(daemon.allow.listOf(jail.name), subject);
    if (because !== undefined) return `${because} (jail ${jail.name})`;
  }
  return undefined;
}

/** Returns " until …" or " permanently" if one entry of `bailiff allow` alone exempts the subject; otherwise "". */
function exemptionEnd({ book, allow }: Daemon, subject: Subject, now: Instant): string {
  const added = book.allowEntries(now);
  const entries = removableEntries(subject, allow.shared, added);
  const only = added.find((one) => entries.length === 1 && one.subject === entries[0]);
  if (only === undefined) return "";
  return only.until === "forever" ? " permanently" : ` until ${formatInstant(only.until)}`;
}

function explainBan(
  daemon: Daemon,
  ban: BookedBan,
  reply: Awaited<ReturnType<typeof describeBans>>[number],
): WhyBan {
  const config = daemon.jails.find(({ jail }) => jail.name === ban.jail)?.jail.config;
  return {
    ...reply,
    rule: ban.rule,
    failures: ban.failures,
    of: config?.maxretry ?? null,
    findtime: config === undefined ? null : formatDuration(config.findtime),
    escalation: ban.escalation,
    jitter: jitterIn(ban, config),
    enforcer: enforcerOf(daemon, ban),
    evidence: describeEvidence(daemon, evidenceOf(daemon, ban, config?.findtime)),
  };
}

/** Returns the most that was added to the ban at random; null: nothing was, or the jail is gone. */
function jitterIn(
  { from, until, origin }: BookedBan,
  config: JailConfig | undefined,
): string | null {
  if (config === undefined || until === "forever" || origin !== "detected") return null;
  const jitter = config.increment.enabled ? jitterOf(duration(until - from), config.increment) : 0;
  return jitter === 0 ? null : formatDuration(duration(Math.ceil(jitter / 1000) * 1000));
}

/** Returns the names of the enforcers that hold the ban. */
function enforcerOf({ firewall }: Daemon, ban: BookedBan): string {
  if (ban.scope === OBSERVED) return MEMORY;
  return summarizeEnforcers(firewall.enforcersFor(ban.jail)).name;
}

/** Says where the first ban that is not enforced is missing; "": all are enforced. */
function describeGap({ firewall }: Daemon, bans: readonly BookedBan[]): string {
  const pending = bans.find(({ state, scope }) => state !== "enforced" && scope !== OBSERVED);
  if (pending === undefined) return "";
  const missing = pending.gaps.map(({ enforcer }) => enforcer);
  const names = firewall.enforcersFor(pending.jail).map(({ name }) => name);
  const holding = names.filter((name) => !missing.includes(name));
  if (missing.length === 0 || holding.length === 0) return ", not enforced by the firewall yet";
  return `, enforced by ${holding.join(", ")}, missing in ${missing.join(", ")}`;
}

/**
 * Returns the lines that counted for the offense. Older lines of the address are stored too, but did not count, unless a
 * detector found more failures than those within findtime.
 */
function evidenceOf(
  daemon: Daemon,
  ban: BookedBan,
  findtime: Duration | undefined,
): readonly CountedFailure[] {
  const kept = daemon.book.evidence(ban.id);
  const last = kept.at(-1);
  if (last === undefined || findtime === undefined) return kept;
  const within = kept.filter(({ at }) => at >= last.at - findtime);
  const failures = within.reduce((sum, { weight }) => sum + weight, 0);
  return failures < ban.failures ? kept : within;
}

/**
 * Returns failures in the present windows, by jail. An IPv6 address is counted by its network, so the network is looked
 * up.
 */
function recentByJail(daemon: Daemon, subject: Subject, now: Instant): WhyReply["watching"] {
  const { ip, prefix } = splitSubject(subject);
  return daemon.jails.flatMap(({ jail }) => {
    const around = countedSubject(ip, jail.config, daemon.allow.listOf(jail.name));
    const shortest = Math.min(prefix, splitSubject(around).prefix);
    const counted = daemon.book
      .recentFailures(maskIp(ip, shortest), MAX_RECENT_FAILURES)
      .filter(({ jail: name, at }) => name === jail.name && at >= now - jail.config.findtime);
    // As the event of the last failure counted them, with what evidence added.
    const failures = [...new Set(counted.map((failure) => failure.subject))].reduce(
      (sum, one) => sum + jail.window.countOf(one, now),
      0,
    );
    if (failures === 0) return [];
    return [
      {
        jail: jail.name,
        failures,
        of: jail.config.maxretry,
        evidence: describeEvidence(daemon, counted.slice(0, 10).reverse(), (failure) =>
          jail.weights.pointsOf(failure),
        ),
      },
    ];
  });
}

interface Known {
  readonly bans: readonly WhyBan[];
  /** See `describeGap`. */
  readonly gap: string;
  readonly lists: WhyReply["lists"];
  /** Why and how long the subject is exempt; undefined: it is not. */
  readonly exemption: string | undefined;
  readonly watching: WhyReply["watching"];
  readonly history: WhyReply["history"];
  readonly guards: WhyReply["guards"];
}

function verdictOf({ bans, gap, lists, exemption, watching, history, guards }: Known): string {
  const [first] = bans;
  if (first !== undefined) {
    const end = first.until === null ? "permanently" : `until ${first.until}`;
    const by = first.jail === MANUAL ? "by hand" : `by ${first.jail}`;
    const more = bans.length > 1 ? ` (${bans.length} bans)` : "";
    if (first.state === "actions")
      return `banned ${by}${more} ${end}, by its actions only; bailiff's firewall blocks nothing for it`;
    if (first.ports === OBSERVED || first.enforcer === MEMORY)
      return `banned ${by}${more} ${end}, observed only: nothing is dropped`;
    return `banned ${by}${more} ${end}${gap}`;
  }
  const [list] = lists;
  if (list !== undefined) {
    const more = lists.length > 1 ? ` and ${amount(lists.length - 1, "other")}` : "";
    return `not banned; blocked by list ${list.list}${more} (${list.network})`;
  }
  if (exemption !== undefined) return exemption;
  if (watching.length > 0)
    return `not banned; ${watching.map(({ jail, failures, of }) => `${failures} of ${amount(of, "failure")} in ${jail}`).join(", ")}`;
  if (guards[0] !== undefined) return `not banned; ${guards[0]}`;
  if (history.length > 0) return "not banned now; it was before";
  return "not banned; no failures or bans of this address are recorded";
}
