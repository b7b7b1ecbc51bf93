/**
 * Delivers items one at a time and in order, and retries with backoff. Bound: `max` items and `maxAge`; policy: the
 * oldest item is dropped, counted and reported. Nothing waits for it.
 *
 * States: idle (nothing waits), delivering, waiting (the alarm is set for the next try). Only `#next` and `#wait` change
 * the state.
 */
import type { Alarm, AlarmClock } from "../../domain/clock.ts";
import { type Duration, duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import { stackOf } from "../../domain/thrown-error.ts";
import { type Backoff, createBackoff } from "../../host/backoff.ts";
import type { Emit } from "../../telemetry/events.ts";

export interface QueuedItem {
  /** When it was queued; also the time from which its age counts. */
  readonly at: Instant;
}

/**
 * The result of a try. done: delivered. skipped: not needed anymore. dropped: it will never be accepted. failed: keep
 * the item, and try again after the backoff and at least `wait` milliseconds. refused: the same, but the administrator
 * must act before a try can succeed. paused: the same, but nothing is wrong.
 */
export type Delivery =
  | { readonly kind: "done" }
  | { readonly kind: "skipped" }
  | { readonly kind: "dropped"; readonly reason: string }
  | { readonly kind: "failed" | "refused"; readonly reason: string; readonly wait: number }
  | { readonly kind: "paused"; readonly wait: number };

export interface DeliveryQueueOptions<Item extends QueuedItem> {
  readonly name: string;
  readonly max: number;
  /** Items older than this are dropped. */
  readonly maxAge: Duration;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly retry?: { readonly first: Duration; readonly longest: Duration };
  /** Never takes longer than a few seconds. */
  readonly deliver: (item: Item) => Promise<Delivery>;
  /** Called after a try, with its result. */
  readonly onTried: (item: Item, delivery: Delivery) => void;
}

const RETRY = { first: duration(2000), longest: duration(600_000) };
/** Drops are reported once per this many. */
const REPORT_EVERY = 100;

export class DeliveryQueue<Item extends QueuedItem> {
  readonly #options: DeliveryQueueOptions<Item>;
  readonly #backoff: Backoff;
  readonly #alarm: Alarm;
  #items: Item[] = [];
  #delivering: Promise<void> | undefined;
  #isWaiting = false;
  #isClosed = false;
  #dropped = 0;

  constructor(options: DeliveryQueueOptions<Item>) {
    this.#options = options;
    this.#backoff = createBackoff(options.retry ?? RETRY);
    this.#alarm = options.clock.alarm(() => {
      this.#isWaiting = false;
      return this.#next();
    });
  }

  /** Items that wait, oldest first. */
  get items(): readonly Item[] {
    return this.#items;
  }

  push(item: Item): void {
    this.#items.push(item);
    if (this.#items.length > this.#options.max) this.#drop(this.#items.length - this.#options.max);
    void this.#next();
  }

  /** Removes waiting items; one that is being delivered continues. */
  remove(isRemoved: (item: Item) => boolean): void {
    this.#items = this.#items.filter((item) => !isRemoved(item));
  }

  /** Stops immediately. What waits stays in `items`; the end of a running try is still reported. */
  stop(): void {
    this.#isClosed = true;
    this.#alarm.clear();
  }

  /** Tries what waits once more, until a try fails, and stops. */
  async finish(): Promise<void> {
    this.stop();
    await this.#delivering;
    this.#isWaiting = false;
    this.#isClosed = false;
    await this.#next();
    this.stop();
  }

  #next(): Promise<void> {
    if (this.#isClosed || this.#isWaiting) return Promise.resolve();
    this.#delivering ??= this.#deliverAll().finally(() => {
      this.#delivering = undefined;
    });
    return this.#delivering;
  }

  async #deliverAll(): Promise<void> {
    const { clock, maxAge, onTried } = this.#options;
    while (!this.#isClosed) {
      const oldest = clock.now() - maxAge;
      const expired = this.#items.findIndex(({ at }) => at >= oldest);
      if (expired !== 0 && this.#items.length > 0)
        this.#drop(expired < 0 ? this.#items.length : expired);
      const item = this.#items[0];
      if (item === undefined) return;
      const delivery = await this.#try(item);
      const isKept = "wait" in delivery;
      if (!isKept) this.remove((one) => one === item);
      onTried(item, delivery);
      if (isKept) return this.#wait(delivery);
      this.#backoff.reset();
    }
  }

  async #try(item: Item): Promise<Delivery> {
    const { deliver, emit, name } = this.#options;
    try {
      return await deliver(item);
    } catch (error) {
      // Reports a bug, which then affects only this item.
      emit({ event: "bug", part: name, reason: stackOf(error) });
      return { kind: "dropped", reason: "an internal error" };
    }
  }

  #wait({ kind, wait }: Extract<Delivery, { readonly wait: number }>): void {
    this.#isWaiting = true;
    this.#alarm.set(kind === "paused" ? wait : Math.max(this.#backoff.next(), wait));
  }

  #drop(count: number): void {
    this.#items.splice(0, count);
    const before = this.#dropped;
    this.#dropped += count;
    const { name, emit } = this.#options;
    const isReported =
      before === 0 || Math.floor(before / REPORT_EVERY) < Math.floor(this.#dropped / REPORT_EVERY);
    if (isReported) emit({ event: "queue-overflowed", queue: name, dropped: this.#dropped });
  }
}
