/**
 * Each service is a local server or program that behaves as its documentation says: it asks for a later try at first, then accepts
 * what is valid, and refuses a wrong secret.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { watch } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { ChannelConfig, ChannelKind } from "../config/channels/channel-kinds.ts";
import { resolveChannels } from "../config/resolve-channels.ts";
import { duration } from "../domain/duration.ts";
import { isRecord, parseJson } from "../domain/json.ts";
import { systemClock } from "../host/system-clock.ts";
import { Channel } from "./channel.ts";
import { noticeOf } from "./notice.fixture.ts";

const TOKEN = "tk_c0rrect:h0rse";
const LIMIT_MS = 60_000;

interface Asked {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** The body as JSON; an empty object if it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface FakeService {
  /** Keys of the table, beside those of the address and the token. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Asks for a later try. */
  readonly busy: Answer;
  readonly taken: Answer;
  readonly refused: Answer;
  /** Returns whether the request has the right secret. */
  readonly isAllowed: (asked: Asked) => boolean;
  /** Returns what is shown to people. */
  readonly shown: (asked: Asked) => unknown;
}

const isAtHook = ({ path }: Asked): boolean => path === `/hook/${encodeURIComponent(TOKEN)}`;
const hasBearer = ({ headers }: Asked): boolean => headers.authorization === `Bearer ${TOKEN}`;
const json = (value: unknown): string => JSON.stringify(value);

type HttpKind = Exclude<ChannelKind, "smtp" | "sendmail" | "command">;

const SERVICES: { readonly [kind in HttpKind]: FakeService } = {
  webhook: {
    busy: { status: 503 },
    taken: { status: 204 },
    refused: { status: 404 },
    isAllowed: isAtHook,
    shown: ({ body }) => body["text"],
  },
  slack: {
    busy: { status: 429, headers: { "retry-after": "1" } },
    taken: { status: 200, body: "ok" },
    refused: { status: 403, body: "invalid_token" },
    isAllowed: isAtHook,
    shown: ({ body }) => body["text"],
  },
  discord: {
    busy: {
      status: 429,
      headers: { "retry-after": "1" },
      body: json({ message: "You are being rate limited.", retry_after: 0.5, global: false }),
    },
    taken: { status: 204 },
    refused: { status: 404, body: json({ message: "Unknown Webhook", code: 10_015 }) },
    isAllowed: isAtHook,
    shown: ({ body }) => body["content"],
  },
  teams: {
    busy: { status: 429 },
    taken: { status: 202 },
    refused: { status: 401 },
    isAllowed: isAtHook,
    shown: ({ text }) => text,
  },
  telegram: {
    keys: { chat: "-1001" },
    busy: {
      status: 429,
      body: json({ ok: false, error_code: 429, parameters: { retry_after: 1 } }),
    },
    taken: { status: 200, body: json({ ok: true, result: { message_id: 1 } }) },
    refused: {
      status: 401,
      body: json({ ok: false, error_code: 401, description: "Unauthorized" }),
    },
    isAllowed: ({ path }) => path === `/bot${TOKEN}/sendMessage`,
    shown: ({ body }) => body["chat_id"] === "-1001" && body["text"],
  },
  matrix: {
    keys: { room: "!room:example.org" },
    busy: { status: 429, body: json({ errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 500 }) },
    taken: { status: 200, body: json({ event_id: "$1" }) },
    refused: { status: 401, body: json({ errcode: "M_UNKNOWN_TOKEN", error: "Unknown token" }) },
    isAllowed: hasBearer,
    shown: ({ method, path, body }) =>
      method === "PUT" &&
      /^\/_matrix\/client\/v3\/rooms\/!room%3Aexample\.org\/send\/m\.room\.message\/\w+$/.test(
        path ?? "",
      ) &&
      body["body"],
  },
  ntfy: {
    keys: { topic: "alerts" },
    busy: { status: 429, body: json({ code: 42_901, http: 429, error: "limit reached" }) },
    taken: { status: 200, body: json({ id: "x", event: "message", topic: "alerts" }) },
    refused: { status: 403, body: json({ code: 40_301, http: 403, error: "forbidden" }) },
    isAllowed: hasBearer,
    shown: ({ path, body }) => path === "/" && body["topic"] === "alerts" && body["message"],
  },
  gotify: {
    busy: { status: 502 },
    taken: { status: 200, body: json({ id: 1, appid: 1 }) },
    refused: { status: 401, body: json({ error: "Unauthorized", errorCode: 401 }) },
    isAllowed: ({ headers }) => headers["x-gotify-key"] === TOKEN,
    shown: ({ path, body }) => path === "/message" && body["message"],
  },
  pushover: {
    keys: { user_key: "uQiRzpo4DXghDmr9QzzfQu27cmVRsG" },
    busy: { status: 503 },
    taken: { status: 200, body: json({ status: 1, request: "r" }) },
    refused: { status: 400, body: json({ token: "invalid", status: 0 }) },
    isAllowed: ({ text }) => new URLSearchParams(text).get("token") === TOKEN,
    shown: ({ path, text }) =>
      path === "/1/messages.json" && new URLSearchParams(text).get("message"),
  },
  pagerduty: {
    busy: { status: 429 },
    taken: { status: 202, body: json({ status: "success", dedup_key: "d" }) },
    refused: { status: 400, body: json({ status: "invalid event", errors: ["routing_key"] }) },
    isAllowed: ({ body }) => body["routing_key"] === TOKEN,
    shown: ({ path, text }) => path === "/v2/enqueue" && text,
  },
  alertmanager: {
    busy: { status: 503 },
    taken: { status: 200 },
    refused: { status: 401 },
    isAllowed: hasBearer,
    shown: ({ path, text }) => path === "/api/v2/alerts" && text,
  },
  homeassistant: {
    busy: { status: 502 },
    taken: { status: 200, body: "[]" },
    refused: { status: 401, body: "401: Unauthorized" },
    isAllowed: hasBearer,
    shown: ({ path, body }) =>
      path === "/api/services/persistent_notification/create" && body["message"],
  },
};

