import type { Happening, JailPolicy } from "../happenings.ts";
import { type BanHistory, isLengthAllowed } from "./ban-length.ts";
import type { BanJudge, BanLedger, KnownBan } from "./ban-ledger.ts";
import type { FailureWindow } from "./failure.ts";
import type { FailureWindows } from "./failure-windows.ts";
import type { KnownLogins } from "./known-logins.ts";
import { contains, describeNetwork, type Network, overlaps, parseNetwork } from "./network.ts";
import { BAN_WITHIN, CANARY, REPAIRED_WITHIN, SLACK, SLOW } from "./promises.ts";
import type { Report, Rule } from "./rules.ts";
import { mayReach, mustHaveReached } from "./thresholds.ts";
import type { World } from "./world.ts";

interface Order {
  readonly network: Network;
  readonly jail: string;
  readonly givenAt: number;
  readonly at: number;
  readonly time: number | undefined;
  isObeyed: boolean;
  /** Key of the subject that was banned for it: it causes no ban of another subject that covers it. */
  subject: string | undefined;
}

const CANARY_NETWORKS = CANARY.networks.map(parseNetwork);
const MAX_FORGED = 10_000;

/** Checks who must never be banned, how long bans last, and what commands do. */
export class BanCauses implements BanJudge {
  readonly #world: World;
  readonly #windows: FailureWindows;
  readonly #logins: KnownLogins;
  readonly #ledger: BanLedger;
  readonly #history: BanHistory;
  readonly #report: Report;
  #orders: Order[] = [];
  readonly #forged = new Set<string>();
  #exemptionsAt: number = -Infinity;
  #unbannedAt: number | undefined;

  constructor(parts: {
    world: World;
    windows: FailureWindows;
    logins: KnownLogins;
    ledger: BanLedger;
    history: BanHistory;
    report: Report;
  }) {
    this.#world = parts.world;
    this.#windows = parts.windows;
    this.#logins = parts.logins;
    this.#ledger = parts.ledger;
    this.#history = parts.history;
    this.#report = parts.report;
  }

  happened(happening: Happening): void {
    if (happening.kind === "forged" && happening.writerIsKnown && this.#forged.size < MAX_FORGED) {
      this.#forged.add(this.#world.network(happening.ip).key);
    }
    if (happening.kind === "stopped" || happening.kind === "crashed") this.#noteUnseen();
    if (happening.kind !== "command") return;
    if (happening.command === "unban") this.#unbannedAt = happening.at;
    if (happening.subject === undefined) return;
    const { command, jail, subject, at, givenAt = at, time } = happening;
    const network = this.#world.network(subject);
    if (command === "ban") {
      const order = { network, jail: jail ?? "manual", givenAt, at, time };
      this.#orders.push({ ...order, isObeyed: false, subject: undefined });
    } else {
      this.#orders = this.#orders.filter((order) => !overlaps(order.network, network));
    }
  }

  /** Notes bans that may have begun since the last observation: the daemon ends, and they may have ended before the next. */
  #noteUnseen(): void {
    const { now, jails } = this.#world;
    for (const { name, findTime, maxRetry } of jails.values())
      for (const { subject, failures } of this.#windows.ofJail(name)) {
        const isRecent = failures.some(
          ({ consumedAt, readableAt }) => consumedAt === undefined && readableAt > now - BAN_WITHIN,
        );
        if (!isRecent || this.#ledger.covers(name, subject)) continue;
        if (mayReach(failures, findTime) < maxRetry) continue;
        this.#history.add(subject.key, { jail: name, at: now, isSure: false });
      }
  }

