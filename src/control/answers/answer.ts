/** Connects each command of the control socket to the function that answers it. */
import type { PastEvent } from "../event-feed.ts";
import type { AuditChainReply } from "../audit-messages.ts";
import type { CommandName, Commands, Reply } from "../messages.ts";
import { inPages, type Selection } from "../paged-list.ts";
import { isByHand } from "../../domain/audit-author.ts";
import { type Instant, formatInstant, instant } from "../../domain/instant.ts";
import { formatProblem } from "../../domain/problem.ts";
import { CodedError } from "../../domain/errors.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import type { AuditProof } from "../../domain/audit-proof.ts";
import type { AuditEntry } from "../../domain/ban-book.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import { toEventRecord } from "../../telemetry/event-record.ts";
import type { EventCounts } from "../../telemetry/event-counts.ts";
import type { Emit } from "../../telemetry/events.ts";
import { createCheckedClock } from "../../daemon/checked-clock.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { describeAllowance, isAllowedByCommand } from "../../pipeline/allow/describe-allowance.ts";
import {
  describeAllBans,
  describeFoundBans,
  describePastBan,
  formatUntil,
} from "./describe-bans.ts";
import { describeCampaigns } from "./answer/describe-campaigns.ts";
import { describeLimited, describeRules, describeStopped } from "./answer/describe-guards.ts";
import { describeMetrics } from "./answer/describe-metrics.ts";
import { describeProofs } from "./answer/describe-proofs.ts";
import { describeQuality, resetQuality } from "./describe-quality.ts";
import { acknowledgeCompromises } from "./suspected-compromises.ts";
import { describeStatus, requireJail } from "./describe-status.ts";
import { describeSelfTest } from "./answer/describe-self-test.ts";
import { describeWhy } from "./answer/describe-why.ts";
import { isManual, requireKnownJail } from "./known-jail.ts";
import type { loadAll } from "../../jails/load-all.ts";
import { orderAllow, orderDisallow } from "./order-allow.ts";
import { orderBan, requireSubject } from "./order-bans.ts";
import { orderUnban, undoUnban } from "./order-unban.ts";
import { createSerialQueue } from "../../host/serial-queue.ts";

export interface AnswerOptions {
  readonly version: string;
  readonly startedAt: Instant;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly recent: () => readonly PastEvent[];
  readonly eventCounts: EventCounts;
  /** Reads the configuration files, as a reload does. */
  readonly read: () => ReturnType<typeof loadAll>;
  /** Stops the daemon after the answer was sent. */
  readonly stop: (why: { readonly unban: boolean; readonly who: string }) => void;
}

export type Answer = {
  readonly [name in CommandName]: (
    input: Commands[name]["in"],
    who: string,
  ) => Promise<Reply<name>>;
};

/** Number of entries of a list that are processed before the event loop does other work. */
const PAGE_LENGTH = 500;

/**
 * Serializes requests that read the configuration: reading is costly, and undoing a rule must not undo one that another
 * request has added.
 */
type Serialize = ReturnType<typeof createSerialQueue>;

export function createAnswer(daemon: Daemon, given: AnswerOptions): Answer {
  const options = { ...given, clock: createCheckedClock(given.clock, () => daemon.checkClock()) };
  return {
    ...answerProtection(daemon, options),
    ...answerRecord(daemon, options),
    ...answerOrders(daemon, options),
    ...answerConfiguration(daemon, options, createSerialQueue()),
  };
}

/** Commands about jails and their proofs. */
function answerProtection(daemon: Daemon, options: AnswerOptions) {
  const { version, startedAt, clock, recent, eventCounts } = options;
  const now = (): Instant => clock.now();
  return {
    status: async ({ jail }) => describeStatus(daemon, jail, { version, startedAt, now: now() }),
    doctor: async ({ jail }) => describeProofs(daemon, jail, { version, now }),
    drift: async ({ jail }) =>
      (await import("./answer/describe-drift.ts")).describeDrift(daemon, jail, now()),
    verify: async ({ jail }, who) =>
      describeSelfTest(jail, await daemon.verify(requireJail(daemon, jail), who)),
    support: async () => ({
      doctor: await describeProofs(daemon, undefined, { version, now }),
      status: describeStatus(daemon, undefined, { version, startedAt, now: now() }),
      events: recent().map(({ at, event }) => toEventRecord(event, at)),
      audit: describeAudit(await daemon.book.verifyAudit()),
    }),
    metrics: async () => describeMetrics(daemon, { version, startedAt, eventCounts, now: now() }),
    version: async () => ({ version }),
  } satisfies Partial<Answer>;
}

