/**
 * Owns the enforcers of the daemon: opens those that jails use, and gives each ban to the enforcers of its jail. When a
 * jail changes its enforcer, the new one holds its bans before the former one removes them. Remembers in the record which
 * enforcers were used, so that nothing is left in a former one.
 */
import { isDeepStrictEqual } from "node:util";
import { type Config, enabledJails, usedEnforcers } from "../config/config.ts";
import { type EnforcerConfig } from "../config/enforcers/enforcer-kinds.ts";
import { MEMORY } from "../config/enforcers/memory.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Enforcer } from "../domain/enforcer.ts";
import type { Duty } from "../domain/enforcer-view.ts";
import type { FirewallUse } from "../domain/firewall-use.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { PortScope } from "../domain/port-scope.ts";
import { ok, type Result } from "../domain/result.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import type { Emit } from "../telemetry/events.ts";
import { allPlaces, assignEnforcers, NOTHING, placesFor } from "./assign-enforcers.ts";
import type { BanKey } from "./ban-key.ts";
import type { BlockList } from "./block-lists.ts";
import type { Cause } from "./enforcement.ts";
import { type EnforcerSummary, summarizeEnforcers } from "./summarize-enforcers.ts";
import type { FirewallOptions } from "./firewall-options.ts";
import { FormerEnforcers } from "./firewall/former-enforcers.ts";
import { LockedPort } from "./firewall/locked-port.ts";
import { waitPatiently } from "./firewall/wait-patiently.ts";
import { type EnforcerChoice, preferTable, resolveAuto, usesAuto } from "./choose-enforcer.ts";
import { EnforcerHistory } from "./firewall/enforcer-history.ts";
import { ReloadHold } from "./firewall/reload-hold.ts";
import type { EnforcerBlock } from "./enforcer-block.ts";
import { ManagedEnforcer } from "./managed-enforcer.ts";
import { createMemoryEnforcer } from "./memory.ts";
import type { Unusable } from "./nftables.ts";

const STILL_HEARD_PAUSE_MS = 30_000;

