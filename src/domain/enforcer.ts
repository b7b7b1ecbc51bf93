import type { Author } from "./author.ts";
import type { Subject } from "./cidr.ts";
import { type Duration, duration } from "./duration.ts";
import type { Instant, Until } from "./instant.ts";
import type { PortScope } from "./port-scope.ts";
import type { Result } from "./result.ts";

/** The name of bailiff's nftables table, family inet. */
export const TABLE_NAME = "bailiff";

/** Drops one subject's traffic in one scope until an instant. Enforcers apply and list blocks one by one. */
export interface Block {
  readonly subject: Subject;
  readonly scope: PortScope;
  readonly until: Until;
  /** Whether only a block list wants it, and no ban. An enforcer without room for all leaves it out first. */
  readonly isListed?: true;
}

/** Maximum length of a block without renewal, for enforcers that support it. */
export const MAX_HOLD: Duration = duration(1000 * 86_400_000);

export type Change =
  | ({ readonly kind: "add" } & Block)
  | { readonly kind: "remove"; readonly subject: Subject; readonly scope: PortScope };

export interface EnforcedBlock {
  readonly subject: Subject;
  readonly scope: PortScope;
  /** Packets dropped by this block, if the kernel counts them. */
  readonly packets: number | undefined;
  /** How long the kernel keeps it without the daemon; undefined: permanently. */
  readonly left: Duration | undefined;
}

/** A change that was not applied, with the enforcer's error. */
export interface Refusal {
  readonly change: Change;
  readonly error: string;
  readonly retryable: boolean;
}

/** Another program changed the firewall; `by` if the kernel reports it. */
export interface ForeignChange {
  readonly kind: "changed" | "monitor-lost" | "monitor-restored";
  readonly by: Author | undefined;
}

/**
 * Finds blocks without listing all of them. The kernel lists a set in time that grows with the square of its size, so
 * an enforcer with many blocks needs it.
 */
export interface BlockLookup {
  /** Returns whether more than `most` blocks are held. Costs at most as much as listing that many. */
  exceeds(most: number): Promise<boolean>;
  /** Returns the state of each of these blocks, in order. Takes time linear in `keys`, however many others exist. */
  find(
    keys: readonly Pick<Block, "subject" | "scope">[],
  ): Promise<readonly (EnforcedBlock | undefined)[]>;
  /** Returns the number of blocks held, including some that just expired. undefined: only `list` can count them. */
  size(): Promise<number | undefined>;
}

/** The result of `prepare`: what it found and repaired. */
export interface Prepared {
  readonly error: string | undefined;
  /** What to do about the error; undefined: nothing more than a retry is known. */
  readonly fix?: string | undefined;
  readonly repaired: boolean;
  /**
   * The table, chain, rules and sets as read back: "table inet bailiff, chain guard at prerouting -310, 2 rules, 3
   * sets".
   */
  readonly structure: string | undefined;
  /** Why it is not certain that bans have an effect, where the rules are an administrator's; undefined: no doubt. */
  readonly doubt?: string | undefined;
}

/** What an enforcer can do, as `status` and `doctor` show it. */
export interface EnforcerAbilities {
  /** "ports": a block may cover single ports. "host": each covers all traffic of its subject, scope `ALL_PORTS`. */
  readonly scopes: "ports" | "host";
  /** Whether it counts the packets that each block drops. */
  readonly counts: boolean;
  /** Whether blocks end without the daemon. */
  readonly expires: boolean;
  /** Maximum number of blocks; undefined: bounded by memory only. */
  readonly capacity: number | undefined;
  /** Maximum length of a block without renewal, at most `MAX_HOLD`; undefined: `MAX_HOLD`. */
  readonly maxHold?: Duration;
  /**
   * Whether it refuses clients by their own address, also behind a proxy on another host. Otherwise it drops packets
   * that arrive here.
   */
  readonly refusesClients?: boolean;
  /** Whether rules of an administrator may accept packets of the loopback interface before they reach the blocks. */
  readonly mayPassLoopback?: boolean;
  /** What packets its blocks do not stop, or that this is not known, for display. */
  readonly reservation?: string;
}

/**
 * Port: makes bans effective.
 *
 * Plain values in and out, so that it could run as a separate process. The caller guarantees one call at a time, except
 * for `count`, and only subjects that passed the allow-list; the implementer does not trust that, and refuses allowed
 * subjects itself. `apply` is idempotent (adding again replaces the end, removing a missing block is fine) and applies
 * many changes as one transaction where the firewall can.
 */
export interface Enforcer {
  readonly name: string;
  /** Repairs the structure (table, sets, rules) without touching existing blocks. Safe to repeat. */
  prepare(now: Instant): Promise<Prepared>;
  apply(changes: readonly Change[], now: Instant): Promise<readonly Refusal[]>;
  list(): Promise<readonly EnforcedBlock[]>;
  /**
   * Must be called when blocks may have been removed unnoticed. Blocks that it only remembers no longer count as held,
   * and `apply` adds them again. undefined: it reads all that it claims.
   */
  readonly invalidate?: () => void;
  /** undefined: blocks can be read only by `list`. */
  readonly lookup: BlockLookup | undefined;
  /** Returns packets dropped per subject and scope, without reading every block. May run beside any other call. */
  count(subjects: readonly Subject[]): Promise<readonly EnforcedBlock[]>;
  /** Yields changes by other programs, until `signal` aborts. */
  watch(signal: AbortSignal): AsyncIterable<ForeignChange>;
  /** Whether its bans really drop packets (false for the memory enforcer). */
  readonly enforcing: boolean;
  readonly abilities: EnforcerAbilities;
  /** Removes everything that bailiff ever added to this firewall. For uninstalling, or a stop that lifts bans. */
  removeAll(): Promise<Result<undefined, string>>;
  /** Ends the connection to the firewall. Blocks stay in force. */
  close(): Promise<void>;
}
