/**
 * Verifies that bans drop packets and that banned addresses fall silent. Each check reads the kernel's drop counters of
 * the newest and the busiest bans. If a banned subject stays active, the check repairs the firewall first, then
 * explains the cause. Bounded by what judge/ban-bypasses.ts and judge/dropped-packets.ts keep.
 */
import { amount } from "../../domain/amount.ts";
import { stackOf } from "../../domain/thrown-error.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { BookedBan } from "../../domain/ban.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Clock } from "../../domain/clock.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { OBSERVED, type PortScope } from "../../domain/port-scope.ts";
import type { Proof } from "../../domain/proof.ts";
import {
  createDroppedPackets,
  describeRises,
  type DroppedPackets,
} from "../judge/dropped-packets.ts";
import { createBanBypasses, type BannedLine, type BanBypass } from "../judge/ban-bypasses.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Firewall } from "../../firewall/firewall.ts";
import { blocksOf, type EnforcerBlock, packetsOf } from "../../firewall/enforcer-block.ts";
import type { ManagedEnforcer } from "../../firewall/managed-enforcer.ts";
import { summarizeEnforcers } from "../../firewall/summarize-enforcers.ts";
import { explainNoFirewall } from "../../jails/ban-means.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import { keyOf, BypassAlarms, worstOf } from "./check-wire/bypass-alarms.ts";

export interface WireCheckOptions {
  readonly book: BanBook;
  readonly firewall: Firewall;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Returns the proofs of a jail's link "path". */
  readonly pathOf: (jail: JailName, now: Instant) => readonly Proof[];
  /** Returns the ports that a jail closes now; undefined: the jail does not exist. */
  readonly scopeOf: (jail: JailName) => PortScope | undefined;
  /** Called when a new finding appears. */
  readonly onChange: () => void;
}

/** Number of bans whose counters each check reads, besides the busiest ones. */
const SAMPLED_BANS = 64;
/** Maximum number of bans remembered when many change together; the last ones are kept. */
const MAX_CHANGED_AT_ONCE = 256;

/** The newest evidence that an enforcer drops packets. It proves nothing of another one, or after a restart. */
interface DropEvidence {
  readonly enforcer: ManagedEnforcer;
  readonly evidence: string;
  readonly at: Instant;
}

/** Packets that an enforcer has dropped, at an unknown time. */
interface UndatedDrops {
  readonly enforcer: ManagedEnforcer;
  readonly packets: number;
}

export class WireCheck implements JailCheck {
  readonly name = "wire";
  readonly #options: WireCheckOptions;
  readonly #bypasses = createBanBypasses();
  readonly #counters = new WeakMap<ManagedEnforcer, DroppedPackets>();
  readonly #drops = new Map<JailName, DropEvidence>();
  readonly #undated = new Map<JailName, UndatedDrops>();
  readonly #alarms = new BypassAlarms();
  /** Bypasses to examine, by jail and subject. */
  readonly #due = new Map<string, BanBypass>();
  #isExamining = false;

  constructor(options: WireCheckOptions) {
    this.#options = options;
  }

  /** Notes bans that began, changed or ended, or that existed before the start. */
  onBansChanged(subjects: readonly Subject[]): void {
    const now = this.#options.clock.now();
    for (const subject of subjects.slice(-MAX_CHANGED_AT_ONCE)) {
      for (const ban of this.#enforcedBansOf(subject)) {
        const known = this.#bypasses.of(ban.jail, subject);
        this.#bypasses.onBan(ban);
        if (known === undefined && ban.state === "pending") this.#beginCounting(ban, now);
      }
    }
  }