  /** Judges commands, and exemptions that changed. Must be called after the ledger has seen the observation. */
  observed(at: number): void {
    for (const order of this.#orders) {
      if (order.isObeyed || at <= order.at + SLACK) continue;
      const isListed = [...this.#ledger.bans.values()].some(
        (ban) => ban.jail === order.jail && contains(ban.subject, order.network),
      );
      if (!isListed)
        this.#say("ordered-ban-missing", order.jail, order.network.key, "is not in the list");
      order.isObeyed = true;
    }
    // While the clocks differ, moved ends are not judged; the command that moved one is kept to explain it afterwards.
    if (this.#world.wallSpread() === 0) {
      this.#orders = this.#orders.filter((order) => at <= order.at + SLACK);
    }
    for (const ban of this.#ledger.narrowed) this.#checkOffenders(ban);
    this.#ledger.narrowed = [];
    this.#checkLifted(at);
    const { exemptions } = this.#world;
    if (exemptions.changedAt === this.#exemptionsAt || at <= exemptions.changedAt + SLACK) return;
    this.#exemptionsAt = exemptions.changedAt;
    for (const ban of this.#ledger.bans.values()) this.#checkExempt(ban);
  }

  #checkLifted(at: number): void {
    if (this.#unbannedAt === undefined || at <= this.#unbannedAt + SLACK) return;
    this.#unbannedAt = undefined;
    for (const ban of this.#ledger.bans.values()) {
      if (ban.liftedAt === undefined) continue;
      this.#say("unban-not-obeyed", ban.jail, ban.text, "is still in the list");
      ban.liftedAt = undefined;
    }
  }

  began(ban: KnownBan, previous: KnownBan | undefined, earliest: number): void {
    const policy = this.#world.jails.get(ban.jail);
    const order = this.#orders.find(
      ({ jail, network, subject = ban.subject.key }) =>
        jail === ban.jail && subject === ban.subject.key && contains(ban.subject, network),
    );
    if (order === undefined && this.#isOfSelfTest(ban)) {
      ban.reported.add("forgotten");
      return;
    }
    const narrowed = this.#ledger.narrowed.find(
      ({ jail, subject }) => jail === ban.jail && contains(subject, ban.subject),
    );
    if (order !== undefined) this.#checkOrder(order, ban);
    else if (previous !== undefined && ban.mostEnd < previous.leastEnd) {
      this.#say(
        "ban-end-moved",
        ban.jail,
        ban.text,
        `ended at ${previous.leastEnd}, now at ${ban.mostEnd}`,
      );
    } else if (narrowed !== undefined) this.#checkNarrowed(narrowed, ban);
    else if (policy === undefined)
      this.#say("banned-without-cause", ban.jail, ban.text, "of no jail");
    else this.#judge(policy, ban, earliest);
    this.#checkExempt(ban);
    const isSure = order === undefined && narrowed === undefined && previous === undefined;
    this.#history.add(ban.subject.key, { jail: ban.jail, at: ban.since, isSure });
    this.#windows.consume(ban.jail, ban.subject);
  }

  lifted(ban: KnownBan): void {
    this.#history.remove(ban.subject.key, ban.jail);
  }

  maybeLifted(ban: KnownBan): void {
    this.#history.doubt(ban.subject.key, ban.jail);
  }

  maybeForgotten(since: number): void {
    this.#history.doubtSince(since);
    this.#windows.restoreConsumed(since);
  }

  maybeRestored(ban: KnownBan): void {
    this.#history.add(ban.subject.key, { jail: ban.jail, at: ban.since, isSure: false });
  }

  #judge(policy: JailPolicy, ban: KnownBan, earliest: number): void {
    const window = this.#windows.get(ban.jail, ban.subject);
    const isAsked = this.#world.witness.mustDeny(policy, this.#world);
    const believed = window?.failures.filter(({ isDenied }) => !isAsked || isDenied !== true);
    const most = mayReach(believed ?? [], policy.findTime);
    if (most < policy.maxRetry && !mayBeSlow(policy, window)) {
      const what = `after at most ${most} of ${policy.maxRetry} failures`;
      const rule = this.#nameCause(policy, ban.subject);
      if (rule !== undefined) this.#say(rule, ban.jail, ban.text, what);
      return;
    }
    const guard = window === undefined ? undefined : this.#logins.mustSpare(policy, window);
    if (guard !== undefined)
      this.#say(guard, ban.jail, ban.text, "although people log in from there");
    if (window !== undefined && this.#logins.mustHaveTripped(policy, window)) {
      this.#say("breaker-not-tripped", ban.jail, ban.text, "the fifth of those who log in here");
    }
    if (this.#world.wallSpread() > 0) return;
    const past = this.#history.count(ban.subject.key, ban.jail);
    const times = {
      earliest: earliest - SLACK,
      latest: ban.since + SLACK,
      until: ban.leastEnd,
    };
    if (!isLengthAllowed(policy, past, times)) {
      const what = `began between ${earliest} and ${ban.since}, ends at ${ban.leastEnd}, after ${past.least} to ${past.most} bans`;
      this.#say("ban-length", ban.jail, ban.text, what);
    }
  }

