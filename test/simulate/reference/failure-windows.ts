import type { Happening, JailPolicy } from "../happenings.ts";
import { doubtAll, doubtSkewed, doubtUnread, forgetOld } from "./doubts.ts";
import { type Failure, type FailureWindow, insertSorted } from "./failure.ts";
import { ForgedLines } from "./forged-lines.ts";
import type { LoginRecord } from "./login-records.ts";
import { isNetwork, type Network, overlaps } from "./network.ts";
import { counts, type Place, placeLine } from "./place-line.ts";
import { openMove } from "./source-move.ts";
import { BAN_WITHIN, SLACK } from "./promises.ts";
import type { World } from "./world.ts";

/** Time for which failures are kept: a daemon that was down may decide late, and slow guessing takes days. */
const KEPT = 3 * 86_400_000;
const FIRST_SWEEP = 1_000;

/**
 * Tracks what may and what must count, by jail and subject. Sources: ARCHITECTURE.md, Time; docs/filters.md, The time
 * of a line.
 */
export class FailureWindows {
  /** Failures that the last happening added, with their windows. */
  added: { readonly window: FailureWindow; readonly failure: Failure }[] = [];
  readonly #world: World;
  readonly #isBanned: (jail: string, subject: Network) => boolean;
  readonly #windows = new Map<string, FailureWindow>();
  readonly #forged = new ForgedLines();
  #pardons: { network: Network; jail: string | undefined; at: number }[] = [];
  #exemptionsAt: number = -Infinity;
  #sweepAt = FIRST_SWEEP;

  constructor(world: World, isBanned: (jail: string, subject: Network) => boolean) {
    this.#world = world;
    this.#isBanned = isBanned;
  }

  get(jail: string, subject: Network): FailureWindow | undefined {
    return this.#windows.get(windowKey(jail, subject));
  }