async function openService(kind: HttpKind, t: TestContext) {
  const service = SERVICES[kind];
  const shown: string[] = [];
  const changed = new EventTarget();
  let asks = 0;
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asks++;
    const { method, url: path, headers } = request;
    const raw = await text(request);
    const data = parseJson(raw);
    const asked = { method, path, headers, text: raw, body: isRecord(data) ? data : {} };
    const isAllowed = service.isAllowed(asked);
    const answer = !isAllowed ? service.refused : asks === 1 ? service.busy : service.taken;
    response.writeHead(answer.status, answer.headers).end(answer.body);
    if (answer === service.taken) shown.push(String(service.shown(asked)));
    changed.dispatchEvent(new Event("asked"));
  };
  const server = createServer((request, response) => void take(request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const folder = mkdtempSync(join(tmpdir(), `bailiff-notify-${process.pid}-`));
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  return {
    shown,
    open: (token: string) => openChannel(kind, { base, folder, token }, t),
    async untilShown(): Promise<void> {
      const signal = AbortSignal.timeout(LIMIT_MS);
      while (shown.length === 0) await once(changed, "asked", { signal });
    },
  };
}

interface Place {
  readonly base: string;
  readonly folder: string;
  readonly token: string;
}

function openChannel(kind: HttpKind, { base, folder, token }: Place, t: TestContext): Channel {
  const secretFile = join(folder, "secret");
  const hasUrl = ["webhook", "slack", "discord", "teams"].includes(kind);
  const secret = hasUrl ? `${base}/hook/${encodeURIComponent(token)}` : token;
  writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 });
  const keys = {
    ...{ kind, min_interval: duration(1000), ...SERVICES[kind].keys },
    ...(hasUrl ? { url_file: secretFile } : { server: base, token_file: secretFile }),
  };
  return openChannelOf(keys, t);
}

function openChannelOf(keys: Readonly<Record<string, unknown>>, t: TestContext): Channel {
  const values = new Map<string, unknown>(Object.entries(keys));
  const [config]: readonly ChannelConfig[] = resolveChannels({
    names: ["ops"],
    at: () => (key) => values.get(key),
    portNames: new Map(),
  });
  const channel = new Channel({
    ...{ config: config ?? assert.fail(), host: "web1", clock: systemClock, emit: () => undefined },
    store: { load: () => undefined, save: () => undefined },
    retry: { first: duration(50), longest: duration(200) },
    gather: duration(1),
  });
  t.after(() => channel.close());
  return channel;
}

for (const kind of Object.keys(SERVICES) as HttpKind[])
  test(`${kind}: delivered after an outage, and a wrong secret is refused`, async (t) => {
    const service = await openService(kind, t);
    const channel = service.open(TOKEN);
    channel.notify(noticeOf("none for 47m"));
    await service.untilShown();
    assert.match(service.shown[0] ?? "", /sshd is blind: none for 47m/);
    const wrong = await service.open("wrong-secret").test(noticeOf("a test"));
    assert.ok(wrong.kind === "failed" && !wrong.retryable);
    const { status, body = "" } = SERVICES[kind].refused;
    assert.match(wrong.reason, new RegExp(`^it answered ${status}, an error`));
    assert.ok(wrong.reason.endsWith(body));
    assert.doesNotMatch(JSON.stringify(wrong), /wrong-secret/);
  });

/** A program that fails at first, then keeps its arguments and its input, and refuses if the file `refuse` exists. */
const PROGRAM = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
if [ -e refuse ]; then echo "no such user" >&2; exit 67; fi
if [ ! -e later ]; then touch later; echo "try later" >&2; exit 75; fi
echo "$*" > arguments; cat > input.part; mv input.part input
`;

for (const kind of ["command", "sendmail"] as const)
  test(`${kind}: delivered after a failure, and refused permanently by its exit code`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), `bailiff-notify-${process.pid}-`));
    t.after(() => rmSync(folder, { recursive: true }));
    const program = join(folder, "program");
    writeFileSync(program, PROGRAM, { mode: 0o755 });
    const channel = openChannelOf(
      { kind, run: [program, "-x"], program, to: ["root"], min_interval: duration(1000) },
      t,
    );
    const arrived = (async () => {
      const signal = AbortSignal.timeout(LIMIT_MS);
      for await (const { filename } of watch(folder, { signal })) if (filename === "input") return;
    })();
    channel.notify(noticeOf("$(id) none for 47m"));
    await arrived;
    const args = readFileSync(join(folder, "arguments"), "utf8");
    assert.equal(args, kind === "command" ? "-x\n" : "-i root\n");
    assert.match(
      readFileSync(join(folder, "input"), "utf8"),
      /sshd is blind: \$\(id\) none for 47m/,
    );
    writeFileSync(join(folder, "refuse"), "");
    assert.deepEqual(await channel.test(noticeOf("a test")), {
      ...{ kind: "failed", to: program, reason: "exit code 67: no such user" },
      ...{ retryable: false, wait: 0 },
    });
  });
