import type { Happening, Observation } from "../happenings.ts";
import type { Failure } from "./failure.ts";
import { windowKey } from "./failure-windows.ts";
import { type Network, overlaps } from "./network.ts";
import { BYPASS, CLOCK_COMPARED_WITHIN, SLACK } from "./promises.ts";
import type { Report } from "./rules.ts";
import type { World } from "./world.ts";

type ShownBan = Observation["bans"][number];

/** A ban that the daemon showed. */
export interface KnownBan {
  readonly key: string;
  readonly jail: string;
  readonly subject: Network;
  readonly text: string;
  readonly since: number;
  /** Earliest and latest end in true time; a step of the clock while the daemon is down separates them. */
  leastEnd: number;
  mostEnd: number;
  readonly driftBefore: number;
  enforced: boolean;
  /** Whether it was made while the disk was full. */
  unsaved: boolean;
  /** Whether a command exempted an address of it, perhaps only for a moment. */
  wasExempted: boolean;
  /** When a command lifted it; undefined: not lifted. */
  liftedAt: number | undefined;
  /** Lines of the banned address after the ban. */
  readonly lines: { count: number; first: number; last: number; reachedAt: number | undefined };
  /** Number of the latest observation that listed it. */
  listedIn: number;
  readonly reported: Set<string>;
}

/** Judges bans that begin or end in the ledger. */
export interface BanJudge {
  /** A ban began, or has another end than before. */
  began(ban: KnownBan, previous: KnownBan | undefined, earliest: number): void;
  /** A ban ended early, by a command or because its address became exempt. */
  lifted(ban: KnownBan): void;
  /** A ban was lifted about when it would have ended anyway. */
  maybeLifted(ban: KnownBan): void;
  /** Bans since then may be missing because the disk was full, and the lines that led to them are read again. */
  maybeForgotten(since: number): void;
  /** A ban that was lifted may be in the list again, because the disk was full. */
  maybeRestored(ban: KnownBan): void;
}

/** The daemon's list of bans, as shown so far; it survives stops and crashes. */
export class BanLedger {
  readonly bans: Map<string, KnownBan> = new Map();
  /** Bans that an exemption ended in the last observation. */
  narrowed: KnownBan[] = [];
  /** Subjects of bans that a full disk may have lost, with the end until which the kernel may drop them. */
  readonly forgotten: Map<string, number> = new Map();
  /** Bans of addresses that still write lines. */
  readonly bypassed: Set<KnownBan> = new Set();
  /** When `bans` last changed. */
  changedAt: number = -Infinity;
  readonly #world: World;
  /** Bans in the database while its disk is full. */
  #saved: ReadonlyMap<string, KnownBan> = new Map();
  #hasSaved = false;
  #unsavedSince = 0;
  /** Sum of the clock's steps that the database may lack, so that ends in it are those of the former clock. */
  #unsavedSteps = 0;
  #seen: Observation["bans"] | undefined;
  #seenAt: number = -Infinity;
  #round = 0;
  #soonestEnd: number = Infinity;
  /** Manually banned networks, which cover other subjects too. */
  #wide: KnownBan[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Reports whether a ban of the jail, or a manual one, covers the subject. */
  covers(jail: string, subject: Network): boolean {
    const isOf = (ban: KnownBan) => ban.jail === jail || ban.jail === "manual";
    return (
      this.bans.has(windowKey(jail, subject)) ||
      this.bans.has(windowKey("manual", subject)) ||
      this.#wide.some((ban) => isOf(ban) && overlaps(ban.subject, subject))
    );
  }

