/**
 * Follows the daemon's events while pages listen, over one connection for all of them. Keeps the newest ones, so that a
 * page resumes after a gap. Under flood it reads slowly, so that the daemon drops what is too much to read (its queue
 * for this reader is bounded), and counts what was left out.
 */
import { randomBytes } from "node:crypto";
import { connectControl } from "../control/client.ts";
import type { FollowReply } from "../control/messages.ts";
import { duration } from "../domain/duration.ts";
import { CodedError } from "../domain/errors.ts";
import { formatInstant } from "../domain/instant.ts";
import { createBackoff } from "../host/backoff.ts";
import { sleep } from "../host/timers.ts";
import { createWakeUp, type WakeUp } from "../host/wake-up.ts";
import { fromEventRecord } from "../telemetry/event-record.ts";
import { composeSentence } from "../telemetry/event-sentence.ts";
import { EVENTS } from "../telemetry/events.ts";
import { WebError } from "./web-error.ts";
import type { LiveBatch, LiveEvent } from "./web-messages.ts";

/** Maximum number of kept events. */
const MAX_KEPT = 300;
/** Maximum number of events in one batch; of more only the newest are sent. */
const MAX_BATCH = 30;
/** Minimum milliseconds between two batches for one page. */
const PACE_MS = 250;
/** Milliseconds after which an empty batch shows that the connection still works. */
const HEARTBEAT_MS = 20_000;
/** Milliseconds for which events are followed after the last page left, which may be loaded again. */
const LINGER_MS = 60_000;
const MAX_LISTENERS = 64;
/** Maximum number of listeners of one user, so that nobody uses up those of others. */
const MAX_LISTENERS_OF_USER = 16;
/** Number of events that are read from the daemon within PACE_MS. */
const MAX_READ = 200;

interface Numbered {
  readonly number: number;
  readonly event: LiveEvent;
}

export interface IdentifiedBatch extends LiveBatch {
  /** Where to resume after it. */
  readonly id: string;
}

export class LiveEvents implements Disposable {
  readonly #socket: string;
  /** Begins every id, so that those of another process are recognized. */
  readonly #run = randomBytes(6).toString("base64url");
  /** With the name of the user who listens. */
  readonly #listeners = new Map<WakeUp, string>();
  #kept: Numbered[] = [];
  /** Number of the newest event; one that was left out has a number as well. */
  #last = 0;
  #following: AbortController | undefined;
  /** Ends when a page comes back. */
  #linger = new AbortController();

  constructor(socket: string) {
    this.#socket = socket;
  }

  /**
   * Yields batches until `signal` aborts, which also ends the listening of a page that takes no more of them. `after`:
   * the id of the last batch that the page received. Throws a `WebError` if too many pages listen.
   */
  listen(
    { user, after }: { readonly user: string; readonly after: string | undefined },
    signal: AbortSignal,
  ): AsyncGenerator<IdentifiedBatch> {
    const own = [...this.#listeners.values()].filter((name) => name === user);
    if (this.#listeners.size >= MAX_LISTENERS || own.length >= MAX_LISTENERS_OF_USER)
      throw new WebError("busy", "too many pages are open", { hint: "close some" });
    const bell = createWakeUp();
    this.#linger.abort();
    this.#listeners.set(bell, user);
    this.#following ??= this.#follow();
    signal.addEventListener("abort", () => this.#leave(bell), { once: true });
    if (signal.aborted) this.#leave(bell);
    return this.#batches(bell, this.#resume(after), signal);
  }

  async *#batches(
    bell: WakeUp,
    begin: number,
    signal: AbortSignal,
  ): AsyncGenerator<IdentifiedBatch> {
    let position = begin;
    // The first batch is sent immediately: it says that the page listens, and whether it missed something.
    bell.ring();
    while (!signal.aborted) {
      await bell.wait(AbortSignal.any([signal, AbortSignal.timeout(HEARTBEAT_MS)]));
      const batch = this.#batchAfter(position);
      position = this.#last;
      yield batch;
      await sleep(PACE_MS, signal);
    }
  }

  #leave(bell: WakeUp): void {
    this.#listeners.delete(bell);
    if (this.#listeners.size > 0 || this.#following === undefined) return;
    this.#linger = new AbortController();
    void this.#endLater(this.#linger.signal);
  }

  /** Ends when no page has listened for a while. What happens then is unknown, so nothing is kept for later pages. */
  async #endLater(signal: AbortSignal): Promise<void> {
    if ((await sleep(LINGER_MS, signal, "loose")) === "elapsed") this[Symbol.dispose]();
  }

  /** Ends to follow the daemon. */
  [Symbol.dispose](): void {
    this.#linger.abort();
    this.#following?.abort();
    this.#following = undefined;
    this.#kept = [];
  }

  /**
   * Returns the number of the last event that a page knows. A new page begins with the newest events that are kept; an
   * unknown id means that it missed at least one.
   */
  #resume(after: string | undefined): number {
    if (after === undefined) {
      const [oldest] = this.#kept.slice(-MAX_BATCH);
      return oldest === undefined ? this.#last : oldest.number - 1;
    }
    const [run, number] = after.split("/");
    const known = Number(number);
    return run === this.#run && known <= this.#last ? known : Math.max(-1, this.#last - 1);
  }

  #batchAfter(position: number): IdentifiedBatch {
    const events = this.#kept
      .filter(({ number }) => number > position)
      .slice(-MAX_BATCH)
      .map(({ event }) => event);
    const missed = this.#last - position - events.length;
    return { id: `${this.#run}/${this.#last}`, events, missed };
  }

  #follow(): AbortController {
    const stop = new AbortController();
    void this.#keepFollowing(stop.signal);
    return stop;
  }

  async #keepFollowing(signal: AbortSignal): Promise<void> {
    const backoff = createBackoff({ first: duration(500), longest: duration(10_000) });
    while (!signal.aborted) {
      try {
        await using client = await connectControl(this.#socket);
        await this.#read(client.follow(signal), signal);
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
      }
      // What happens until the next connection is unknown, so pages are made to ask again.
      if (!signal.aborted) this.#add(undefined, 1);
      await sleep(backoff.next(), signal, "loose");
    }
  }

  async #read(replies: AsyncIterable<FollowReply>, signal: AbortSignal): Promise<void> {
    let [began, read] = [performance.now(), 0];
    for await (const { missed, event } of replies) {
      // What was on its way when nobody listened any more would stand before a gap that no page shows.
      if (signal.aborted) return;
      this.#add(toLiveEvent(event), missed);
      if (performance.now() - began > PACE_MS) [began, read] = [performance.now(), 0];
      if (++read === MAX_READ) await sleep(PACE_MS, signal);
    }
  }

  #add(event: LiveEvent | undefined, missed: number): void {
    this.#last += missed;
    if (event !== undefined) {
      this.#kept.push({ number: ++this.#last, event });
      if (this.#kept.length > MAX_KEPT) this.#kept.shift();
    }
    for (const bell of this.#listeners.keys()) bell.ring();
  }
}

function toLiveEvent(record: FollowReply["event"]): LiveEvent {
  // Of a daemon that was updated while this process ran.
  if (!Object.hasOwn(EVENTS, record.event))
    return { at: record.time, level: record.level, word: record.level, text: record.event };
  const { event } = fromEventRecord(record);
  // The page shows times in the reader's zone.
  const [word, text] = composeSentence(event, formatInstant);
  return { at: record.time, level: record.level, word: word.trim(), text };
}