export class Firewall {
  readonly #options: FirewallOptions;
  readonly #inTurn = createSerialQueue();
  readonly #history: EnforcerHistory;
  /** The enforcers in use and those that must still be cleared, by place. */
  readonly #members = new Map<string, ManagedEnforcer>();
  /** The configuration with which each member was created. */
  readonly #configs = new Map<string, EnforcerConfig>();
  /** Those of the members that hold no ban any more. */
  readonly #former: FormerEnforcers;
  readonly #lists = new Map<string, BlockList>();
  readonly #hold = new ReloadHold({
    holders: () => [...this.#members].filter(([place]) => !this.#former.has(place)),
    take: (config) => this.#takeForHold(config),
    release: (place) => this.#releaseFromHold(place),
  });
  #assignment = NOTHING;
  readonly #port: LockedPort;
  #ipv6Prefixes: readonly number[] = [];
  #checkedAt = Number.NEGATIVE_INFINITY;
  #choice: EnforcerChoice | undefined;
  #isClosed = false;

  constructor(options: FirewallOptions) {
    this.#options = options;
    this.#port = new LockedPort(options);
    this.#history = new EnforcerHistory(options.book);
    this.#former = new FormerEnforcers({
      ...{ emit: options.emit, members: () => [...this.#members.values()] },
      onCleared: (place) => this.#onCleared(place),
    });
  }

  /** The enforcers that jails use now, except memory. */
  get enforcers(): readonly ManagedEnforcer[] {
    return this.#membersAt(allPlaces(this.#assignment));
  }

  /** The former enforcers that still hold bans, because their successors do not hold all of them or they fail. */
  get leaving(): readonly ManagedEnforcer[] {
    const used = allPlaces(this.#assignment);
    return this.#membersAt(new Set(this.#members.keys()).difference(used));
  }

  /** The enforcer that `enforcer = "auto"` means here, and why; undefined: no jail leaves the choice. */
  get choice(): EnforcerChoice | undefined {
    return this.#choice;
  }

  /** Reads what this host uses to filter packets, beside bailiff. */
  readUse(): Promise<FirewallUse> {
    return this.#options.port.readUse();
  }

  /** The state of the enforcers in use. */
  get summary(): EnforcerSummary {
    return summarizeEnforcers(this.enforcers);
  }

  /** Returns the enforcers that must hold the bans of a jail; empty if it only observes. */
  enforcersFor(jail: JailName): readonly ManagedEnforcer[] {
    return this.#membersAt(placesFor(this.#assignment, jail));
  }

  #membersAt(places: Iterable<string>): readonly ManagedEnforcer[] {
    return [...places].flatMap((place) =>
      place === MEMORY ? [] : (this.#members.get(place) ?? []),
    );
  }

  /** Resolves when every ban has been looked up in the enforcers in use, and restored if missing. */
  get restored(): Promise<void> {
    return this.#patiently(this.enforcers.map(({ restored }) => restored));
  }

  /** Uses the enforcers of this configuration from now on. Resolves when each is open or could not be opened. */
  async openFor(written: Config): Promise<void> {
    const opening = await this.#inTurn(async () => {
      const choice = usesAuto(written) ? await this.#options.port.choose() : undefined;
      this.#choice = choice && preferTable(written, choice);
      const config = this.#choice === undefined ? written : resolveAuto(written, this.#choice);
      this.#ipv6Prefixes = [...new Set(enabledJails(config).map(({ ipv6_prefix }) => ipv6_prefix))];
      const next = assignEnforcers(config);
      const used = allPlaces(next);
      await this.#dropUnopened(used);
      const { formerConfigs, gaining } = this.#history.begin(next);
      this.#assignment = next;
      const configs = new Map(usedEnforcers(config).map((one) => [one.place, one]));
      const opened: Promise<void>[] = [];
      for (const place of [...used, ...formerConfigs.keys()]) {
        const wanted = configs.get(place) ?? formerConfigs.get(place);
        const wasFormer = used.has(place) && (await this.#former.reuse(place));
        const member = this.#members.get(place);
        const isSame = isDeepStrictEqual(this.#configs.get(place), wanted);
        const isKept = member !== undefined && isSame && !wasFormer;
        if (!isKept) await member?.close();
        else if (gaining.has(place)) void member.restart();
        opened.push((isKept ? member : this.#add(place, wanted)).open());
      }
      return opened;
    });
    await this.#patiently(opening);
    await this.#finishMoves();
  }

  /** Forgets enforcers that were never opened, so that they hold nothing, and are no longer wanted. */
  async #dropUnopened(wanted: ReadonlySet<string>): Promise<void> {
    for (const [place, member] of this.#members) {
      if (wanted.has(place) || this.#history.isKnown(place)) continue;
      await member.close();
      this.#members.delete(place);
      this.#configs.delete(place);
    }
  }

  #add(place: string, config: EnforcerConfig | undefined): ManagedEnforcer {
    const { book, clock, emit, onChange } = this.#options;
    const member = new ManagedEnforcer({
      ...{ name: config?.name ?? MEMORY, config, book, clock, emit },
      lists: () => this.#lists,
      isUsed: () => allPlaces(this.#assignment).has(place),
      dutyFor: (jail, scope) => this.#dutyOf(place, jail, scope),
      onChange: () => {
        void this.#finishMoves();
        onChange();
      },
      open: (emitOf) => this.#open(place, config, emitOf),
    });
    this.#members.set(place, member);
    if (config !== undefined) this.#configs.set(place, config);
    return member;
  }

  async #takeForHold(config: EnforcerConfig): Promise<ManagedEnforcer> {
    const wasFormer = await this.#former.reuse(config.place);
    const member = this.#members.get(config.place);
    if (wasFormer) await member?.close();
    return member === undefined || wasFormer ? this.#add(config.place, config) : member;
  }

  #releaseFromHold(place: string): void {
    const used = allPlaces(this.#assignment);
    if (used.has(place)) return void this.#members.get(place)?.reconcile("request");
    if (!this.#history.isKnown(place)) return void this.#dropUnopened(used);
    this.#retire(place);
    this.#former.clear({ retries: false });
  }

  #dutyOf(place: string, jail: JailName, scope: PortScope): Duty {
    const dutyAt = (at: string): Duty => this.#history.dutyOf(at, jail, scope);
    const isHeld = this.#hold.heldBy(place).some((other) => dutyAt(other) !== "none");
    return dutyAt(place) === "none" && isHeld ? "kept" : dutyAt(place);
  }

  async #open(
    place: string,
    config: EnforcerConfig | undefined,
    emit: Emit,
  ): Promise<Result<Enforcer, Unusable>> {
    const options = { ipv6Prefixes: this.#ipv6Prefixes, isAllowed: this.#isAllowed, emit };
    const opened =
      config === undefined
        ? ok(createMemoryEnforcer({ isAllowed: this.#isAllowed, clock: this.#options.clock }))
        : await this.#port.open({ config, ...options, aroundReload: this.#hold.during });
    // Noted before the first block, so that no crash leaves an enforcer unknown.
    if (opened.ok) this.#history.noteOpened(place, config);
    return opened;
  }

  /** Lets former enforcers remove the bans that their successors hold now. */
  #finishMoves(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isClosed) return;
      const isComplete = (place: string): boolean => this.#members.get(place)?.isComplete === true;
      const used = allPlaces(this.#assignment);
      for (const place of this.#history.finish(isComplete)) {
        if (used.has(place)) void this.#members.get(place)?.reconcile("request");
        else this.#retire(place);
      }
      this.#former.clear({ retries: false });
    });
  }

  #retire(place: string): void {
    const member = this.#members.get(place);
    if (member !== undefined) this.#former.add(place, member);
    // Memory does not outlive the daemon.
    else if (place === MEMORY) this.#onCleared(place);
  }

  #onCleared(place: string): void {
    this.#members.delete(place);
    this.#configs.delete(place);
    this.#history.noteCleared(place, this.#options.clock.now());
  }

  readonly #isAllowed = (subject: Subject): boolean =>
    this.#options.allow.shared.covers(subject) !== undefined;

  /** Applies the book's current state of these bans in every enforcer that they concern. */
  sync(bans: readonly BanKey[]): Promise<void> {
    return this.#patiently([...this.#members.values()].map((member) => member.sync(bans)));
  }

  /** Replaces a block list; undefined: removes it. Resolves when every enforcer has been given the difference. */
  async useList(name: string, list: BlockList | undefined): Promise<void> {
    const before = this.#lists.get(name);
    if (list === undefined) this.#lists.delete(name);
    else this.#lists.set(name, list);
    await this.#patiently([...this.#members.values()].map((one) => one.syncList(before, list)));
  }

  async reconcile(cause: Cause): Promise<void> {
    await this.#patiently([...this.#members.values()].map((member) => member.reconcile(cause)));
    this.#former.clear({ retries: true });
  }

  /** Checks at a limited rate whether every ban is held, because a banned subject still causes failures. */
  onBannedStillActive(): void {
    const now = this.#options.clock.monotonic();
    if (now - this.#checkedAt < STILL_HEARD_PAUSE_MS) return;
    this.#checkedAt = now;
    void this.reconcile("request");
  }

  /** Returns the blocks of these subjects in all enforcers, with the packets dropped so far where they are counted. */
  async count(subjects: readonly Subject[]): Promise<readonly EnforcerBlock[]> {
    const counted = await Promise.all(
      [...this.#members.values()].map(async (enforcer) => {
        const blocks = await enforcer.count(subjects);
        return blocks.map((block) => ({ ...block, enforcer }));
      }),
    );
    return counted.flat();
  }

  /** Returns the subjects with the most dropped packets at the last reading. */
  busiest(): readonly Subject[] {
    return this.enforcers.flatMap(({ enforcement }) => enforcement?.busiest() ?? []);
  }

  /** Resolves when no call to an enforcer is pending. */
  async settled(): Promise<void> {
    await Promise.all(
      [...this.#members.values()].map(async (one) => await one.enforcement?.settled()),
    );
  }

  #patiently(work: readonly Promise<void>[]): Promise<void> {
    const real = [...this.#members.keys()].filter((place) => place !== MEMORY);
    return waitPatiently(work, { clock: this.#options.clock, hasOthers: real.length > 1 });
  }

  /** Closes the enforcers. Leaves every ban in force. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#inTurn(async () => {
      await Promise.all([...this.#members.values()].map((member) => member.close()));
    });
    await this.#port.release();
  }
}
