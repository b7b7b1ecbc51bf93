import type { Happening, Observation } from "../happenings.ts";
import type { BanLedger, KnownBan } from "./ban-ledger.ts";
import { contains, parseNetwork } from "./network.ts";
import {
  CANARY,
  CHECKED_WITHIN,
  REPAIRED_WITHIN,
  REPAIRS,
  SLACK,
  SOURCE_NAMED_WITHIN,
} from "./promises.ts";
import type { Report } from "./rules.ts";
import type { World } from "./world.ts";

/**
 * More damage than this is a tight loop: its repairs "in at most a tenth of the time" begin after twelve seconds of
 * work.
 */
const TIGHT_LOOP = { count: 10, within: 60_000 };
const CANARY_NETWORKS = CANARY.networks.map(parseNetwork);
const MAX_SLOW = 100;

/** Time-outs of the kernel come after the daemon ends its bans: "at most four seconds". SECURITY.md, Failing. */
const KERNEL_TIMEOUT_SLACK = 5_000;

/** The kernel equals the list of bans while the daemon runs, and keeps them while it does not. */
export class KernelRules {
  readonly #world: World;
  readonly #ledger: BanLedger;
  /** Bans that the kernel lacks, and subjects that it drops without a ban; each with the time since when. */
  readonly #missing = new Map<string, { ban: KnownBan; since: number }>();
  readonly #extra = new Map<string, { text: string; since: number }>();
  /** Keys of the subjects that the kernel dropped in the last observation. */
  #dropped: ReadonlySet<string> = new Set();
  #seen: Observation["dropped"] | undefined;
  #seenAt: number = -Infinity;
  /** Keys that were already reported since the last start. */
  readonly #outlived = new Set<string>();
  #damage: number[] = [];
  /** Times in which calls were slow; the last one may not have ended. */
  #slow: { readonly callTime: number; until: number }[] = [];
  #troubledUntil: number = -Infinity;
  foreignAccept = false;
  #foreignIsIntact = true;

  constructor(world: World, ledger: BanLedger) {
    this.#world = world;
    this.#ledger = ledger;
  }

  /** Until when the firewall was refusing or busy; a future time while it still is. */
  get troubledUntil(): number {
    return this.#troubledUntil;
  }

