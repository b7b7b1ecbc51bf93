/**
 * Simulates the kernel's packet filter. It has bailiff's table, whose elements time out by true time, other programs
 * that change it, and calls that fail. It survives the daemon. Also implements the port through which the daemon opens
 * it.
 */
import type { AlarmClock } from "../../../src/domain/clock.ts";
import { type Subject, subjectRange } from "../../../src/domain/cidr.ts";
import { duration } from "../../../src/domain/duration.ts";
import {
  type Block,
  type Change,
  type EnforcedBlock,
  type Enforcer,
  type ForeignChange,
  MAX_HOLD,
  type Prepared,
  type Refusal,
} from "../../../src/domain/enforcer.ts";
import type { Instant } from "../../../src/domain/instant.ts";
import { ok } from "../../../src/domain/result.ts";
import { ALL_PORTS } from "../../../src/domain/port-scope.ts";
import { admitChange, type IsAllowed } from "../../../src/firewall/admit-change.ts";
import { PLAIN_HOST } from "../../../src/firewall/choose-enforcer.fixture.ts";
import type { FirewallPort } from "../../../src/firewall/firewall-port.ts";
import type { WorldClock } from "./clock.ts";

interface Element extends Pick<Block, "subject" | "scope"> {
  /** End in true time; Infinity: no time-out. */
  readonly end: number;
  packets: number;
}

/** A process that uses the kernel. */
export interface KernelUser {
  readonly clock: AlarmClock;
  /** Whether the process runs; otherwise its calls have no effect. Never throws. */
  readonly isRunning: () => boolean;
  readonly onUse: () => void;
  /** Called before a block is added. */
  readonly onAdd: (block: Pick<Block, "subject" | "scope">) => void;
}

const BUSY = "Device or resource busy";
const REFUSED = "Operation not permitted";
const STRUCTURE = "table inet bailiff, chain guard at prerouting -310, 2 rules, 2 sets";
/** Milliseconds of processor time for one call. */
const CALL_MS = 1;
const SLACK_MS = 3000;

export class Kernel {
  readonly #clock: WorldClock;
  readonly #elements = new Map<string, Element>();
  readonly #notices: ForeignChange[] = [];
  #hasTable = false;
  #wake: () => void = () => undefined;
  /** Result of calls. */
  answers: "works" | "busy" | "refuses" = "works";
  /** Duration of a call in milliseconds. */
  slowness = 0;
  /** Whether another table accepts packets before bailiff's. */
  acceptsBefore = false;
  /** Whether changes by other programs are not reported. */
  losesNotices = false;
  /** Number of changes of what is dropped. */
  revision = 0;
  /** Processor time that the daemon used, in milliseconds. */
  processorTime = 0;

  constructor(clock: WorldClock) {
    this.#clock = clock;
  }

