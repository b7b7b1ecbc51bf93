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
import { USUAL_SETTINGS } from "./services/usual-settings.fixture.ts";

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
  more: Partial<ChannelConfig["settings"]> = {},
): ChannelConfig {
  const usual = { ...USUAL_SETTINGS, min_interval: duration(1000) };
  return { name, kind: "webhook", settings: { ...usual, ...more, url, url_file: undefined } };
}

test("each channel gets its levels, and a repetition is not sent again", async (t) => {
  const ground = await openGround(t);
  const { url } = ground;
  const notices = await ground.open(
    webhook("all", parseHttpUrl(`${url}all`) ?? url),
    webhook("errors", parseHttpUrl(`${url}errors`) ?? url, { least: "error" }),
  );
  for (const event of [BLIND, BLIND, WELL, BLIND]) notices.emit(event);
  await ground.until("/all", 3);
  await ground.until("/errors", 2);
  assert.deepEqual(ground.reasons.get("/all"), ["no log", "it was blind", "no log"]);
  assert.deepEqual(ground.reasons.get("/errors"), ["no log", "no log"]);
});

test("a channel gets the events and jails that it names, and bans if it names them", async (t) => {
  const ground = await openGround(t);
  const { url } = ground;
  const at = (path: string): HttpUrl => parseHttpUrl(`${url}${path}`) ?? url;
  const notices = await ground.open(
    webhook("bans", at("bans"), { events: ["usual", "ban"], jails: ["web"] }),
    webhook("unbans", at("unbans"), { events: ["unban"] }),
  );
  const about = { ip: "192.0.2.7", origin: "detected", length: undefined };
  const ban = { event: "ban", until: "forever", reason: "5 failures in 10m", ...about } as const;
  notices.emit(BLIND);
  notices.emit({ ...ban, jail: "sshd" });
  notices.emit({ ...ban, jail: "web", origin: "canary" });
  notices.emit({ ...ban, jail: "web", bulk: true });
  notices.emit({ ...ban, jail: "web", observed: true, ip: "192.0.2.8" });
  notices.emit({ ...ban, jail: "web" });
  notices.emit({ event: "bug", part: "x", reason: "no jail" });
  notices.emit({ event: "unban", jail: "sshd", ip: "192.0.2.7", reason: "by hand", who: "root" });
  await ground.until("/bans", 3);
  await ground.until("/unbans", 1);
  assert.deepEqual(ground.reasons.get("/bans"), [
    "would ban: 5 failures in 10m",
    "ban: 5 failures in 10m",
    "internal error: no jail",
  ]);
  assert.deepEqual(ground.reasons.get("/unbans"), ["unban: by hand"]);
});

test("a channel that fails is reported on the others, and lists what waits", async (t) => {
  const ground = await openGround(t);
  const notices = await ground.open(webhook("gone", NOWHERE), webhook("ops", ground.url));
  notices.emit(BLIND);
  await ground.until("/", 2);
  assert.deepEqual(ground.reasons.get("/"), [
    "no log",
    "channel gone did not accept notices: connection refused",
  ]);
  const gone = notices.channels().find(({ name }) => name === "gone");
  assert.equal(gone?.waiting, 1);
  assert.equal(gone.trouble?.reason, "connection refused");
});

test("a digest waits, and an error takes it along", async (t) => {
  const ground = await openGround(t);
  const digest = duration(3_600_000);
  const notices = await ground.open(webhook("ops", ground.url, { digest }));
  notices.emit(WELL);
  notices.emit(BLIND);
  await ground.until("/", 2);
  assert.deepEqual(ground.reasons.get("/"), ["it was blind", "no log"]);
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
