/**
 * What one action has still to do. Order is kept for each address; different addresses go side by side, at most PARALLEL
 * of them, and what concerns the action as a whole (start, flush, stop) waits for all before it and runs alone. Queue
 * "actions of JAIL: NAME": bound 10,000, policy: a new ban is not queued; an end of one is, up to twice the bound, since
 * what was begun must be ended.
 */
import type { Emit } from "../telemetry/events.ts";

export interface QueuedWork {
  /** The address it is about; undefined: the action as a whole. */
  readonly key: string | undefined;
  /** ending: it undoes something. */
  readonly kind: "beginning" | "ending";
  /** Never rejects. */
  readonly work: () => Promise<void>;
}

export interface ActionQueueOptions {
  readonly name: string;
  readonly emit: Emit;
  /** Of actions that share a word; then nothing of it runs side by side. */
  readonly turn: ((work: () => Promise<void>) => Promise<void>) | undefined;
}

export interface ActionQueue {
  push(work: QueuedWork): void;
  /** A beginning would not be queued. */
  readonly isFull: boolean;
  /** Resolves when there is room for many more; for whoever can wait. */
  room(): Promise<void>;
  /** Takes out what has not begun; how many that were. */
  clear(kind: QueuedWork["kind"] | "all"): number;
  /** Resolves when nothing is left to do. */
  settled(): Promise<void>;
}

const PARALLEL = 4;
const BOUND = 10_000;
const ROOM = 1000;

export function createActionQueue({ name, emit, turn }: ActionQueueOptions): ActionQueue {
  const parallel = turn === undefined ? PARALLEL : 1;
  const running = new Set<string>();
  const watchers = new Set<() => void>();
  let waiting: QueuedWork[] = [];
  let active = 0;
  let alone = false;
  let dropped = 0;

  function push(work: QueuedWork): void {
    const bound = work.kind === "ending" ? 2 * BOUND : BOUND;
    if (waiting.length >= bound) {
      dropped++;
      // The first is told at once, the rest when there is room again.
      if (dropped === 1) emit({ event: "queue-overflowed", queue: name, dropped });
      return;
    }
    waiting.push(work);
    advance();
  }

  function advance(): void {
    const blocked = new Set(running);
    for (let i = 0; i < waiting.length && !alone && active < parallel; ) {
      const next = waiting[i];
      if (next === undefined) return;
      if (next.key === undefined) {
        if (active > 0 || i > 0) return;
        alone = true;
      } else if (blocked.has(next.key)) {
        i++;
        continue;
      }
      if (next.key !== undefined) blocked.add(next.key);
      waiting.splice(i, 1);
      void begin(next);
    }
  }

  async function begin({ key, work }: QueuedWork): Promise<void> {
    active++;
    if (key !== undefined) running.add(key);
    await (turn === undefined ? work() : turn(work));
    active--;
    if (key === undefined) alone = false;
    else running.delete(key);
    if (dropped > 0 && waiting.length < BOUND / 2) {
      if (dropped > 1) emit({ event: "queue-overflowed", queue: name, dropped: dropped - 1 });
      dropped = 0;
    }
    advance();
    for (const watcher of watchers) watcher();
  }

  function until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const watcher = (): void => {
        if (!condition()) return;
        watchers.delete(watcher);
        resolve();
      };
      watchers.add(watcher);
    });
  }

  return {
    push,
    get isFull() {
      return waiting.length >= BOUND;
    },
    room: () => until(() => waiting.length < ROOM),
    clear(kind) {
      const before = waiting.length;
      waiting = kind === "all" ? [] : waiting.filter((work) => work.kind !== kind);
      for (const watcher of watchers) watcher();
      return before - waiting.length;
    },
    settled: () => until(() => waiting.length === 0 && active === 0),
  };
}