/** Commands about addresses in the record. */
function answerRecord(daemon: Daemon, { clock }: AnswerOptions) {
  const { book } = daemon;
  return {
    bans: async ({ jail }) => {
      const name = jail === undefined ? undefined : requireKnownJail(daemon, jail);
      return describeAllBans(daemon, book.activeBans({ jail: name }));
    },
    find_bans: async ({ jail, ...query }) =>
      describeFoundBans(daemon, {
        ...query,
        jail: jail === undefined ? undefined : requireKnownJail(daemon, jail),
      }),
    campaigns: async (input) => describeCampaigns(daemon, input, clock.now()),
    quality: async () => describeQuality(daemon, clock.now()),
    breakers: async () => describeRules(daemon),
    why: async ({ subject }) => describeWhy(daemon, requireSubject(subject), clock.now()),
    allowed: async ({ jail }) => [
      ...book.allowEntries(clock.now()).map(({ subject, since, until, who, reason }) => ({
        subject,
        since: formatInstant(since),
        until: formatUntil(until),
        because: describeAllowance({ who, reason }),
      })),
      ...configured(daemon, jailsNamed(daemon, jail)),
    ],
    history: async (input) => {
      const past = book.walkHistory(parseFilter(daemon, input));
      const shown = Iterator.from(past).map(describePastBan);
      return inPages(
        shown,
        PAGE_LENGTH,
        select(input, ({ by }) => by),
      );
    },
    stats: async (input) =>
      (await import("./answer/describe-stats.ts")).describeStats(daemon, input),
    verify_audit: async ({ head }) => describeChain(await book.verifyAudit(head), head),
    audit: async (input) => {
      const entries = book.walkAudit(parseFilter(daemon, input));
      const shown = Iterator.from(entries).map(describeEntry);
      return inPages(
        shown,
        PAGE_LENGTH,
        select(input, ({ who }) => who),
      );
    },
  } satisfies Partial<Answer>;
}

/** Commands that change bans and exemptions. */
function answerOrders(daemon: Daemon, { clock, emit }: AnswerOptions) {
  const context = (who: string) => ({ daemon, who, now: clock.now(), emit });
  return {
    ban: async (input, who) => orderBan(context(who), input),
    take_over: async (input, who) =>
      (await import("./order-take-over.ts")).orderTakeOver(context(who), input),
    unban: async (input, who) => orderUnban(context(who), input),
    undo_unban: async (input, who) => undoUnban(context(who), input),
    allow: async (input, who) => orderAllow(context(who), input),
    disallow: async (input, who) => orderDisallow(context(who), input),
    acknowledge: async ({ subject }, who) => {
      const only = subject === undefined ? undefined : requireSubject(subject);
      return acknowledgeCompromises(daemon, only, { who, now: clock.now() });
    },
    reset_quality: async ({ jail, name }, who) =>
      resetQuality(
        daemon,
        { jail: requireKnownJail(daemon, jail), name },
        { who, now: clock.now() },
      ),
    reset_breaker: async ({ jail, rule }, who) => {
      const name = jail === undefined ? undefined : requireBreakerJail(daemon, jail);
      const { stopped, limited } = daemon.guards.limits.reset({ jail: name, rule }, who);
      return [...stopped.map(describeStopped), ...limited.map(describeLimited)];
    },
  } satisfies Partial<Answer>;
}

