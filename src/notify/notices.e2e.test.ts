/** Events become notices on the channels that want them, each once, also after a restart. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import type { ChannelConfig } from "../config/channels/channel-kinds.ts";
import { duration } from "../domain/duration.ts";
import { type HttpUrl, parseHttpUrl } from "../domain/http-url.ts";
import { systemClock } from "../host/system-clock.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { createNotices, type Notices } from "./notices.ts";

const LIMIT_MS = 60_000;
const NOWHERE = parseHttpUrl("http://127.0.0.1:1/") ?? assert.fail();

const BLIND: TelemetryEvent = {
  ...{ event: "jail-failed", jail: "sshd", state: "blind", before: "protecting" },
  ...{ cause: "no-log", reason: "no log", fix: "look" },
};
const WELL: TelemetryEvent = {
  ...{ event: "jail-ok", jail: "sshd", state: "protecting", before: "blind" },
};

interface Ground {
  readonly url: HttpUrl;
  readonly saved: Map<string, string>;
  /** Reasons of the notices that arrived, by path. */
  readonly reasons: ReadonlyMap<string, readonly string[]>;
  open(...channels: readonly ChannelConfig[]): Promise<Notices>;
  until(path: string, count: number): Promise<void>;
}

async function openGround(t: TestContext): Promise<Ground> {
  const reasons = new Map<string, string[]>();
  const saved = new Map<string, string>();
  const changed = new EventTarget();
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { notices } = JSON.parse(await text(request));
    response.end("thank you");
    const list = reasons.getOrInsert(request.url ?? "", []);
    for (const { reason } of notices) list.push(reason);
    changed.dispatchEvent(new Event("post"));
  };
  const server = createServer((request, response) => void take(request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    url: parseHttpUrl(`http://127.0.0.1:${port}/`) ?? assert.fail(),
    ...{ saved, reasons },
    async open(...channels) {
      const store = {
        load: (name: string) => saved.get(name),
        save: (name: string, value: string) => void saved.set(name, value),
      };
      const emit = (): void => undefined;
      const notices = createNotices({ emit, clock: systemClock, host: "web1", store });
      t.after(() => notices.close());
      await notices.apply(channels);
      return notices;
    },
    async until(path, count) {
      const signal = AbortSignal.timeout(LIMIT_MS);
      while ((reasons.get(path)?.length ?? 0) < count) await once(changed, "post", { signal });
    },
  };
}

function webhook(
  name: string,
  url: HttpUrl,
  least: ChannelConfig["settings"]["least"] = "info",
): ChannelConfig {
  const settings = { url, url_file: undefined, min_interval: duration(1000), least };
  return { name, kind: "webhook", settings };
}

test("each channel gets its levels, and a repetition is not sent again", async (t) => {
  const ground = await openGround(t);
  const { url } = ground;
  const notices = await ground.open(
    webhook("all", parseHttpUrl(`${url}all`) ?? url),
    webhook("errors", parseHttpUrl(`${url}errors`) ?? url, "error"),
  );
  for (const event of [BLIND, BLIND, WELL, BLIND]) notices.emit(event);
  await ground.until("/all", 3);
  await ground.until("/errors", 2);
  assert.deepEqual(ground.reasons.get("/all"), ["no log", "it was blind", "no log"]);
  assert.deepEqual(ground.reasons.get("/errors"), ["no log", "no log"]);
});

test("what could not be delivered is delivered after a restart", async (t) => {
  const ground = await openGround(t);
  const first = await ground.open(webhook("ops", NOWHERE));
  first.emit(BLIND);
  await first.close();
  const second = await ground.open(webhook("ops", ground.url));
  await ground.until("/", 1);
  await second.close();
  assert.deepEqual(ground.reasons.get("/"), ["no log"]);
  assert.equal(ground.saved.get("notices ops"), "[]");
});

test("a reload with a corrected address sends what waits", async (t) => {
  const ground = await openGround(t);
  const notices = await ground.open(webhook("ops", NOWHERE));
  notices.emit(BLIND);
  await notices.apply([webhook("ops", ground.url)]);
  await ground.until("/", 1);
});

test("a test message reports what the service answered", async (t) => {
  const ground = await openGround(t);
  const notices = await ground.open(webhook("ops", ground.url), webhook("gone", NOWHERE));
  const delivered = await notices.test("ops");
  assert.deepEqual([delivered?.kind, delivered?.delivery.kind], ["webhook", "delivered"]);
  assert.ok(delivered?.delivery.kind === "delivered");
  assert.equal(delivered.delivery.answer, "thank you");
  assert.deepEqual(ground.reasons.get("/"), ["this is a test of [notify.ops], nothing happened"]);
  const failed = await notices.test("gone");
  assert.ok(failed?.delivery.kind === "failed");
  assert.match(failed.delivery.reason, /connection refused/);
  assert.equal(await notices.test("missing"), undefined);
});
