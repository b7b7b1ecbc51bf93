import type { Author } from "./author.ts";
import type { Subject } from "./cidr.ts";
import { type Duration, duration } from "./duration.ts";
import type { Instant, Until } from "./instant.ts";
import type { PortScope } from "./port-scope.ts";

/** bailiff's table in nftables, of the family inet. */
export const TABLE_NAME = "bailiff";

/** One subject's traffic in one scope, refused until an instant. The unit the firewall knows. */
export interface Block {
  readonly subject: Subject;
  readonly scope: PortScope;
  readonly until: Until;
}

/** An enforcer need not hold a block for longer than this without the daemon, which renews it in time. */
export const MAX_HOLD: Duration = duration(1000 * 86_400_000);

export type Change =
  | ({ readonly kind: "add" } & Block)
  | { readonly kind: "remove"; readonly subject: Subject; readonly scope: PortScope };

export interface EnforcedBlock {
  readonly subject: Subject;
  readonly scope: PortScope;
  /** Packets dropped by this block, where the kernel counts them. */
  readonly packets: number | undefined;
  /** How long it is still held without us; undefined: for good. */
  readonly left: Duration | undefined;
}

/** The changes that did not take, each with the enforcer's own words. Empty: all applied. */
export interface Refusal {
  readonly change: Change;
  readonly error: string;
  readonly retryable: boolean;
}

/** Something other than this daemon touched the firewall; `by` where the kernel tells. */
export interface ForeignChange {
  readonly kind: "changed" | "monitor-lost" | "monitor-restored";
  readonly by: Author | undefined;
}

/**
 * For an enforcer that may hold so many blocks that listing them all costs more than looking each one up: the kernel
 * lists a set in time that grows with the square of its size.
 */
export interface BlockLookup {
  /** Whether more than `most` blocks are held. Costs at most as much as listing so many. */
  exceeds(most: number): Promise<boolean>;
  /** What is held of each of these, in their order. Linear in their number, however many others there are. */
  find(
    keys: readonly Pick<Block, "subject" | "scope">[],
  ): Promise<readonly (EnforcedBlock | undefined)[]>;
  /** How many blocks are held, or a few more: those that ended a moment ago. undefined: only a list tells. */
  size(): Promise<number | undefined>;
}

/** What `prepare` found and made right. */
export interface Prepared {
  readonly error: string | undefined;
  readonly repaired: boolean;
  /** The way a packet takes, as it was read back: "table inet bailiff, chain guard at prerouting -310, 2 rules, 3 sets". */
  readonly structure: string | undefined;
}

/**
 * Port: what makes a ban real.
 *
 * Message-shaped: plain values in and out, so it can become a process of its own.
 * The caller guarantees one call at a time, but for `count`, and only subjects that passed the allow-list; the implementer does not
 * trust that and refuses allowed subjects at its door. `apply` is idempotent (adding again replaces the end,
 * removing what is absent is fine) and takes many changes as one transaction where the firewall can.
 */
export interface Enforcer {
  readonly name: string;
  /** Makes the structure (table, sets, rules) right without touching blocks that are. Safe to repeat. */
  prepare(now: Instant): Promise<Prepared>;
  apply(changes: readonly Change[], now: Instant): Promise<readonly Refusal[]>;
  list(): Promise<readonly EnforcedBlock[]>;
  /** undefined: `list` is the only way to read. */
  readonly lookup: BlockLookup | undefined;
  /** Packets each subject has lost per scope, without reading every block; may run beside any other call. */
  count(subjects: readonly Subject[]): Promise<readonly EnforcedBlock[]>;
  /** Ends when `signal` aborts. */
  watch(signal: AbortSignal): AsyncIterable<ForeignChange>;
  /** Whether bans in it really drop packets ("observe only" for the memory enforcer). */
  readonly enforcing: boolean;
  close(): Promise<void>;
}
