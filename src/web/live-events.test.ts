/** Live events of a real control socket: in order, resumed after a gap, and cut under flood. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createEventFeed, type EventFeed } from "../control/event-feed.ts";
import { PROTOCOL_VERSION } from "../control/protocol.ts";
import { type ControlServer, openControlServer } from "../control/server.ts";
import { systemClock } from "../host/system-clock.ts";
import { type IdentifiedBatch, LiveEvents } from "./live-events.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-live-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, "bailiff.sock");

function serve(feed: EventFeed): Promise<ControlServer> {
  const answer = async () => ({}) as never;
  return openControlServer({ path, group: undefined, answer, feed, emit: () => undefined });
}

function unban(feed: EventFeed, ip: string): void {
  feed.emit({ event: "unban", jail: "sshd", ip, reason: "tested", who: "root" });
}

/** Reads batches until one has an event or a count of missed ones. */
async function nextNews(batches: AsyncGenerator<IdentifiedBatch>): Promise<IdentifiedBatch> {
  for (;;) {
    const { value, done } = await batches.next();
    assert.ok(done !== true, "the stream continues");
    if (value.events.length + value.missed > 0) return value;
  }
}

/** Emits until the first event arrives, since the connection to the daemon takes a moment. */
async function untilFollowed(feed: EventFeed, batches: AsyncGenerator<IdentifiedBatch>) {
  const emitting = setInterval(() => unban(feed, "192.0.2.1"), 20);
  for (;;) {
    const batch = await nextNews(batches);
    if (batch.events.length === 0) continue;
    clearInterval(emitting);
    return batch;
  }
}

/** A page that knows no events. */
const NEW = { user: "carol", after: undefined };

const BOUND = { timeout: 120_000 };

test("events reach every page, as lines for people", BOUND, async () => {
  const feed = createEventFeed(systemClock);
  await using _server = await serve(feed);
  using live = new LiveEvents(path);
  const stop = new AbortController();
  const [one, two] = [live.listen(NEW, stop.signal), live.listen(NEW, stop.signal)];
  await Promise.all([one.next(), two.next()]);
  const [first, same] = await Promise.all([untilFollowed(feed, one), nextNews(two)]);
  for (const { events } of [first, same]) {
    assert.equal(events[0]?.word, "unban");
    assert.match(events[0]?.text ?? "", /^192\.0\.2\.1 +sshd +by root: tested$/);
  }
  stop.abort();
  assert.deepEqual([(await one.next()).done, (await two.next()).done], [true, true]);
});

test(
  "a page resumes after a gap; one of another process knows that it missed something",
  BOUND,
  async () => {
    const feed = createEventFeed(systemClock);
    await using _server = await serve(feed);
    using live = new LiveEvents(path);
    const stop = new AbortController();
    const stays = live.listen(NEW, stop.signal);
    await stays.next();
    const { id } = await untilFollowed(feed, stays);
    unban(feed, "203.0.113.7");
    const isNew = ({ text }: { readonly text: string }) => text.startsWith("203.0.113.7");
    while (!(await nextNews(stays)).events.some(isNew));
    const resumed = (await live.listen({ user: "carol", after: id }, stop.signal).next()).value;
    assert.ok(resumed?.events.some(isNew));
    assert.equal(resumed?.missed, 0);
    for (const unknown of ["other/3", "", `${id}9999999`]) {
      const batch = (await live.listen({ user: "carol", after: unknown }, stop.signal).next())
        .value;
      assert.equal((batch?.missed ?? 0) + (batch?.events.length ?? 0), 1, unknown);
    }
    stop.abort();
  },
);

test("a page that is loaded again begins with the newest events", BOUND, async () => {
  const feed = createEventFeed(systemClock);
  await using _server = await serve(feed);
  using live = new LiveEvents(path);
  const stop = new AbortController();
  const leaves = live.listen(NEW, stop.signal);
  await leaves.next();
  const { events } = await untilFollowed(feed, leaves);
  stop.abort();
  await leaves.next();
  const again = new AbortController();
  const first = (await live.listen(NEW, again.signal).next()).value;
  assert.deepEqual(first?.events[0], events[0]);
  again.abort();
});