  /** Reports whether a ban belongs to a self-test: of a reserved address, and short. */
  #isOfSelfTest({ subject, leastEnd }: KnownBan): boolean {
    const isReserved = CANARY_NETWORKS.some((network) => contains(network, subject));
    return isReserved && leastEnd <= this.#world.now + CANARY.time + SLACK;
  }

  #nameCause(policy: JailPolicy, subject: Network): Rule | undefined {
    if (this.#world.exemptions.covers(policy.name, subject)) return "exempt-banned";
    const isElsewhere = this.#windows.ofJail(policy.name).some((other) => {
      return (
        overlaps(other.subject, subject) &&
        mayReach(other.failures, policy.findTime) >= policy.maxRetry
      );
    });
    const isNew = this.#world.now <= this.#world.exemptions.changedAt + REPAIRED_WITHIN + SLACK;
    if (isElsewhere) return isNew ? undefined : "banned-wrong-subject";
    return this.#forged.has(subject.key) ? "banned-by-forgery" : "banned-without-cause";
  }

  /**
   * Checks a ban that replaced one of a network: "each address in it that reached `maxretry` alone stays banned for the
   * rest of the time". docs/operating.md, IPv6.
   */
  #checkNarrowed(before: KnownBan, ban: KnownBan): void {
    if (ban.leastEnd <= before.mostEnd + this.#ledger.tolerance(before)) return;
    this.#say(
      "ban-length",
      ban.jail,
      ban.text,
      `ends after the ban of ${before.text} that it narrows`,
    );
  }

  #checkOffenders(before: KnownBan): void {
    const policy = this.#world.jails.get(before.jail);
    if (policy === undefined) return;
    const { maxRetry, findTime } = policy;
    for (const { jail, subject, failures } of this.#windows.ofJail(before.jail)) {
      if (!contains(before.subject, subject) || this.#ledger.covers(jail, subject)) continue;
      if (this.#world.exemptions.covers(jail, subject)) continue;
      if (!mustHaveReached(failures, maxRetry, findTime, before.since)) continue;
      const what = `is missing after that of ${before.text} was narrowed`;
      this.#say("narrowed-ban-missing", jail, describeNetwork(subject), what);
    }
  }

  #checkOrder(order: Order, ban: KnownBan): void {
    order.isObeyed = true;
    order.subject = ban.subject.key;
    // No page says whether a manual ban gets jitter, so both are accepted.
    if (order.time === undefined) return;
    const { givenAt, at, time } = order;
    const isAllowed =
      ban.mostEnd >= givenAt + time - SLACK && ban.leastEnd <= at + time * 1.1 + SLACK;
    if (isAllowed) return;
    const what = `was ordered to end between ${givenAt + time} and ${at + time}, ends at ${ban.leastEnd}`;
    this.#say("ban-length", ban.jail, ban.text, what);
  }

  #checkExempt(ban: KnownBan): void {
    if (ban.reported.has("exempt-banned")) return;
    if (!this.#world.exemptions.covers(ban.jail, ban.subject)) return;
    ban.reported.add("exempt-banned");
    this.#say("exempt-banned", ban.jail, ban.text, "contains an exempt address");
  }

  #say(rule: Rule, jail: string, subject: string, what: string): void {
    this.#report(rule, `The ban of ${subject} in ${jail}: ${what}.`);
  }
}

/** Reports whether the failures may be slow guessing. */
function mayBeSlow({ maxRetry }: JailPolicy, window: FailureWindow | undefined): boolean {
  return mayReach(window?.failures ?? [], SLOW.within) >= SLOW.factor * maxRetry;
}