  #beginCounting(ban: BookedBan, now: Instant): void {
    for (const enforcer of this.#options.firewall.enforcersFor(ban.jail)) {
      const block = enforcer.blockFor(ban);
      if (block !== undefined) this.#countersOf(enforcer).begins(block, now);
    }
  }

  #countersOf(enforcer: ManagedEnforcer): DroppedPackets {
    return this.#counters.getOrInsertComputed(enforcer, createDroppedPackets);
  }

  /** Notes a counted failure. Called on the main path, so it costs one lookup in a map. */
  onFailure(line: BannedLine): void {
    const { clock, firewall } = this.#options;
    if (this.#bypasses.onLine(line, clock.now()) === "nothing") return;
    const bypass = this.#bypasses.of(line.jail, line.subject);
    if (bypass === undefined || !isEnforced(firewall.enforcersFor(line.jail))) return;
    this.#due.set(keyOf(bypass), bypass);
    if (!this.#isExamining) void this.#examineDue();
  }

  /** Examines due bypasses one at a time, off the main path. */
  async #examineDue(): Promise<void> {
    this.#isExamining = true;
    for (const [key, bypass] of this.#due) {
      this.#due.delete(key);
      try {
        await this.#examine(bypass);
      } catch (error) {
        this.#options.emit({ event: "bug", part: "check wire", reason: stackOf(error) });
      }
    }
    this.#isExamining = false;
  }

  async #examine(bypass: BanBypass): Promise<void> {
    const { clock, firewall } = this.#options;
    if (this.#isOver(bypass)) return this.#forget(bypass);
    const before = await this.#readBlock(bypass);
    this.#alarms.noteFirstLine(bypass, before);
    if (!this.#bypasses.confirmed(clock.now()).includes(bypass)) return;
    if (before === undefined) {
      await firewall.reconcile("request");
      // A missing block explains the lines so far; it was restored.
      if ((await this.#readBlock(bypass)) !== undefined)
        return this.#bypasses.restart(bypass.jail, bypass.subject);
    }
    this.#judge(bypass, before);
  }

  #judge(bypass: BanBypass, block: EnforcedBlock | undefined): void {
    const { clock, emit, firewall, scopeOf, pathOf, onChange } = this.#options;
    const now = clock.now();
    const { jail, subject: ip, since, lines } = bypass;
    const surroundings = {
      trouble: summarizeEnforcers(firewall.enforcersFor(jail)).trouble,
      jailScope: scopeOf(jail),
      path: pathOf(jail, now),
    };
    const alarm = this.#alarms.update(bypass, block, surroundings, now);
    if (alarm === undefined) return;
    const { cause, why: reason, fix, dropped } = alarm;
    emit({ event: "ban-bypassed", jail, ip, since, lines, dropped, cause, reason, fix });
    onChange();
  }

  async look(): Promise<void> {
    const { clock, firewall } = this.#options;
    if (!isEnforced(firewall.enforcers)) return;
    this.#takeOverBusiest();
    const confirmed = this.#bypasses.confirmed(clock.now());
    for (const bypass of this.#alarms.bypasses())
      if (!confirmed.includes(bypass) || this.#isOver(bypass)) this.#forget(bypass);
    const sampled = new Set(
      [...confirmed, ...this.#bypasses.newest(SAMPLED_BANS)].map(({ subject }) => subject),
    );
    for (const subject of firewall.busiest()) sampled.add(subject);
    if (sampled.size === 0) return;
    const blocks = await firewall.count([...sampled]);
    for (const [enforcer, own] of Map.groupBy(blocks, (block) => block.enforcer))
      this.#noteDrops(enforcer, own);
    for (const bypass of this.#alarms.bypasses()) this.#judge(bypass, blockOf(bypass, blocks));
  }

  /** Adds busy bans of the previous run, and those that were evicted from memory. */
  #takeOverBusiest(): void {
    for (const subject of this.#options.firewall.busiest())
      for (const ban of this.#enforcedBansOf(subject)) this.#bypasses.onBan(ban);
  }

  #noteDrops(enforcer: ManagedEnforcer, blocks: readonly EnforcerBlock[]): void {
    const now = this.#options.clock.now();
    const rises = this.#countersOf(enforcer).read(blocks, now);
    for (const [jail, own] of this.#groupByJail(enforcer, rises)) {
      this.#drops.set(jail, { enforcer, evidence: describeRises(own), at: own[0]?.at ?? now });
      const packets = own.reduce((sum, rise) => sum + rise.packets, 0);
      this.#options.book.stats.count({ jail, rule: "" }, "dropped", packets);
    }
    for (const [jail, own] of this.#groupByJail(enforcer, blocks)) {
      const packets = packetsOf(own) ?? 0;
      if (packets > 0) this.#undated.set(jail, { enforcer, packets });
    }
  }

  #groupByJail<T extends Pick<EnforcedBlock, "subject" | "scope">>(
    enforcer: ManagedEnforcer,
    blocks: readonly T[],
  ): ReadonlyMap<JailName, readonly T[]> {
    const byJail = new Map<JailName, T[]>();
    for (const block of blocks)
      for (const ban of this.#enforcedBansOf(block.subject))
        if (enforcer.blockFor(ban)?.scope === block.scope)
          byJail.getOrInsertComputed(ban.jail, () => []).push(block);
    return byJail;
  }

  /** Returns the subject's bans that must drop packets, without self-tests. */
  #enforcedBansOf(subject: Subject): readonly BookedBan[] {
    return this.#options.book
      .bansOf(subject)
      .filter(
        (ban) => ban.subject === subject && ban.scope !== OBSERVED && ban.origin !== "canary",
      );
  }

  /** Reads this one block from the kernel. */
  async #readBlock(bypass: BanBypass): Promise<EnforcedBlock | undefined> {
    return blockOf(bypass, await this.#options.firewall.count([bypass.subject]));
  }

  #isOver({ jail, subject }: BanBypass): boolean {
    return this.#options.book.ban(jail, subject) === undefined;
  }

  #forget(bypass: BanBypass): void {
    this.#bypasses.forget(bypass.jail, bypass.subject);
    this.#alarms.forget(bypass);
  }

  proofs({ live }: WatchedJail, now: Instant): readonly Proof[] {
    const { name, config } = live.jail;
    const unused = explainNoFirewall(config);
    if (unused !== undefined) return [unproven(unused)];
    const enforcers = this.#options.firewall.enforcersFor(name);
    if (!isEnforced(enforcers)) return [unproven("nothing is enforced")];
    const found = worstOf(
      this.#alarms.of(name).filter(({ bypass }) => !this.#isOver(bypass)),
      now,
    );
    const drop = evidenceOf(this.#drops.get(name), enforcers);
    const proven: readonly Proof[] =
      drop === undefined
        ? []
        : [{ kind: "proven", link: "wire", evidence: drop.evidence, at: drop.at }];
    if (found !== undefined) return [found, ...proven];
    return drop === undefined ? [unproven(this.#explainSilence(name, enforcers))] : proven;
  }

  #explainSilence(jail: JailName, enforcers: readonly ManagedEnforcer[]): string {
    const uncounted = enforcers.filter(({ abilities }) => abilities?.counts === false);
    if (uncounted.length === enforcers.length) return describeUncounted(uncounted);
    if ((this.#options.book.countBans().get(jail) ?? 0) === 0) return "no address is banned";
    const undated = evidenceOf(this.#undated.get(jail), enforcers);
    if (undated === undefined) return "no banned address has sent anything yet";
    const dropped = `${amount(undated.packets, "packet")} of banned addresses`;
    return `no banned address has sent anything since bailiff began to count; ${undated.enforcer.name} dropped ${dropped} before`;
  }
}

/** Returns the evidence if it is about one of these enforcers. */
function evidenceOf<T extends { readonly enforcer: ManagedEnforcer }>(
  evidence: T | undefined,
  enforcers: readonly ManagedEnforcer[],
): T | undefined {
  return evidence !== undefined && enforcers.includes(evidence.enforcer) ? evidence : undefined;
}

/** Returns the block of a ban, with the packets that all enforcers dropped. */
function blockOf(bypass: BanBypass, blocks: readonly EnforcerBlock[]): EnforcedBlock | undefined {
  const holding = blocksOf(bypass, blocks);
  const [first] = holding;
  return first === undefined ? undefined : { ...first, packets: packetsOf(holding) };
}

function isEnforced(enforcers: readonly ManagedEnforcer[]): boolean {
  return enforcers.some(({ isEnforcing }) => isEnforcing);
}

function describeUncounted(enforcers: readonly ManagedEnforcer[]): string {
  return `${enforcers.map(({ name }) => name).join(", ")} counts no dropped packets, so drops cannot be proven`;
}

function unproven(evidence: string): Proof {
  return { kind: "unproven", link: "wire", evidence };
}