/** Commands that reload, change or try the configuration, or stop the daemon. */
function answerConfiguration(
  daemon: Daemon,
  { clock, read, stop }: AnswerOptions,
  serialize: Serialize,
) {
  return {
    notify_test: async ({ channel }) =>
      (await import("./answer/test-channel.ts")).testChannel(daemon, channel, clock),
    add_rule: ({ number, is }, who) =>
      serialize(async () => {
        const [{ addRule }, { describeDrift }] = await Promise.all([
          import("./add-rule.ts"),
          import("./answer/describe-drift.ts"),
        ]);
        const replies = await describeDrift(daemon, undefined, clock.now());
        return addRule({ replies, number, is, reload: () => reload(daemon, who) });
      }),
    check: () =>
      serialize(async () => (await import("./describe-check.ts")).describeCheck(await read())),
    reload: async (_input, who) => reload(daemon, who),
    stop: async ({ unban }, who) => {
      stop({ unban, who });
      return { stopping: true };
    },
  } satisfies Partial<Answer>;
}

function parseFilter(
  daemon: Daemon,
  { subject, jail, since, by_hand: byHand, limit }: Commands["history"]["in"],
) {
  return {
    // Those by hand are selected after reading.
    limit: byHand === true ? Number.MAX_SAFE_INTEGER : limit,
    since: since === undefined ? undefined : instant(since),
    subject: subject === undefined ? undefined : requireSubject(subject),
    jail: jail === undefined ? undefined : requireKnownJail(daemon, jail),
  };
}

function select<Item>(
  { by_hand: byHand, limit }: Commands["history"]["in"],
  authorOf: (item: Item) => string,
): Selection<Item> {
  return { limit, isWanted: (item) => byHand !== true || isByHand(authorOf(item)) };
}

async function reload(daemon: Daemon, who: string): Promise<Commands["reload"]["out"]> {
  const reloaded = await daemon.reload(who);
  if (reloaded.ok) return { restart_needed: reloaded.value };
  const problems = reloaded.error.map(formatProblem).join("\n  ");
  throw new CodedError(
    "bad-config",
    `the configuration is invalid, the previous one stays in force:\n  ${problems}`,
  );
}

function describeEntry(entry: AuditEntry): Commands["audit"]["out"][number] {
  return {
    at: formatInstant(entry.at),
    action: entry.action,
    who: entry.who,
    subject: entry.subject ?? null,
    jail: entry.jail ?? null,
    detail: entry.detail,
  };
}

function describeAudit(proof: AuditProof): Commands["support"]["out"]["audit"] {
  if (proof.intact) return { intact: true, detail: `${proof.entries} entries, head ${proof.head}` };
  return { intact: false, detail: `changed by another program at entry ${proof.brokenAt}` };
}

function describeChain(proof: AuditProof, saved: string | undefined): AuditChainReply {
  if (!proof.intact)
    return { intact: false, broken_at: proof.brokenAt, entries: null, head: null, contains: null };
  const { entries, head, containsSaved } = proof;
  const contains = saved === undefined ? null : containsSaved;
  return { intact: true, broken_at: null, entries, head, contains };
}

/** Returns the jail of a breaker. It may have been removed from the configuration while its breaker still exists. */
function requireBreakerJail(daemon: Daemon, text: string): JailName {
  const name = parseJailName(text);
  if (name !== undefined && daemon.guards.limits.breaker.list(name).length > 0) return name;
  return requireJail(daemon, text).jail.name;
}

/** Returns the jails whose exemptions are asked for. For manual bans only entries that every jail has are exempt. */
function jailsNamed(daemon: Daemon, name: string | undefined): Daemon["jails"] {
  if (name === undefined) return daemon.jails;
  return isManual(name) ? [] : [requireJail(daemon, name)];
}

/** Returns the exempt entries of the configuration and of the host itself, without duplicates. */
function configured(daemon: Daemon, jails: Daemon["jails"]): Commands["allowed"]["out"] {
  const lists = [daemon.allow.shared, ...jails.map(({ jail }) => daemon.allow.listOf(jail.name))];
  const seen = new Map(
    lists.flatMap(({ entries }) => entries.map((entry) => [entry.subject, entry])),
  );
  return [...seen.values()]
    .filter(({ because }) => !isAllowedByCommand(because))
    .map(({ subject, because, since }) => {
      const from = since === undefined ? null : formatInstant(since);
      return { subject, since: from, until: null, because };
    });
}