  happened(happening: Happening, judge: BanJudge): void {
    const { at, kind } = happening;
    if (kind === "started") {
      this.#seen = undefined;
      this.#forgetLines();
    }
    if (kind === "disk-full" && !this.#hasSaved) this.#noteSaved();
    if (kind === "disk-free") this.#hasSaved = false;
    if (this.#mayForget(kind)) this.#forgetUnsaved(judge);
    if (kind === "clock" && !this.#world.running) this.#widenEnds(Math.abs(happening.step));
    if (kind === "clock" && this.#world.mayLackWrites())
      this.#unsavedSteps += Math.abs(happening.step);
    // It may have ended before it noticed a step.
    if (kind === "crashed") this.#widenEnds(this.#world.wallSpread());
    if (kind === "command" && happening.command === "unban") {
      const { subject, jail } = happening;
      const network = subject === undefined ? undefined : this.#world.network(subject);
      for (const ban of this.bans.values()) {
        const isMeant = network === undefined || overlaps(network, ban.subject);
        if (isMeant && (jail === undefined || jail === ban.jail)) ban.liftedAt = at;
      }
    }
    if (kind === "command" && happening.command === "allow" && happening.subject !== undefined) {
      const network = this.#world.network(happening.subject);
      for (const ban of this.bans.values()) ban.wasExempted ||= overlaps(network, ban.subject);
    }
    if (kind === "configured" || kind === "command") this.#seen = undefined;
  }

  /** Notes the bans in the database when its disk becomes full. */
  #noteSaved(): void {
    this.#hasSaved = true;
    this.#unsavedSince = this.#world.now;
    this.#unsavedSteps = 0;
    this.#saved = new Map(this.bans);
  }

  /** Returns to the bans in the database. */
  #forgetUnsaved(judge: BanJudge): void {
    judge.maybeForgotten(this.#unsavedSince);
    for (const ban of this.bans.values()) {
      if (!ban.unsaved) continue;
      ban.reported.add("forgotten");
      const { key } = ban.subject;
      const end = ban.mostEnd + this.tolerance(ban);
      this.forgotten.set(key, Math.max(this.forgotten.get(key) ?? end, end));
    }
    if (this.#hasSaved) this.#restoreSaved(judge);
    this.#widenEnds(this.#unsavedSteps);
  }

  #restoreSaved(judge: BanJudge): void {
    for (const [key, ban] of this.#saved) {
      if (this.bans.get(key) === ban && ban.liftedAt === undefined && !ban.wasExempted) continue;
      ban.reported.add("forgotten");
      ban.liftedAt = undefined;
      ban.wasExempted = false;
      this.bans.set(key, ban);
      judge.maybeRestored(ban);
    }
  }

  /** Reports whether the daemon ends without having written everything. docs/troubleshooting.md, Full disk. */
  #mayForget(kind: Happening["kind"]): boolean {
    if (kind === "stopped") return this.#world.diskFullSince !== undefined;
    return kind === "crashed" && this.#world.mayLackWrites();
  }

  #widenEnds(by: number): void {
    for (const ban of this.bans.values()) {
      ban.leastEnd -= by;
      ban.mostEnd += by;
    }
  }

  /** Forgets lines of banned addresses: "Lines that were read before a restart do not count." */
  #forgetLines(): void {
    for (const { lines } of this.bans.values())
      Object.assign(lines, { count: 0, reachedAt: undefined });
    this.bypassed.clear();
  }

  /** Notes a line of a banned address. */
  heard(jail: string, subject: Network, failure: Failure): void {
    const ban = this.bans.get(windowKey(jail, subject));
    if (ban === undefined || failure.low < ban.since + BYPASS.after) return;
    const { lines } = ban;
    const { now } = this.#world;
    if (lines.count === 0 || now - lines.last > BYPASS.quiet)
      Object.assign(lines, { count: 0, first: now });
    lines.count++;
    lines.last = now;
    const isEnough = lines.count >= BYPASS.lines && now - lines.first >= BYPASS.over;
    lines.reachedAt = isEnough ? (lines.reachedAt ?? now) : undefined;
    if (isEnough) this.bypassed.add(ban);
  }

