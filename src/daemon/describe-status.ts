/** The state of the daemon and of each jail, from what is known now. */
import type { JailReply, SourceReply, StatusReply } from "../control/messages.ts";
import { CodedError } from "../domain/errors.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import type { JailState } from "../health/jail-state.ts";
import type { Daemon } from "./daemon.ts";
import type { LiveJail } from "./live-jail.ts";
import { describeSearch } from "./describe-search.ts";
import { describePolicy } from "./describe-policy.ts";

/** Worst first: one word for all jails together. */
const WORST: readonly JailState[] = ["toothless", "blind", "degraded", "observing", "protecting"];

export function describeStatus(
  daemon: Daemon,
  jail: string | undefined,
  facts: { version: string; startedAt: Instant },
): StatusReply {
  const banned = daemon.book.countBans();
  const jails = selectJails(daemon, jail)
    .filter((live) => !isAbsent(daemon, live))
    .map((live) => describeJail(daemon, live, banned.get(live.jail.name) ?? 0));
  const record = daemon.book.status();
  return {
    version: facts.version,
    state: WORST.find((state) => jails.some((reply) => reply.state === state)) ?? "idle",
    started_at: formatInstant(facts.startedAt),
    enforcer: {
      name: daemon.enforcerName,
      enforcing: daemon.enforcerName !== "memory",
      trouble: daemon.firewallMissing ?? daemon.enforcement.trouble() ?? null,
    },
    record: {
      state: record.state,
      reason: record.state === "ok" ? null : record.reason,
      unsaved: record.state === "ok" ? 0 : record.unsaved,
    },
    jails,
    looking_for: daemon.jails
      .filter((live) => isAbsent(daemon, live))
      .map((live) => ({ name: live.jail.name, reason: describeSearch(live.search) })),
  };
}

/** A built-in jail whose program leaves no log here is no blind jail: most hosts run only some of the programs. */
function isAbsent(daemon: Daemon, { search }: LiveJail): boolean {
  return daemon.config.autojails && search.source === undefined;
}

function selectJails(daemon: Daemon, name: string | undefined): readonly LiveJail[] {
  if (name === undefined) return daemon.jails;
  return [requireJail(daemon, name)];
}

export function requireJail(daemon: Daemon, name: string): LiveJail {
  const live = daemon.jails.find(({ jail }) => jail.name === name);
  if (live !== undefined) return live;
  const known = daemon.jails.map(({ jail }) => jail.name).join(", ");
  throw new CodedError("unknown-jail", `there is no jail "${name}"`, {
    hint: known === "" ? "no jail is configured" : `jails: ${known}`,
  });
}

function describeJail(daemon: Daemon, live: LiveJail, banned: number): JailReply {
  const { jail } = live;
  return {
    name: jail.name,
    ...daemon.judge(live),
    filter: jail.config.filter,
    mode: jail.config.mode,
    policy: describePolicy(jail.config),
    sources: describeSources(daemon, live),
    failures: jail.failures,
    tracked: jail.window.tracked,
    banned,
  };
}

function describeSources(daemon: Daemon, live: LiveJail): readonly SourceReply[] {
  const status = daemon.statusOf(live);
  if (status === undefined) return [];
  return [
    {
      kind: status.kind,
      where: status.where,
      state: status.state,
      reason: status.reason ?? null,
      lines: status.lines,
      unrecognised: live.jail.unrecognised,
      cut: status.cutLines,
      last_line_at: status.lastLineAt === undefined ? null : formatInstant(status.lastLineAt),
    },
  ];
}
