/**
 * The action queue orders the commands of one action. It keeps the order for each address and runs the commands of up to
 * MAX_PARALLEL addresses in parallel. A command for the whole action (start, flush, stop) waits for all before it and
 * runs alone. Queue "actions of JAIL: NAME": bound 10,000, policy: a new ban is dropped; the end of one is queued up to
 * twice the bound, and whoever pushes it keeps it beyond that, since what was begun must be ended.
 */
import type { Emit } from "../telemetry/events.ts";

export interface QueuedWork {
  /** The address that the command concerns; undefined: the action as a whole. */
  readonly key: string | undefined;
  /** ending: the command undoes something. */
  readonly kind: "beginning" | "ending";
  /** Until it has run, the action holds nothing for the address. */
  readonly isFirst?: boolean;
  /** Never rejects. */
  readonly work: () => Promise<void>;
}

export interface ActionQueueOptions {
  readonly name: string;
  readonly emit: Emit;
  /** Serializes the commands of all actions with the same `exclusive` word. */
  readonly turn: ((work: () => Promise<void>) => Promise<void>) | undefined;
}

const MAX_PARALLEL = 4;
const MAX_WAITING = 10_000;
/** Callers that can wait resume when fewer than this wait. */
const LOW_WATER = 1000;

export class ActionQueue {
  readonly #options: ActionQueueOptions;
  readonly #maxParallel: number;
  /** Addresses with a command that runs. */
  readonly #busyKeys = new Set<string>();
  readonly #watchers = new Set<() => void>();
  readonly #waiting = new Set<QueuedWork>();
  /** What of it begins something for an address. */
  readonly #beginnings = new Map<string, Set<QueuedWork>>();
  #active = 0;
  /** Work without a key runs. */
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
      // The first is reported at once, the rest when the queue has room again.
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

  /** Removes what was to begin for an address and has not started; whether the first of it was among that. */
  cancel(key: string): boolean {
    const canceled = [...(this.#beginnings.get(key) ?? [])];
    for (const work of canceled) this.#remove(work);
    return canceled.some(({ isFirst }) => isFirst === true);
  }

  /** Removes what was to begin for any address and has not started. */
  cancelAll(): void {
    for (const key of [...this.#beginnings.keys()]) this.cancel(key);
    this.#notifyWatchers();
  }

  /** Removes work that has not started; returns how much. */
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

  /** Starts every waiting work that may run now. */
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
