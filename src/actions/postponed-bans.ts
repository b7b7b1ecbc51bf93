/**
 * Keeps bans and ends that do not fit into an action's queue, and pushes them later. Ends come first, so that a later
 * ban of the same address follows its end. Holds at most MAX_BANS bans and MAX_ENDS ends; any
 * beyond that are pushed immediately, so that the queue counts and reports what it drops.
 */
import type { Subject } from "../domain/cidr.ts";
import type { ActionQueue } from "./action-queue.ts";

const MAX_BANS = 100_000;
const MAX_ENDS = 1_000_000;

export interface PostponedBansOptions {
  readonly queue: Pick<ActionQueue, "room" | "isFull" | "isFullForEnds">;
  readonly signal: AbortSignal;
  readonly pushBan: (subject: Subject) => void;
  readonly pushEnd: (subject: Subject) => void;
}

export class PostponedBans {
  readonly #options: PostponedBansOptions;
  readonly #bans = new Set<Subject>();
  readonly #ends = new Set<Subject>();
  #draining: Promise<void> | undefined;

  constructor(options: PostponedBansOptions) {
    this.#options = options;
  }

  /** Number of ends that still wait here. */
  get ends(): number {
    return this.#ends.size;
  }

  hasBan(subject: Subject): boolean {
    return this.#bans.has(subject);
  }

  /**
   * Postpones a ban if the queue is full or an earlier end of the address waits. Returns false if the caller must push
   * the ban.
   */
  takeBan(subject: Subject): boolean {
    const mustWait = this.#options.queue.isFull || this.#ends.has(subject);
    if (!mustWait || this.#bans.size >= MAX_BANS) return false;
    this.#bans.add(subject);
    void this.drain();
    return true;
  }

  /** Removes a postponed ban; returns whether there was one. */
  removeBan(subject: Subject): boolean {
    return this.#bans.delete(subject);
  }

  clearBans(): void {
    this.#bans.clear();
  }

  pushEnd(subject: Subject): void {
    if (!this.#options.queue.isFullForEnds || this.#ends.size >= MAX_ENDS)
      return this.#options.pushEnd(subject);
    this.#ends.add(subject);
    void this.drain();
  }

  /** Drops everything: a flush of the whole action ends all bans. */
  clear(): void {
    this.#bans.clear();
    this.#ends.clear();
  }

  /** Pushes all postponed bans and ends; resolves when done. */
  drain(): Promise<void> {
    this.#draining ??= this.#pushAll().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  async #pushAll(): Promise<void> {
    const { queue, signal, pushBan, pushEnd } = this.#options;
    while (this.#ends.size + this.#bans.size > 0) {
      await queue.room();
      if (signal.aborted) return;
      const [end] = this.#ends;
      const [ban] = this.#bans;
      if (end !== undefined) {
        this.#ends.delete(end);
        pushEnd(end);
      } else if (ban !== undefined) {
        this.#bans.delete(ban);
        pushBan(ban);
      }
    }
  }
}