  observed({ at, running, bans }: Observation, judge: BanJudge, report: Report): void {
    if (!running) return;
    if (bans !== this.#seen) {
      this.#compare(at, bans, judge, report);
      // Compares the list again if it need not be complete yet, or if ends are not judged while the clocks differ.
      this.#seen = this.#world.isStarting() || this.#world.wallSpread() > 0 ? undefined : bans;
    }
    if (at > this.#soonestEnd) this.#checkEnds(at, report);
    this.#seenAt = at;
  }

  tolerance(ban: KnownBan): number {
    return SLACK + this.#world.drift - ban.driftBefore;
  }

  #compare(at: number, bans: readonly ShownBan[], judge: BanJudge, report: Report): void {
    this.#round++;
    this.narrowed = [];
    const fresh: (() => void)[] = [];
    for (const shown of bans) {
      const key = windowKey(shown.jail, this.#world.network(shown.subject));
      const known = this.bans.get(key);
      if (known !== undefined && !this.#isMoved(known, shown)) {
        known.listedIn = this.#round;
        known.enforced = shown.enforced;
        continue;
      }
      const ban = this.#createBan(key, shown, at);
      const previous = this.#isOver(known, at, judge) ? undefined : known;
      fresh.push(() => judge.began(ban, previous, this.#seenAt));
      this.bans.set(key, ban);
      if (known !== undefined) this.bypassed.delete(known);
    }
    this.#removeMissing(at, judge, report);
    for (const begin of fresh) begin();
    this.changedAt = at;
    const ends = [...this.bans.values()].map((ban) => ban.mostEnd + this.tolerance(ban));
    this.#soonestEnd = ends.reduce((least, end) => Math.min(least, end), Infinity);
    this.#wide = [...this.bans.values()].filter(({ subject }) => !isCountedSubject(subject));
  }

  /** Reports whether a ban has ended or was lifted, so that another ban of the subject is a new one. */
  #isOver(ban: KnownBan | undefined, at: number, judge: BanJudge): boolean {
    if (ban === undefined) return true;
    const hasEnded = at >= ban.leastEnd - this.tolerance(ban);
    const isLifted = ban.liftedAt !== undefined;
    if (isLifted && hasEnded) judge.maybeLifted(ban);
    else if (isLifted) judge.lifted(ban);
    return hasEnded || isLifted;
  }

  #isMoved(known: KnownBan, { until }: ShownBan): boolean {
    if (this.#world.now <= this.#world.clockSteppedAt + CLOCK_COMPARED_WITHIN + SLACK) return false;
    const tolerance = this.tolerance(known);
    return until < known.leastEnd - tolerance || until > known.mostEnd + tolerance;
  }

  #createBan(key: string, { jail, subject, until, enforced }: ShownBan, at: number): KnownBan {
    const spread = this.#world.wallSpread();
    return {
      key,
      jail,
      subject: this.#world.network(subject),
      text: subject,
      since: at,
      leastEnd: until - spread,
      mostEnd: until + spread,
      driftBefore: this.#world.drift,
      enforced,
      unsaved: this.#world.mayLackWrites(),
      wasExempted: false,
      liftedAt: undefined,
      lines: { count: 0, first: at, last: at, reachedAt: undefined },
      listedIn: this.#round,
      reported: new Set(),
    };
  }

  #removeMissing(at: number, judge: BanJudge, report: Report): void {
    const isStarting = this.#world.isStarting();
    for (const ban of this.bans.values()) {
      if (ban.listedIn === this.#round) continue;
      const hasEnded = at >= ban.leastEnd - this.tolerance(ban);
      const isExempt = ban.wasExempted || this.#world.exemptions.covers(ban.jail, ban.subject);
      const isLifted = ban.liftedAt !== undefined || isExempt;
      if (isStarting && !hasEnded && !isLifted) continue;
      this.bans.delete(ban.key);
      this.bypassed.delete(ban);
      if (isExempt) this.narrowed.push(ban);
      if (isLifted && hasEnded) judge.maybeLifted(ban);
      else if (isLifted) judge.lifted(ban);
      if (hasEnded || isLifted || ban.reported.has("forgotten")) continue;
      report("ban-lost", this.#describe(ban, "is gone before its end"));
    }
  }

  #checkEnds(at: number, report: Report): void {
    if (this.#world.isStarting()) return;
    for (const ban of this.bans.values()) {
      if (at <= ban.mostEnd + this.tolerance(ban) || ban.reported.has("ban-outlives-end")) continue;
      ban.reported.add("ban-outlives-end");
      report("ban-outlives-end", this.#describe(ban, "is still in the list"));
    }
  }

  #describe(ban: KnownBan, what: string): string {
    return `The ban of ${ban.text} in ${ban.jail}, to end at ${ban.leastEnd}, ${what}.`;
  }
}

/** Reports whether jails may ban the subject: an address, or an IPv6 network of a long enough prefix. */
function isCountedSubject({ family, prefix }: Network): boolean {
  return family === 4 ? prefix === 32 : prefix >= 64;
}
