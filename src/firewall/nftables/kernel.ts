/**
 * Defines the kernel operations of the nftables enforcer, which has two implementations: library-kernel.ts (in process)
 * and command-kernel.ts (the `nft` command). Reading never uses libnftables, which copies whole sets into memory (85 MB
 * and a second for 100,000 elements) even for one element.
 */
import type { Duration } from "../../domain/duration.ts";
import type { Ip } from "../../domain/ip.ts";
import type { FirewallNotice } from "../notice-queue.ts";
import type { TableStructure } from "./table-structure.ts";
import type { SetTransaction } from "./transaction.ts";

export interface KernelElement {
  /** An address, or the network address of a network, with host bits zero. */
  readonly ip: Ip;
  readonly packets: number | undefined;
  /** Time until the kernel removes it; undefined: never. */
  readonly left: Duration | undefined;
}

export interface SetElements {
  readonly set: string;
  readonly elements: readonly KernelElement[];
}

/** The structure of our table in the kernel. */
export interface Snapshot {
  /** A text for comparison: equal text means equal hook, rules and sets. */
  readonly text: string;
  readonly structure: TableStructure;
  /** Number of transactions of the ruleset so far, if the kernel reports it; wraps at 65,536. */
  readonly generation: number | undefined;
}

export interface RunResult {
  readonly ok: boolean;
  readonly output: string;
  /** The kernel's error, shortened; "" if it succeeded. */
  readonly error: string;
}

export interface Kernel {
  readonly name: "libnftables" | "nft";
  /** Runs commands in nft syntax as one transaction. */
  run(commands: string): Promise<RunResult>;
  /** Changes elements of existing sets as one transaction. */
  change(plan: readonly SetTransaction[]): Promise<RunResult>;
  /** Removes the table with all its content from the kernel. */
  remove(): Promise<RunResult>;
  /** Returns names of all sets in the table; empty when the table does not exist. */
  setNames(): Promise<readonly string[]>;
  /** Returns undefined when the table does not exist. */
  snapshot(): Promise<Snapshot | undefined>;
  /** Yields every element of every set of the table, in pieces, so that memory stays bounded. */
  elements(): AsyncIterable<SetElements>;
  /** Returns the elements for those addresses that the set contains, in the order of `ips`. */
  find(setName: string, ips: readonly Ip[]): Promise<readonly KernelElement[]>;
  /** Whether `find` looks up each address, at a cost independent of the set's size, or reads the whole table. */
  readonly finds: "each" | "in a listing";
  /**
   * Returns the number of elements, including some that just expired. undefined: the set does not exist, or the kernel
   * does not report it.
   */
  sizeOf(setName: string): Promise<number | undefined>;
  /** Returns whether a set exists and has no element. */
  isEmpty(setName: string): Promise<boolean>;
  /** Reports notices to `onNotice` until `signal` aborts. */
  watch(onNotice: (notice: FirewallNotice) => void, signal: AbortSignal): void;
  close(): Promise<void>;
}
