/**
 * Orders the commands of one action. Keeps the order for each address, and runs the commands of up to MAX_PARALLEL
 * addresses in parallel. A command for the whole action (start, flush, stop) waits for all earlier ones and runs alone.
 * Queue "actions of JAIL: NAME": bound 10,000, policy: a new ban is dropped; ends are queued up to twice the bound, and
 * the caller keeps those beyond that, because every ban that began must be ended.
 */
import type { Emit } from "../telemetry/events.ts";

export interface QueuedWork {
  /** The address of the command; undefined: the action as a whole. */
  readonly key: string | undefined;
  /** ending: the command undoes something. */
  readonly kind: "beginning" | "ending";
  /** Until it has run, the action has done nothing for the address. */
  readonly isFirst?: boolean;
  /** Never rejects. */
  readonly work: () => Promise<void>;
}

export interface ActionQueueOptions {
  readonly name: string;
  readonly emit: Emit;
  /** Serializes the commands of all actions with the same value of `exclusive`. */
  readonly turn: ((work: () => Promise<void>) => Promise<void>) | undefined;
}

const MAX_PARALLEL = 4;
const MAX_WAITING = 10_000;
/** Waiting callers resume when the queue is shorter than this. */
const LOW_WATER = 1000;

export class ActionQueue {
  readonly #options: ActionQueueOptions;
  readonly #maxParallel: number;
  /** Addresses with a running command. */
  readonly #busyKeys = new Set<string>();
  readonly #watchers = new Set<() => void>();
  readonly #waiting = new Set<QueuedWork>();
  /** Queued work that begins a ban, for each address. */
  readonly #beginnings = new Map<string, Set<QueuedWork>>();
  #active = 0;
  /** Work without a key is running. */
  #isExclusive = false;
  #dropped = 0;

  constructor(options: ActionQueueOptions) {
    this.#options = options;
    this.#maxParallel = options.turn === undefined ? MAX_PARALLEL : 1;
  }

  /** Work of kind beginning would be dropped. */
  get isFull(): boolean {
    return this.#waiting.size >= MAX_WAITING;
  }

  /** Work of kind ending would be dropped. */
  get isFullForEnds(): boolean {
    return this.#waiting.size >= 2 * MAX_WAITING;
  }

  push(work: QueuedWork): void {
    const bound = work.kind === "ending" ? 2 * MAX_WAITING : MAX_WAITING;
    if (this.#waiting.size >= bound) {
      // The first is reported immediately, the rest when the queue has room again.
      if (++this.#dropped === 1) this.#reportDropped(1);
      return;
    }
    this.#waiting.add(work);
    const { key, kind } = work;
    if (key !== undefined && kind === "beginning") {
      const others = this.#beginnings.get(key);
      if (others === undefined) this.#beginnings.set(key, new Set([work]));
      else others.add(work);
    }
    this.#startNext();
  }

  /** Resolves when the queue has room for many more. */
  room(): Promise<void> {
    return this.#until(() => this.#waiting.size < LOW_WATER);
  }

  /** Removes queued beginnings for an address; returns whether the first one was among them. */
  cancel(key: string): boolean {
    const canceled = [...(this.#beginnings.get(key) ?? [])];
    for (const work of canceled) this.#remove(work);
    return canceled.some(({ isFirst }) => isFirst === true);
  }

  /** Removes queued beginnings for all addresses. */
  cancelAll(): void {
    for (const key of [...this.#beginnings.keys()]) this.cancel(key);
    this.#notifyWatchers();
  }

  /** Removes queued work; returns how much. */
  clear(kind: QueuedWork["kind"] | "all"): number {
    const before = this.#waiting.size;
    for (const work of [...this.#waiting])
      if (kind === "all" || work.kind === kind) this.#remove(work);
    this.#notifyWatchers();
    return before - this.#waiting.size;
  }

  /** Resolves when nothing waits or runs. */
  settled(): Promise<void> {
    return this.#until(() => this.#waiting.size === 0 && this.#active === 0);
  }

  /** Starts all waiting work that may run now. */
  #startNext(): void {
    let isPassedOver = false;
    for (const next of this.#waiting) {
      if (this.#isExclusive || this.#active >= this.#maxParallel) return;
      const { key } = next;
      if (key === undefined) {
        if (this.#active > 0 || isPassedOver) return;
        this.#isExclusive = true;
      } else if (this.#busyKeys.has(key)) {
        isPassedOver = true;
        continue;
      }
      this.#remove(next);
      void this.#run(next);
    }
  }

  #remove(work: QueuedWork): void {
    this.#waiting.delete(work);
    const { key } = work;
    const others = key === undefined ? undefined : this.#beginnings.get(key);
    others?.delete(work);
    if (key !== undefined && others?.size === 0) this.#beginnings.delete(key);
  }

  async #run({ key, work }: QueuedWork): Promise<void> {
    const { turn } = this.#options;
    this.#active++;
    if (key !== undefined) this.#busyKeys.add(key);
    await (turn === undefined ? work() : turn(work));
    this.#active--;
    if (key === undefined) this.#isExclusive = false;
    else this.#busyKeys.delete(key);
    if (this.#dropped > 0 && this.#waiting.size < MAX_WAITING / 2) {
      if (this.#dropped > 1) this.#reportDropped(this.#dropped - 1);
      this.#dropped = 0;
    }
    this.#startNext();
    this.#notifyWatchers();
  }

  #reportDropped(dropped: number): void {
    const { name, emit } = this.#options;
    emit({ event: "queue-overflowed", queue: name, dropped });
  }

  #notifyWatchers(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const watcher = (): void => {
        if (!condition()) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }
}
