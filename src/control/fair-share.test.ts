import assert from "node:assert/strict";
import test from "node:test";
import { createFairShare, pagesInShare } from "./fair-share.ts";

const FREE = new AbortController();
FREE.abort();

test("pieces of work run one at a time and in order, even after a failed one", async () => {
  const share = createFairShare(FREE.signal);
  const log: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = share.run(async () => {
    log.push("one begins");
    await first.promise;
    log.push("one fails");
    throw new Error("one");
  });
  const two = share.run(async () => void log.push("two"));
  first.resolve();
  await assert.rejects(one, /one/);
  await two;
  assert.deepEqual(log, ["one begins", "one fails", "two"]);
});

test("after each piece of work there is a pause of at least the same length", async () => {
  const share = createFairShare(new AbortController().signal);
  let ended = 0;
  const work = async (): Promise<void> => {
    const until = performance.now() + 20;
    while (performance.now() < until);
    ended = performance.now();
  };
  await share.run(work);
  const before = ended;
  const began = await share.run(async () => performance.now());
  assert.ok(began - before >= 18, `${began - before} ms`);
});

test("other work runs between the pages of a list, and a slow reader delays nobody", async () => {
  const share = createFairShare(FREE.signal);
  let ended = false;
  async function* pages(): AsyncGenerator<readonly number[]> {
    try {
      for (let n = 0; ; n++) yield [n];
    } finally {
      ended = true;
    }
  }
  const slow = pagesInShare(pages(), share);
  assert.deepEqual((await slow.next()).value, [0]);
  // The first client reads no further page; others must still be served.
  assert.equal(await share.run(async () => "served"), "served");
  assert.deepEqual((await slow.next()).value, [1]);
  await slow.return();
  assert.equal(ended, true, "who goes away ends the list");
});