  /** Returns the subjects whose packets are dropped now. */
  dropped(): readonly Subject[] {
    if (!this.#hasTable) return [];
    return [...new Set(this.#live().map(({ subject }) => subject))].sort();
  }

  /** Returns what is dropped now, by subject and ports. */
  blocks(): readonly Pick<Block, "subject" | "scope">[] {
    return this.#hasTable ? this.#live() : [];
  }

  /** Reports whether a packet from there is dropped, and counts it if so. */
  drops(subject: Subject): boolean {
    if (this.acceptsBefore || !this.#hasTable) return false;
    const { first, last } = subjectRange(subject);
    const covering = this.#live().find((element) => {
      const range = subjectRange(element.subject);
      return range.first <= first && range.last >= last;
    });
    if (covering !== undefined) covering.packets++;
    return covering !== undefined;
  }

  /** Soonest time-out of an element, in true time. */
  get nextEnd(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#live().map(({ end }) => end));
  }

  flush(): void {
    this.#hasTable = false;
    this.#elements.clear();
    this.#changed();
  }

  deleteElements(subjects: readonly Subject[]): void {
    const gone = new Set(subjects);
    for (const [key, { subject }] of this.#elements)
      if (gone.has(subject)) this.#elements.delete(key);
    this.#changed();
  }

  insertElements(subjects: readonly Subject[]): void {
    if (!this.#hasTable) return;
    const present = new Set(this.#live().map(({ subject }) => subject));
    // nft leaves an element as it is that exists.
    for (const subject of subjects)
      if (!present.has(subject))
        this.#put({ subject, scope: ALL_PORTS, end: Number.POSITIVE_INFINITY, packets: 0 });
    this.#changed();
  }

  portFor(user: KernelUser): FirewallPort {
    return {
      lock: async () => ok({ obstructions: [], release: () => undefined }),
      choose: async () => ({ name: "nftables", reason: "there is no other" }),
      readUse: async () => PLAIN_HOST,
      open: async ({ isAllowed }) => {
        this.#hasTable = true;
        return ok(this.#openFor(user, isAllowed));
      },
    };
  }

  #changed(): void {
    this.revision++;
    if (this.losesNotices) return;
    // Merges several changes into one notice, like the real queue.
    if (this.#notices.length === 0) this.#notices.push({ kind: "changed", by: undefined });
    this.#wake();
  }

  #put(element: Element): void {
    this.#elements.set(`${element.subject} ${element.scope}`, element);
  }

  #live(): readonly Element[] {
    for (const [key, { end }] of this.#elements)
      if (end <= this.#clock.elapsed) this.#elements.delete(key);
    return [...this.#elements.values()];
  }

  #openFor(user: KernelUser, isAllowed: IsAllowed): Enforcer {
    const call = async <T>(work: () => T, failed: (error: string) => T): Promise<T> => {
      user.onUse();
      if (this.slowness > 0) await user.clock.sleep(this.slowness, new AbortController().signal);
      this.processorTime += CALL_MS;
      if (!user.isRunning()) return failed(REFUSED);
      if (this.answers === "works") return work();
      return failed(this.answers === "busy" ? BUSY : REFUSED);
    };
    const read = <T>(work: () => T): Promise<T> =>
      call(work, (error) => {
        throw new Error(error);
      });
    return {
      ...{ name: "nftables", enforcing: true },
      abilities: { scopes: "ports", counts: true, expires: true, capacity: undefined },
      prepare: () =>
        call<Prepared>(
          () => this.#prepare(),
          (error) => ({ error, repaired: false, structure: undefined }),
        ),
      apply: (changes, now) =>
        call<readonly Refusal[]>(
          () => changes.flatMap((change) => this.#apply(change, now, user, isAllowed) ?? []),
          (error) => changes.map((change) => ({ change, error, retryable: true })),
        ),
      list: () => read(() => this.#listed()),
      lookup: {
        exceeds: (most) => read(() => this.#live().length > most),
        find: (keys) =>
          read(() => {
            const found = new Map(
              this.#listed().map((one) => [`${one.subject} ${one.scope}`, one]),
            );
            return keys.map(({ subject, scope }) => found.get(`${subject} ${scope}`));
          }),
        size: () => read(() => this.#live().length),
      },
      count: (subjects) =>
        read(() => this.#listed().filter(({ subject }) => subjects.includes(subject))),
      watch: (signal) => this.#watch(signal),
      removeAll: async () => {
        this.#elements.clear();
        this.#hasTable = false;
        return ok(undefined);
      },
      close: async () => undefined,
    };
  }

  #prepare(): Prepared {
    const repaired = !this.#hasTable;
    this.#hasTable = true;
    return { error: undefined, repaired, structure: STRUCTURE };
  }

  #apply(
    change: Change,
    now: Instant,
    user: KernelUser,
    isAllowed: IsAllowed,
  ): Refusal | undefined {
    const refusal = admitChange(change, isAllowed);
    if (refusal !== undefined) return refusal;
    // bailiff's enforcer re-creates a missing table and tries again.
    this.#hasTable = true;
    const { subject, scope } = change;
    this.revision++;
    const length =
      change.kind === "remove" ? 0 : change.until === "forever" ? Infinity : change.until - now;
    const before = this.#elements.get(`${subject} ${scope}`);
    this.#elements.delete(`${subject} ${scope}`);
    if (length <= 0) return undefined;
    user.onAdd({ subject, scope });
    const packets = before?.packets ?? 0;
    this.#put({ subject, scope, end: this.#clock.elapsed + holdFor(length), packets });
    return undefined;
  }

  #listed(): readonly EnforcedBlock[] {
    if (!this.#hasTable) return [];
    return this.#live().map(({ subject, scope, end, packets }) => ({
      ...{ subject, scope, packets },
      left: end === Infinity ? undefined : duration(Math.max(0, end - this.#clock.elapsed)),
    }));
  }

  async *#watch(signal: AbortSignal): AsyncGenerator<ForeignChange> {
    this.#notices.length = 0;
    while (!signal.aborted) {
      const notice = this.#notices.shift();
      if (notice !== undefined) {
        yield notice;
        continue;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
      await promise;
    }
  }
}

/**
 * Returns the time-out for a ban: whole seconds, and slightly longer than the ban, so that the daemon ends it first
 * (firewall/nftables/transaction.ts).
 */
function holdFor(length: number): number {
  if (length === Number.POSITIVE_INFINITY) return length;
  return Math.ceil(Math.min(length, MAX_HOLD) / 1000) * 1000 + SLACK_MS;
}
