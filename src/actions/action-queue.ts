/**
 * Orders the commands of one action. Keeps the order of each address's commands, and runs those of up to `parallel`
 * addresses in parallel. A command for the whole action (start, flush, stop) waits for all earlier ones and runs alone.
 * Queue "actions of JAIL: NAME": bound 10,000; policy: a new ban is dropped. Ends of bans are queued up to twice the
 * bound; the caller keeps further ones, because every ban that began must be ended.
 */
import type { Emit } from "../telemetry/events.ts";

export interface QueuedWork {
  /** The address that the command is for; undefined: the action as a whole. */
  readonly key: string | undefined;
  /** ending: the command undoes an earlier one. */
  readonly kind: "beginning" | "ending";
  /** This is the ban's first command: if it is canceled, the action has done nothing for the address. */
  readonly isFirst?: boolean;
  /** Never rejects. */
  readonly work: () => Promise<void>;
}

export interface ActionQueueOptions {
  readonly name: string;
  readonly emit: Emit;
  /** Runs one command at a time among all actions with the same `exclusive` value. */
  readonly turn: ((work: () => Promise<void>) => Promise<void>) | undefined;
  /** How many addresses may have a running command; 4 by default. */
  readonly parallel?: number;
}

const PARALLEL = 4;
const MAX_WAITING = 10_000;
/** `room` resolves when fewer commands than this wait. */
const LOW_WATER = 1000;

export class ActionQueue {
  readonly #options: ActionQueueOptions;
  readonly #maxParallel: number;
  /** Addresses with a running command. */
  readonly #busyKeys = new Set<string>();
  readonly #watchers = new Set<() => void>();
  readonly #waiting = new Set<QueuedWork>();
  /** Queued work of kind "beginning", by address. */
  readonly #beginnings = new Map<string, Set<QueuedWork>>();
  #active = 0;
  /** Whether a command for the whole action is running. */
  #isExclusive = false;
  #dropped = 0;

  constructor(options: ActionQueueOptions) {
    this.#options = options;
    this.#maxParallel = options.turn === undefined ? (options.parallel ?? PARALLEL) : 1;
  }

  /** Whether `push` would drop work of kind "beginning". */
  get isFull(): boolean {
    return this.#waiting.size >= MAX_WAITING;
  }

  /** Whether `push` would drop work of kind "ending". */
  get isFullForEnds(): boolean {
    return this.#waiting.size >= 2 * MAX_WAITING;
  }

  push(work: QueuedWork): void {
    const bound = work.kind === "ending" ? 2 * MAX_WAITING : MAX_WAITING;
    if (this.#waiting.size >= bound) {
      // The first dropped command is reported immediately, the rest when the queue has room again.
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

  /** Resolves when fewer than LOW_WATER commands wait. */
  room(): Promise<void> {
    return this.#until(() => this.#waiting.size < LOW_WATER);
  }

  /**
   * Removes queued beginnings for an address. Returns whether its first command was among them, so that no end is
   * needed.
   */
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
