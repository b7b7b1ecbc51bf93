/** Notices are sent to a real HTTP server, which answers as each test needs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { duration } from "../domain/duration.ts";
import { type HttpUrl, parseHttpUrl } from "../domain/http-url.ts";
import { instant } from "../domain/instant.ts";
import type { Notice } from "../domain/notifier.ts";
import { systemClock } from "../host/system-clock.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { Channel, type ChannelOptions } from "./channel.ts";
import { USUAL_SETTINGS } from "./services/usual-settings.fixture.ts";

const SECRET = "T0/SECRET-TOKEN";
const LIMIT_MS = 60_000;
const NO_ADDRESS = { url: undefined, url_file: undefined };
const save = (): void => undefined;

function noticeOf(reason: string, more: Partial<Notice> = {}): Notice {
  const none = { state: undefined, cause: undefined, ip: undefined, fix: undefined };
  const about = { what: "jail-failed", level: "error", jail: "sshd", host: "web1" } as const;
  const problem = { problem: "jail-failed sshd", phase: "began" } as const;
  return { ...about, ...problem, ...none, reason, at: instant(0), ...more };
}

interface Post {
  readonly host: string;
  readonly text: string;
  readonly notices: readonly Readonly<Record<string, unknown>>[];
  readonly dropped: number;
}

interface Ground extends AsyncDisposable {
  readonly url: HttpUrl;
  readonly posts: readonly { readonly body: Post; readonly at: number; readonly path: string }[];
  readonly events: readonly TelemetryEvent[];
  open(more?: Partial<ChannelOptions>, address?: Address): Channel;
  untilPosts(count: number): Promise<void>;
  untilEvent(name: TelemetryEvent["event"]): Promise<TelemetryEvent>;
}

interface Address {
  readonly url?: HttpUrl;
  readonly url_file?: string;
}

/** `answers`: the status code of each post in order; 204 afterwards. */
async function openGround(...answers: readonly number[]): Promise<Ground> {
  const posts: { body: Post; at: number; path: string }[] = [];
  const events: TelemetryEvent[] = [];
  const changed = new EventTarget();
  const change = (): unknown => changed.dispatchEvent(new Event("change"));
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => void (text += part));
    request.on("end", () => {
      response.writeHead(answers[posts.length] ?? 204).end();
      posts.push({ body: JSON.parse(text), at: performance.now(), path: request.url ?? "" });
      change();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = urlOf(server);
  const opened: Channel[] = [];

  async function until(condition: () => boolean, what: string): Promise<void> {
    const signal = AbortSignal.timeout(LIMIT_MS);
    while (!condition()) {
      await once(changed, "change", { signal }).catch(() => assert.fail(`${what}: did not come`));
    }
  }

  return {
    url,
    posts,
    events,
    open(more = {}, address = { url }) {
      const usual = { gather: duration(50), host: "web1", store: { load: () => undefined, save } };
      const retry = { first: duration(50), longest: duration(200) };
      const emit = (event: TelemetryEvent): void => {
        events.push(event);
        change();
      };
      const usually = { ...USUAL_SETTINGS, min_interval: duration(300) };
      const settings = { ...usually, ...NO_ADDRESS, ...address };
      const webhook = new Channel({
        config: { name: "webhook", kind: "webhook", settings } as const,
        ...{ ...usual, retry, clock: systemClock, emit, ...more },
      });
      opened.push(webhook);
      return webhook;
    },
    untilPosts: (count) => until(() => posts.length >= count, `${count} posts`),
    untilEvent: async (name) => {
      await until(() => events.some(({ event }) => event === name), name);
      return events.find(({ event }) => event === name) ?? assert.fail(name);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map((one) => one.close()));
      server.close();
      server.closeAllConnections();
    },
  };
}

function urlOf(server: Server): HttpUrl {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return parseHttpUrl(`http://127.0.0.1:${port}/${SECRET}?token=4711`) ?? assert.fail();
}

test("notices within a short time are sent in one post", async () => {
  await using ground = await openGround();
  const webhook = ground.open();
  const fix = "systemctl status rsyslog";
  webhook.notify(noticeOf("none for 47m", { state: "blind", cause: "gone-silent", fix }));
  webhook.notify(noticeOf("<!channel> @all `x`", { what: "ban-bypassed", ip: "192.0.2.7" }));
  await ground.untilPosts(1);
  const [{ body, path } = assert.fail()] = ground.posts;
  assert.equal(path, `/${SECRET}?token=4711`);
  assert.equal(
    body.text,
    "bailiff on web1: sshd is blind: none for 47m (to do: systemctl status rsyslog)\n" +
      "bailiff on web1: sshd 192.0.2.7: ‹!channel› (at)all 'x'",
  );
  assert.equal(body.notices.length, 2);
  assert.deepEqual(body.notices[0], {
    ...{ what: "jail-failed", level: "error", jail: "sshd", state: "blind", cause: "gone-silent" },
    ...{ problem: "jail-failed sshd", phase: "began" },
    ...{ reason: "none for 47m", fix, at: "1970-01-01T00:00:00.000Z", host: "web1" },
  });
});

test("posts keep the interval, and notices in between are one digest", async () => {
  await using ground = await openGround();
  const webhook = ground.open();
  webhook.notify(noticeOf("1"));
  await ground.untilPosts(1);
  for (let i = 2; i <= 40; i++) webhook.notify(noticeOf(String(i)));
  await ground.untilPosts(2);
  const [first, second] = ground.posts;
  assert.equal(second?.body.notices.length, 39);
  assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 250);
});

