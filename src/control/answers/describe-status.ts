/** Answers `status`: the present state of the daemon and of each jail. */
import { describeEnforcement, describeEnforcers } from "./describe-enforcers.ts";
import { describeLists } from "./describe-lists.ts";
import type { JailReply, SourceReply, StatusReply } from "../status-messages.ts";
import { CodedError } from "../../domain/errors.ts";
import { formatInstant, type Instant, instant } from "../../domain/instant.ts";
import { type JailName, MANUAL } from "../../domain/jail-name.ts";
import { formatProblem } from "../../domain/problem.ts";
import { JAIL_STATES } from "../../health/judge/jail-state.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import type { WatchedJail } from "../../health/jail-check.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { describeIgnored } from "./describe-bans.ts";
import { describeLink } from "./describe-link.ts";
import { describeSearch } from "../../pipeline/sources/describe-search.ts";
import { describeDemoted } from "./describe-quality.ts";
import { describeCompromises } from "./suspected-compromises.ts";
import { describeUnproven } from "../../pipeline/describe-unproven.ts";
import { banMeansOf } from "../../jails/ban-means.ts";
import { isByHand } from "../../jails/by-hand.ts";
import { describePolicy } from "../../jails/describe-policy.ts";

/** Returns the worst state of any jail. */
export function worstOf(jails: readonly { readonly state: string }[]): string {
  return JAIL_STATES.find((state) => jails.some((reply) => reply.state === state)) ?? "idle";
}

export function describeStatus(
  daemon: Daemon,
  jail: string | undefined,
  facts: { version: string; startedAt: Instant; now: Instant },
): StatusReply {
  const banned = daemon.book.countBans();
  const others = describeOthers(daemon, banned).filter(
    ({ name }) => jail === undefined || name === jail,
  );
  const isOther = jail !== undefined && others.length > 0;
  const selected = isOther ? [] : selectJails(daemon, jail);
  const jails = daemon
    .watched()
    .filter(({ live }) => selected.includes(live))
    .map((watched) => describeJail(daemon, watched, banned.get(watched.live.jail.name) ?? 0));
  const record = daemon.book.status();
  return {
    version: facts.version,
    state: worstOf(jails),
    started_at: formatInstant(facts.startedAt),
    enforcer: describeEnforcement(daemon),
    enforcers: describeEnforcers(daemon),
    record: {
      state: record.state,
      reason: record.state === "ok" ? null : record.reason,
      unsaved: record.state === "ok" ? 0 : record.unsaved,
    },
    demoted_detectors: describeDemoted(daemon, facts.now),
    suspected_compromises: describeCompromises(
      daemon,
      facts.now,
      (alarm) => jail === undefined || alarm.jail === jail,
    ),
    jails,
    lists: describeLists(daemon),
    banned_total: [...banned.values()].reduce((total, count) => total + count, 0),
    other_bans: others,
    looking_for: describeWaitingJails(daemon),
    exempting_nobody: daemon.allow.empty(),
    left_out: (daemon.fail2ban?.leftOut ?? [])
      .filter((one) => jail === undefined || one.jail === jail)
      .map(({ jail: name, kept, problems }) => ({
        name,
        kept,
        reasons: problems.map(formatProblem),
      })),
  };
}

/**
 * Describes bans outside of running jails. The name of manual bans is always included, so that a client may ask for it.
 */
/** Describes jails of the built-in defaults whose log does not exist yet. */
export function describeWaitingJails({ jails, config }: Daemon): StatusReply["looking_for"] {
  return jails
    .filter(({ jail, search }) => search.source === undefined && config.builtIn.includes(jail.name))
    .map(({ jail, search }) => ({ name: jail.name, reason: describeSearch(search) }));
}

function describeOthers(
  daemon: Daemon,
  banned: ReadonlyMap<JailName, number>,
): StatusReply["other_bans"] {
  const watched = new Set(daemon.watched().map(({ live }) => live.jail.name));
  const names = new Set([MANUAL, ...banned.keys()]);
  return [...names]
    .filter((name) => !watched.has(name))
    .sort()
    .map((name) => ({ name, banned: banned.get(name) ?? 0 }));
}

function selectJails(daemon: Daemon, name: string | undefined): readonly LiveJail[] {
  if (name === undefined) return daemon.jails;
  return [requireJail(daemon, name)];
}

export function requireJail(daemon: Daemon, name: string): LiveJail {
  const live = daemon.jails.find(({ jail }) => jail.name === name);
  if (live !== undefined) return live;
  const known = daemon.jails.map(({ jail }) => jail.name).join(", ");
  throw new CodedError("unknown-jail", `unknown jail "${name}"`, {
    hint: known === "" ? "no jail is configured" : `jails: ${known}`,
  });
}

/** Maximum number of exempt offenders that are listed for one jail. */
const MAX_IGNORED = 20;

function describeJail(daemon: Daemon, watched: WatchedJail, banned: number): JailReply {
  const { jail } = watched.live;
  const { state, reason, cause, fix, since } = daemon.proofs.judge(watched);
  const ignored = daemon.ignored.ofJail(jail.name);
  const { slow, evidence, siege, campaigns, subnets, accounts } = jail.config.detect;
  return {
    name: jail.name,
    state,
    reason,
    cause: cause ?? null,
    fix: fix ?? null,
    since: formatInstant(since),
    links: daemon.proofs.of(watched).map(describeLink),
    filter: jail.config.filter,
    mode: jail.config.mode,
    policy: describePolicy(jail.config),
    detectors: { slow, evidence, siege, campaigns, subnets, accounts },
    bans_by: banMeansOf(jail.config),
    by_hand: isByHand(jail.config),
    sources: describeSources(watched, daemon.lastLineOf(watched)),
    confirmed_by: daemon.proofs
      .of(watched)
      .flatMap((proof) => (proof.kind === "proven" ? (proof.witness ?? []) : [])),
    failures: jail.failures,
    tracked: jail.window.tracked,
    banned,
    ignored: ignored.slice(0, MAX_IGNORED).map(describeIgnored),
    ignored_not_listed: Math.max(0, ignored.length - MAX_IGNORED),
  };
}

function describeSources(
  { live, source }: WatchedJail,
  remembered: Instant | undefined,
): readonly SourceReply[] {
  if (source === undefined) return [];
  // The newest line may be from the backlog, before the source was opened.
  const { lastLineAt, failedAt } = live.jail;
  const times = [source.lastLineAt ?? remembered, lastLineAt, failedAt].filter(
    (at) => at !== undefined,
  );
  const last = times.length === 0 ? undefined : instant(Math.max(...times));
  return [
    {
      kind: source.kind,
      where: source.where,
      state: source.state,
      reason: source.reason ?? null,
      lines: source.lines,
      unrecognized: live.jail.unrecognized,
      unstamped: live.jail.unstamped,
      cut: source.cutLines,
      over_limit: source.overLimitLines ?? 0,
      unproven: describeUnproven(live) ?? null,
      last_line_at: last === undefined ? null : formatInstant(last),
    },
  ];
}