  ofJail(jail: string): FailureWindow[] {
    return [...this.#windows.values()].filter((window) => window.jail === jail);
  }

  happened(happening: Happening): void {
    this.added = [];
    if (this.#world.exemptions.changedAt !== this.#exemptionsAt) this.#regroup();
    switch (happening.kind) {
      case "readable":
        if (!happening.again) this.#read(happening.id, happening.source);
        else if (happening.isRepeated === true) this.#readRepeated(happening.id, happening.source);
        return;
      case "forged":
        this.#forged.note(happening);
        for (const policy of this.#world.jails.values()) this.#readForged(policy);
        return;
      case "lost":
        this.#lose(happening);
        return;
      case "command":
        // What a suspended rule refused to ban is not judged again.
        if (happening.command === "reset-breaker") doubtAll(this.#windows.values(), 0);
        this.#pardon(happening);
        return;
      case "configured":
        for (const name of this.#world.changedJails) this.#changeJail(name);
        return;
      case "clock":
        if (this.#world.running) doubtUnread(this.#world, this.#windows.values(), happening.step);
        else doubtAll(this.#windows.values(), Math.abs(happening.step));
        return;
      case "started":
        forgetOld(this.#world, this.#windows.values(), () => true);
        return;
      case "source-mended":
        forgetOld(this.#world, this.#windows.values(), (policy) =>
          this.#world.reads(policy, happening.source),
        );
        return;
      case "stopped":
      case "crashed":
        doubtSkewed(this.#world, this.#windows.values());
        return;
      case "login":
      case "source-broken":
      case "firewall":
      case "btmp":
      case "disk-full":
      case "disk-free":
      case "session-opened":
      case "session-ended":
        return;
    }
  }

  /** Notes a ban of this jail: earlier failures led to it, or will lead to no other ban. */
  consume(jail: string, subject: Network): void {
    const { now, jails } = this.#world;
    const free = this.get(jail, subject)?.failures.filter((one) => one.consumedAt === undefined);
    const needed = jails.get(jail)?.maxRetry ?? 1;
    for (const [i, failure] of (free ?? []).entries()) {
      failure.consumedAt = now;
      failure.isLate = i >= needed;
    }
  }

  /** Makes failures count again whose bans a full disk lost since then: "their lines are read again". */
  restoreConsumed(since: number): void {
    for (const { failures } of this.#windows.values())
      for (const failure of failures)
        if ((failure.consumedAt ?? -Infinity) >= since) failure.consumedAt = undefined;
  }

  #read(id: number, source: string): void {
    const record = this.#world.logins.get(id);
    if (record === undefined) return;
    for (const policy of this.#world.jails.values()) {
      if (policy.service !== record.login.service || !this.#world.reads(policy, source)) continue;
      if (record.readIn.has(policy.name)) continue;
      record.readIn.add(policy.name);
      if (counts(policy, record.login))
        this.#add(policy, record, placeLine(this.#world, policy, record.login, source));
    }
  }

  /** Reads a line that a relay delivered twice: no page says that it counts once, so it may count twice. */
  #readRepeated(id: number, source: string): void {
    const record = this.#world.logins.get(id);
    for (const policy of this.#world.jails.values()) {
      if (record?.readIn.has(policy.name) !== true || !this.#world.reads(policy, source)) continue;
      if (!counts(policy, record.login)) continue;
      const place = placeLine(this.#world, policy, record.login, source);
      this.#add(policy, record, { ...place, certain: false });
    }
  }

  #readForged(policy: JailPolicy): void {
    for (const { at, ip } of this.#forged.take(policy)) {
      const place = { low: at, high: this.#world.now + BAN_WITHIN, certain: false };
      const isDenied = this.#world.witness.mustDeny(policy, this.#world);
      const network = this.#world.network(ip);
      this.#insert(policy, { id: undefined, ip: network, user: "", ...place, isDenied });
    }
  }

  #add(policy: JailPolicy, { login, network }: LoginRecord, place: Place): void {
    this.#insert(policy, { id: login.id, ip: network, user: login.user, ...place });
  }

  #insert(
    policy: JailPolicy,
    failure: Omit<Failure, "consumedAt" | "isLate" | "readableAt">,
  ): void {
    const { subject, isExempt } = this.#world.countingOf(policy, failure.ip);
    const pardon = this.#pardons.find(
      ({ network, jail, at }) =>
        (jail === undefined || jail === policy.name) &&
        overlaps(network, failure.ip) &&
        failure.low < at + SLACK,
    );
    if (pardon !== undefined && failure.high < pardon.at - SLACK) return;
    const window = this.#window(policy.name, subject);
    const isIgnored = isExempt || this.#isBanned(policy.name, subject);
    const added = {
      ...failure,
      certain: failure.certain && pardon === undefined && !isIgnored,
      consumedAt: undefined,
      isLate: false,
      readableAt: this.#world.now,
    };
    insertSorted(window.failures, added);
    // Keeps enough of the newest failures for every rule, even with a threefold threshold.
    if (window.failures.length > 4 * policy.maxRetry + 16) window.failures.shift();
    this.added.push({ window, failure: added });
  }

  #window(jail: string, subject: Network): FailureWindow {
    const key = windowKey(jail, subject);
    let window = this.#windows.get(key);
    if (window === undefined) {
      if (this.#windows.size >= this.#sweepAt) this.#sweep();
      window = { key, jail, subject, failures: [] };
      this.#windows.set(key, window);
    }
    return window;
  }

  /** Removes old windows. The next sweep waits until the map has doubled, so the cost is amortized. */
  #sweep(): void {
    const { now, jails } = this.#world;
    for (const [key, { jail, failures }] of this.#windows) {
      const kept = KEPT + (jails.get(jail)?.findTime ?? 0);
      if (failures.every(({ readableAt }) => readableAt < now - kept)) this.#windows.delete(key);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#windows.size * 2);
  }

  /** Notes a lost line. If it was lost before the daemon must have read it, it need not count. */
  #lose({ id, source }: Extract<Happening, { kind: "lost" }>): void {
    const record = this.#world.logins.get(id);
    if (source === undefined) this.#world.logins.delete(id);
    if (record?.readableAt === undefined) return;
    for (const jail of record.readIn) {
      const policy = this.#world.jails.get(jail);
      if (policy === undefined) continue;
      if (source !== undefined && !this.#world.reads(policy, source)) continue;
      const wasRead =
        this.#world.isSettled(policy, BAN_WITHIN) &&
        this.#world.now - record.readableAt > BAN_WITHIN;
      if (wasRead) continue;
      const window = this.get(jail, this.#world.countingOf(policy, record.network).subject);
      for (const failure of window?.failures ?? []) {
        if (failure.id === id) failure.certain = false;
      }
    }
  }

  /**
   * Forgets failures: "Failures from before `unban` or `allow` count in no jail". Source: docs/operating.md, Who is
   * banned, and why.
   */
  #pardon({ command, jail, subject, at }: Extract<Happening, { kind: "command" }>): void {
    if (command !== "unban" && command !== "allow") return;
    const network = subject === undefined ? undefined : this.#world.network(subject);
    for (const window of this.#windows.values()) {
      if (network !== undefined && !overlaps(network, window.subject)) continue;
      // No page says what `unban` of all or of a network forgives besides the lifted bans, nor `unban --jail` in other
      // jails.
      const isWider = command === "unban" && (network?.prefix ?? 0) < window.subject.prefix;
      // A full disk may lose the pardon.
      const isSaved = this.#world.diskFullSince === undefined;
      const isPlain =
        isSaved &&
        network !== undefined &&
        !isWider &&
        (jail === undefined || jail === window.jail);
      if (isPlain) {
        window.failures = window.failures.filter(
          ({ ip, high }) => !overlaps(network, ip) || high >= at - SLACK,
        );
      }
      for (const failure of window.failures) failure.certain = false;
    }
    if (network === undefined || (command === "unban" && isNetwork(network))) return;
    if (this.#world.diskFullSince !== undefined) return;
    this.#pardons = this.#pardons.filter((pardon) => pardon.at > at - KEPT);
    this.#pardons.push({ network, jail, at });
  }

  /**
   * Handles a changed jail, which may keep its failures, and a new one, which "gets what it can still count of the
   * lines before". One that only moved "counts only what came after the last line it read, and misses nothing"
   * (CHANGELOG.md, Fixed).
   */
  #changeJail(name: string): void {
    const policy = this.#world.jails.get(name);
    const move = policy === undefined ? undefined : openMove(this.#world, policy);
    for (const { failures } of this.ofJail(name))
      for (const failure of failures) failure.certain &&= move?.keeps(failure) === true;
    if (policy === undefined) return;
    // At the very first start, the log is read back over `findtime`, and all of that counts.
    const isFirst = this.#world.firstStartAt === this.#world.now;
    for (const record of this.#world.logins.values()) {
      if (record.readableAt === undefined || record.readIn.has(name)) continue;
      if (policy.service !== record.login.service || !counts(policy, record.login)) continue;
      record.readIn.add(name);
      const place = placeLine(this.#world, policy, record.login, policy.source);
      const mustCount = isFirst || move?.gets(record) === true;
      this.#add(policy, record, { ...place, certain: place.certain && mustCount });
    }
    this.#readForged(policy);
    this.#regroup();
  }

  /**
   * Moves failures after exemptions changed, which decide by which prefix an address counts. No page says whether
   * failures counted by a longer prefix before count for a shorter one afterwards.
   */
  #regroup(): void {
    this.#exemptionsAt = this.#world.exemptions.changedAt;
    for (const window of [...this.#windows.values()]) {
      const policy = this.#world.jails.get(window.jail);
      if (policy === undefined || window.subject.family === 4) continue;
      const kept: Failure[] = [];
      for (const failure of window.failures) {
        const subject = this.#world.countingOf(policy, failure.ip).subject;
        if (subject.key === window.subject.key) kept.push(failure);
        else {
          if (subject.prefix < window.subject.prefix) failure.certain = false;
          insertSorted(this.#window(window.jail, subject).failures, failure);
        }
      }
      window.failures = kept;
    }
  }
}

/** Returns the key of a window. */
export function windowKey(jail: string, subject: Network): string {
  return `${jail}|${subject.key}`;
}