test("what arrives after the last page left shows on no later page", BOUND, async () => {
  const feed = createEventFeed(systemClock);
  await using _server = await serve(feed);
  using live = new LiveEvents(path);
  const stop = new AbortController();
  const leaves = live.listen(NEW, stop.signal);
  await leaves.next();
  await untilFollowed(feed, leaves);
  stop.abort();
  live[Symbol.dispose]();
  // The daemon does not know yet that nobody reads.
  unban(feed, "198.51.100.9");
  const again = new AbortController();
  const later = live.listen(NEW, again.signal);
  const shown = [...(await untilFollowed(feed, later)).events];
  unban(feed, "203.0.113.7");
  while (!shown.some(({ text }) => text.startsWith("203.0.113.7")))
    shown.push(...(await nextNews(later)).events);
  assert.ok(!shown.some(({ text }) => text.startsWith("198.51.100.9")), JSON.stringify(shown));
  again.abort();
});

test("of a flood only the newest are sent, and the others are counted", BOUND, async () => {
  const feed = createEventFeed(systemClock);
  await using _server = await serve(feed);
  using live = new LiveEvents(path);
  const stop = new AbortController();
  const batches = live.listen(NEW, stop.signal);
  await batches.next();
  await untilFollowed(feed, batches);
  const [count, began] = [20_000, performance.now()];
  for (let i = 0; i < count; i++) unban(feed, "203.0.113.7");
  let [shown, missed, longest] = [0, 0, 0];
  while (shown + missed < count) {
    const batch = await nextNews(batches);
    longest = Math.max(longest, batch.events.length);
    shown += batch.events.length;
    missed += batch.missed;
    // The daemon reports what it dropped with the next event.
    unban(feed, "203.0.113.8");
  }
  assert.ok(longest <= 30, `${longest} events in one batch`);
  const seconds = (performance.now() - began) / 1000;
  assert.ok(shown <= 30 * (seconds / 0.25 + 2), `${shown} events in ${seconds} s`);
  stop.abort();
});

test("when the daemon ends, pages learn that they may have missed something", BOUND, async () => {
  const feed = createEventFeed(systemClock);
  using live = new LiveEvents(path);
  const stop = new AbortController();
  const batches = live.listen(NEW, stop.signal);
  {
    await using _server = await serve(feed);
    await batches.next();
    await untilFollowed(feed, batches);
  }
  let missed = 0;
  while (missed === 0) missed = (await nextNews(batches)).missed;
  await using _again = await serve(feed);
  assert.ok((await untilFollowed(feed, batches)).id);
  stop.abort();
});

test("a page that takes no more batches loses its place when its time is over", BOUND, async () => {
  using live = new LiveEvents(path);
  const stop = new AbortController();
  const listen = () => live.listen(NEW, stop.signal);
  const stalled = Array.from({ length: 16 }, listen);
  await Promise.all(stalled.map((batches) => batches.next()));
  assert.throws(listen, { code: "busy" });
  stop.abort();
  const again = new AbortController();
  assert.ok((await live.listen(NEW, again.signal).next()).value?.id);
  again.abort();
});

test("an event of a later release is shown by its name", BOUND, async () => {
  const event = { time: "2030-01-01T00:00:00.000Z", level: "warn", event: "comet-seen" };
  const lines = [
    { bailiff: "control", v: PROTOCOL_VERSION },
    { id: 1, ok: true, part: [{ missed: 0, event }] },
  ];
  const server = createServer((socket) => {
    socket.on("error", () => undefined).resume();
    for (const line of lines) socket.write(`${JSON.stringify(line)}\n`);
  });
  await once(server.listen(path), "listening");
  const stop = new AbortController();
  {
    using live = new LiveEvents(path);
    const { events } = await nextNews(live.listen(NEW, stop.signal));
    assert.deepEqual(events, [{ at: event.time, level: "warn", word: "warn", text: "comet-seen" }]);
    stop.abort();
  }
  await new Promise((resolve) => server.close(resolve));
});