  happened(happening: Happening): void {
    if (happening.kind === "started") this.#forgetAges();
    if (happening.kind !== "firewall") return;
    const { at, what, subjects, callTime = 0 } = happening;
    if (what === "slow" || what === "works-again") this.#noteSpeed(at, callTime);
    if (what === "refuses" || what === "busy") this.#troubledUntil = Infinity;
    if (what === "works-again") this.#troubledUntil = at;
    if (what === "foreign-accept") this.foreignAccept = true;
    if (what === "foreign-accept-removed") {
      this.foreignAccept = false;
      this.#troubledUntil = Math.max(this.#troubledUntil, at);
    }
    // What another program inserts while no daemon runs has no end.
    if (what === "inserted-elements" && !this.#world.running)
      for (const text of subjects) this.#outlived.add(this.#world.network(text).key);
    const isWhole = what === "flushed-ruleset" || what === "deleted-our-table";
    if (!isWhole && what !== "deleted-elements") return;
    const keys = new Set(subjects.map((text) => this.#world.network(text).key));
    this.#dropped = new Set(isWhole ? [] : [...this.#dropped].filter((key) => !keys.has(key)));
    if (isWhole || keys.size > 0)
      this.#damage = [...this.#damage.filter((one) => one > at - REPAIRS.within), at];
  }

  #noteSpeed(at: number, callTime: number): void {
    const last = this.#slow.at(-1);
    if (last?.until === Infinity) last.until = at;
    if (callTime > 0) this.#slow = [...this.#slow, { callTime, until: Infinity }].slice(-MAX_SLOW);
  }

  /** Returns the longest call that may have set the time-out of a ban. */
  #longestCall({ since }: KnownBan): number {
    const times = this.#slow.filter(({ callTime, until }) => until + callTime > since - callTime);
    return Math.max(0, ...times.map(({ callTime }) => callTime));
  }

  observed(observation: Observation, report: Report): void {
    const { at, running, dropped, foreignIntact } = observation;
    if (foreignIntact === false && this.#foreignIsIntact) {
      report(
        "foreign-rules-changed",
        "Entries of other programs in the firewall are not as these left them.",
      );
    }
    this.#foreignIsIntact = foreignIntact ?? true;
    if (dropped !== this.#seen || this.#ledger.changedAt > this.#seenAt || !running) {
      const keys = new Map(dropped.map((text) => [this.#world.network(text).key, text]));
      if (running) this.#compare(at, keys);
      else this.#compareAlone(at, keys, report);
      this.#dropped = new Set(keys.keys());
      this.#seen = dropped;
      this.#seenAt = at;
    }
    if (running) this.#judge(at, report);
  }

  /** Reports whether the kernel lacks a ban of the jail, and a check must have noticed that. */
  lacksBanOf(jail: string): boolean {
    for (const { ban, since } of this.#missing.values()) {
      const from = Math.max(since, this.#world.runningSince);
      if (ban.jail === jail && this.#world.now > from + CHECKED_WITHIN + SLACK) return true;
    }
    return false;
  }

  /**
   * Reports whether other programs damaged the firewall three times within ten minutes, and a check must have noticed
   * that.
   */
  isDamagedRepeatedly(): boolean {
    const { now, runningSince } = this.#world;
    let count = 0;
    let last = -Infinity;
    for (const at of this.#damage) {
      const isApart = at > last + REPAIRED_WITHIN + SLACK;
      const isSeen = at > runningSince + REPAIRED_WITHIN && at < now - CHECKED_WITHIN - SLACK;
      if (!isApart || !isSeen || at < now - REPAIRS.within + SLACK) continue;
      count++;
      last = at;
    }
    return count >= REPAIRS.count && this.#troubledUntil < now;
  }

  wasTroubledSince(time: number): boolean {
    return this.#troubledUntil > time || this.foreignAccept || this.#damage.some((at) => at > time);
  }

  #forgetAges(): void {
    this.#seen = undefined;
    this.#missing.clear();
    this.#extra.clear();
    this.#outlived.clear();
  }

  #compare(at: number, keys: ReadonlyMap<string, string>): void {
    const wanted = new Set<string>();
    for (const ban of this.#ledger.bans.values()) {
      if (this.#observesOnly(ban)) continue;
      wanted.add(ban.subject.key);
      if (keys.has(ban.subject.key)) this.#missing.delete(ban.key);
      else if (!this.#missing.has(ban.key)) this.#missing.set(ban.key, { ban, since: at });
    }
    for (const [key, { ban }] of this.#missing) {
      const current = this.#ledger.bans.get(key);
      if (current === undefined) this.#missing.delete(key);
      else if (current !== ban) this.#missing.set(key, { ban: current, since: at });
    }
    for (const key of this.#extra.keys()) {
      if (wanted.has(key) || !keys.has(key)) this.#extra.delete(key);
    }
    for (const [key, text] of keys) {
      if (!wanted.has(key) && !this.#extra.has(key)) this.#extra.set(key, { text, since: at });
    }
  }

  #judge(at: number, report: Report): void {
    const isExcused = this.#isExcused(at);
    for (const { ban, since } of this.#missing.values()) {
      // A firewall that refuses need not be repaired, but what it lost is not enforced any more.
      if (isExcused && !(ban.enforced && this.#isRefusing())) continue;
      const within = isExcused ? CHECKED_WITHIN : REPAIRED_WITHIN;
      if (at <= since + within + SLACK || at >= ban.leastEnd - this.#ledger.tolerance(ban))
        continue;
      const rule = ban.enforced ? "enforced-but-passing" : "ban-not-in-kernel";
      if (ban.reported.has(rule)) continue;
      ban.reported.add(rule);
      report(rule, `The kernel does not drop ${ban.text}, banned in ${ban.jail}, since ${since}.`);
    }
    if (isExcused) return;
    for (const [key, { text, since }] of this.#extra) {
      if (at < (this.#ledger.forgotten.get(key) ?? -Infinity)) continue;
      const isCanary = CANARY_NETWORKS.some((one) => contains(one, this.#world.network(text)));
      if (at <= since + (isCanary ? CANARY.time : REPAIRED_WITHIN) + SLACK) continue;
      report(
        "kernel-drops-unbanned",
        `The kernel drops ${text} since ${since}, and no ban says so.`,
      );
      // Reported once, and again only after it was gone in between.
      this.#extra.set(key, { text, since: Infinity });
    }
  }

  #observesOnly({ jail }: KnownBan): boolean {
    return this.#world.jails.get(jail)?.observesOnly === true;
  }

  #isRefusing(): boolean {
    return this.#troubledUntil === Infinity && !this.#world.isStarting();
  }

  #isExcused(at: number): boolean {
    const isRefused = at <= this.#troubledUntil + SOURCE_NAMED_WITHIN + SLACK;
    const recent = this.#damage.filter((one) => one > at - TIGHT_LOOP.within);
    return this.#world.isStarting() || isRefused || recent.length > TIGHT_LOOP.count;
  }

  /** Checks that the kernel alone keeps bans to their end while no daemon runs. */
  #compareAlone(at: number, keys: ReadonlyMap<string, string>, report: Report): void {
    const ends = new Map<string, number>();
    for (const ban of this.#ledger.bans.values()) {
      if (this.#observesOnly(ban)) continue;
      // "later by as long as the call took that set it".
      const late = KERNEL_TIMEOUT_SLACK + this.#longestCall(ban);
      const latest = ban.mostEnd + this.#ledger.tolerance(ban) + late;
      ends.set(ban.subject.key, Math.max(ends.get(ban.subject.key) ?? 0, latest));
      const isOver = at >= ban.leastEnd - this.#ledger.tolerance(ban) || ban.liftedAt !== undefined;
      if (isOver || !this.#dropped.has(ban.subject.key) || keys.has(ban.subject.key)) continue;
      report(
        "kernel-lost-ban",
        `The kernel does not drop ${ban.text} any more, to end at ${ban.leastEnd}.`,
      );
    }
    for (const [key, listed] of ends) {
      // "the kernel keeps those bans to their end", also if an earlier ban of the subject is all that was saved.
      const forgotten = this.#ledger.forgotten.get(key) ?? -Infinity;
      const end = Math.max(listed, forgotten + KERNEL_TIMEOUT_SLACK);
      if (at <= end || !keys.has(key) || this.#outlived.has(key)) continue;
      this.#outlived.add(key);
      report(
        "kernel-outlives-end",
        `The kernel still drops ${keys.get(key)}, which ended at ${end}.`,
      );
    }
  }
}
