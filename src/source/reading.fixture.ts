/** For tests: reads a source in the background, and lets a test wait, bounded, for what it has read. */
import assert from "node:assert/strict";
import type { LineBatch } from "../domain/line-batch.ts";
import type { LineSource } from "../domain/line-source.ts";
import { createWakeUp } from "../host/wake-up.ts";

export interface Reading extends AsyncDisposable {
  readonly batches: readonly LineBatch[];
  /** Lines without their newlines. */
  readonly lines: readonly string[];
  /** The newest value for each key, as a record would store it. */
  readonly cursors: ReadonlyMap<string, string>;
  /** Waits for the first `count` lines, or fails after a minute. */
  until(count: number): Promise<readonly string[]>;
  untilTrue(condition: () => boolean, what: string): Promise<void>;
  /** Checks the conditions again, for changes that come without a batch. */
  recheck(): void;
  stop(): Promise<void>;
}

export function startReading(source: LineSource): Reading {
  const end = new AbortController();
  const batches: LineBatch[] = [];
  const lines: string[] = [];
  const cursors = new Map<string, string>();
  const wake = createWakeUp();

  async function read(): Promise<void> {
    for await (const batch of source.batches(end.signal)) {
      assert.ok(batch.text === "" || batch.text.endsWith("\n"), "a batch ends in a newline");
      const found = batch.text.split("\n").slice(0, -1);
      if (batch.fields !== undefined) assert.equal(batch.fields.length, found.length);
      batches.push(batch);
      lines.push(...found);
      if (batch.cursor !== undefined) cursors.set(batch.cursor.key, batch.cursor.value);
      wake.ring();
    }
  }
  const done = read().finally(() => wake.ring());

  async function untilTrue(condition: () => boolean, what: string): Promise<void> {
    const limit = AbortSignal.timeout(60_000);
    while (!condition()) {
      if (limit.aborted) assert.fail(`${what}; read so far: ${JSON.stringify(lines.slice(-20))}`);
      await wake.wait(limit);
    }
  }

  async function stop(): Promise<void> {
    end.abort();
    await done;
  }

  return {
    batches,
    lines,
    cursors,
    untilTrue,
    until: async (count) => {
      await untilTrue(() => lines.length >= count, `waited for ${count} lines`);
      return lines;
    },
    recheck: () => wake.ring(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
