import assert from "node:assert/strict";
import { test } from "node:test";
import type { Author } from "../domain/author.ts";
import { createNoticeQueue } from "./notice-queue.ts";

const NFT: Author = { program: "nft", pid: 1, unit: undefined, parent: undefined };

test("many notices are merged into one of each kind; of loss and return the last remains", async () => {
  const queue = createNoticeQueue();
  const stop = new AbortController();
  let asked = 0;
  const author = (): Author => {
    asked++;
    return NFT;
  };
  queue.put({ kind: "changed", author: () => undefined });
  for (let i = 0; i < 1000; i++) queue.put({ kind: "changed", author });
  assert.equal(asked, 1, "who made a change that waits is asked once");
  queue.put({ kind: "monitor-lost", reason: "x" });
  queue.put({ kind: "changed", author: () => undefined });
  queue.put({ kind: "monitor-restored" });
  const notices = queue.take(stop.signal);
  assert.deepEqual((await notices.next()).value, { kind: "changed", by: NFT });
  assert.deepEqual((await notices.next()).value, { kind: "monitor-restored", by: undefined });
  const waiting = notices.next();
  queue.put({ kind: "monitor-lost", reason: "y" });
  assert.deepEqual((await waiting).value, { kind: "monitor-lost", by: undefined });
  const last = notices.next();
  stop.abort();
  assert.equal((await last).done, true);
});
