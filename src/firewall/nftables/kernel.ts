/**
 * What the nftables enforcer needs from the kernel, in two implementations: library-kernel.ts (in process) and
 * command-kernel.ts (the `nft` command). Reading never goes through libnftables: it copies whole sets into memory
 * (85 MB and a second for 100,000 elements) even to answer about one.
 */
import type { Author } from "../../domain/author.ts";
import type { Duration } from "../../domain/duration.ts";
import type { Ip } from "../../domain/ip.ts";

import type { SeenStructure } from "./seen-structure.ts";
import type { SetTransaction } from "./transaction.ts";

export interface KernelElement {
  /** Network address, host bits zero. */
  readonly ip: Ip;
  readonly packets: number | undefined;
  /** Until the kernel lets it go; undefined: never. */
  readonly left: Duration | undefined;
}

export interface SetElements {
  readonly set: string;
  readonly elements: readonly KernelElement[];
}

/** The structure as the kernel holds it. */
export interface Snapshot {
  /** In a form that compares: equal text means equal hook, rules and sets. */
  readonly text: string;
  readonly seen: SeenStructure;
  /** Number of transactions the ruleset has seen, where the kernel tells; wraps at 65,536. */
  readonly generation: number | undefined;
}

/** One transaction of another program that touched our table, or the end or return of what tells us of them. */
export type KernelNotice =
  | {
      readonly kind: "changed";
      /** To be asked at once: what made it may end in the next millisecond. Costs some reads of /proc. */
      readonly author: () => Author | undefined;
    }
  | { readonly kind: "monitor-lost"; readonly reason: string }
  | { readonly kind: "monitor-restored" };

export interface RunResult {
  readonly ok: boolean;
  readonly output: string;
  /** The kernel's own words, short; "" when ok. */
  readonly error: string;
}

export interface Kernel {
  readonly name: "libnftables" | "nft";
  /** Commands in nft syntax, as one transaction. */
  run(commands: string): Promise<RunResult>;
  /** Changes of elements of sets that exist, as one transaction. */
  change(plan: readonly SetTransaction[]): Promise<RunResult>;
  /** Takes the table and all that is in it out of the kernel. */
  remove(): Promise<RunResult>;
  /** Names of all sets in the table; empty when there is no table. */
  setNames(): Promise<readonly string[]>;
  /** undefined when there is no table. */
  snapshot(): Promise<Snapshot | undefined>;
  /** Every element of every set of the table, in pieces, so that memory stays bounded. */
  elements(): AsyncIterable<SetElements>;
  /** Those of the addresses that the set holds, in the order they were asked for. */
  find(setName: string, ips: readonly Ip[]): Promise<readonly KernelElement[]>;
  /** Whether `find` asks for each address, which costs the same however large the set is, or reads the whole table. */
  readonly finds: "each" | "in a listing";
  /** Elements of the set, or a few more: those that ended a moment ago. undefined: no such set, or it is not told. */
  sizeOf(setName: string): Promise<number | undefined>;
  /** Notices go to `tell` until `signal` aborts. */
  watch(tell: (notice: KernelNotice) => void, signal: AbortSignal): void;
  close(): Promise<void>;
}