test("a post that fails with a server error is retried until it succeeds", async () => {
  await using ground = await openGround(500, 503, 429);
  ground.open().notify(noticeOf("it matters"));
  await ground.untilPosts(4);
  assert.deepEqual(
    ground.posts.map(({ body }) => body.notices[0]?.["reason"]),
    Array.from({ length: 4 }, () => "it matters"),
  );
  const failed = await ground.untilEvent("notice-failed");
  assert.ok(failed.event === "notice-failed");
  assert.match(failed.to, /^http:\/\/127\.0\.0\.1:\d+\/…$/);
  assert.match(failed.reason, /^it answered 500/);
  assert.equal(failed.waiting, 1);
  assert.ok(failed.retry_in !== undefined);
  assert.equal(ground.events.length, 1, "a streak of failures is reported once");
});

test("while messages fail, the status says since when and why; an accepted test resumes", async () => {
  // The wait before a retry outlasts the test.
  await using ground = await openGround(500);
  const slow = { first: duration(3_600_000), longest: duration(3_600_000) };
  const webhook = ground.open({ retry: slow });
  webhook.notify(noticeOf("it waits"));
  await ground.untilEvent("notice-failed");
  const { name, waiting, trouble } = webhook.status;
  assert.deepEqual([name, waiting], ["webhook", 1]);
  assert.match(trouble?.reason ?? "", /^it answered 500/);
  assert.ok(Math.abs(systemClock.now() - (trouble?.since ?? 0)) < LIMIT_MS);
  assert.equal((await webhook.test(noticeOf("try"))).kind, "delivered");
  await ground.untilPosts(3);
  assert.equal(ground.posts[2]?.body.notices[0]?.["reason"], "it waits");
  assert.equal(webhook.status.trouble, undefined);
});

test("a post that the server refuses permanently is dropped and reported", async () => {
  await using ground = await openGround(404);
  const webhook = ground.open();
  webhook.notify(noticeOf("lost"));
  const failed = await ground.untilEvent("notice-failed");
  assert.ok(failed.event === "notice-failed" && failed.dropped === 1 && failed.waiting === 0);
  assert.equal(failed.retry_in, undefined, "nothing waits");
  webhook.notify(noticeOf("next"));
  await ground.untilPosts(2);
  assert.equal(ground.posts[1]?.body.notices.length, 1);
  assert.equal(ground.posts[1]?.body.dropped, 1);
  assert.match(ground.posts[1]?.body.text ?? "", /\(1 earlier notice dropped\)$/);
});

test("without a server, notices are kept and retried; no message contains the secret", async () => {
  await using ground = await openGround();
  const gone = createServer();
  await once(gone.listen(0, "127.0.0.1"), "listening");
  const url = urlOf(gone);
  gone.close();
  await once(gone, "close");
  const webhook = ground.open({}, { url });
  webhook.notify(noticeOf("kept"));
  const failed = await ground.untilEvent("notice-failed");
  assert.ok(failed.event === "notice-failed" && failed.waiting === 1);
  assert.match(failed.reason, /connection refused/);
  assert.doesNotMatch(JSON.stringify(ground.events), /SECRET|4711/);
  const back = createServer();
  const taken = once(back, "request", { signal: AbortSignal.timeout(LIMIT_MS) });
  await once(back.listen(Number(new URL(url).port), "127.0.0.1"), "listening");
  const [, response] = await taken;
  response.writeHead(204).end();
  await webhook.close();
  back.close();
  back.closeAllConnections();
});

test("the queue is bounded: the oldest notice is dropped, counted and reported", async () => {
  await using ground = await openGround();
  const webhook = ground.open({ gather: duration(200) });
  for (let i = 1; i <= 260; i++) webhook.notify(noticeOf(String(i)));
  const full = await ground.untilEvent("queue-overflowed");
  assert.deepEqual(full, { event: "queue-overflowed", queue: "webhook notices", dropped: 1 });
  await ground.untilPosts(4);
  const reasons = ground.posts.flatMap(({ body }) => body.notices.map(({ reason }) => reason));
  assert.deepEqual(
    reasons,
    Array.from({ length: 200 }, (_, i) => String(i + 61)),
  );
  assert.equal(ground.posts[0]?.body.dropped, 60);
});

test("taking a notice never delays its caller, even if the receiver hangs", async () => {
  await using ground = await openGround();
  const hangs = createServer(() => undefined);
  await once(hangs.listen(0, "127.0.0.1"), "listening");
  const webhook = ground.open({ gather: duration(1) }, { url: urlOf(hangs) });
  for (let i = 0; i < 1000; i++) webhook.notify(noticeOf("x"));
  await once(hangs, "request", { signal: AbortSignal.timeout(LIMIT_MS) });
  // The server never answers, so this resolves only because of the time limit.
  await webhook.close();
  hangs.close();
  hangs.closeAllConnections();
});

test("the URL may be in a file, which is read for each post; the queue is posted on close", async () => {
  await using ground = await openGround();
  const folder = mkdtempSync(join(tmpdir(), `bailiff-webhook-${process.pid}-`));
  const file = join(folder, "address");
  const webhook = ground.open({ lastPost: duration(LIMIT_MS) }, { url_file: file });
  webhook.notify(noticeOf("told at the end"));
  const failed = await ground.untilEvent("notice-failed");
  assert.ok(failed.event === "notice-failed");
  assert.equal(failed.reason, `${file} cannot be read: no such file or directory`);
  writeFileSync(file, `${ground.url}\n`);
  await webhook.close();
  assert.equal(ground.posts[0]?.body.notices[0]?.["reason"], "told at the end");
  rmSync(folder, { recursive: true });
});
