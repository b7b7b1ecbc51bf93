import { systemClock } from "../host/system-clock.ts";
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { CodedError } from "../domain/errors.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { connectControl } from "./client.ts";
import { createEventFeed } from "./event-feed.ts";
import type { BanReply } from "./ban-messages.ts";
import { type AnswerCommand, type ControlServer, openControlServer } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-control-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));
let sockets = 0;

interface Fixture extends AsyncDisposable {
  readonly path: string;
  readonly server: ControlServer;
  readonly events: TelemetryEvent[];
  /** The first event from now on. */
  nextEvent(): Promise<TelemetryEvent>;
}

const BAN: BanReply = {
  subject: "192.0.2.7",
  jail: "sshd",
  from: "2027-01-15T08:00:00.000Z",
  until: null,
  origin: "manual",
  reason: "tested",
  state: "enforced",
  packets: 3,
  ports: "all",
  error: null,
  missing_in: [],
};

/** Answers each command with its own input. */
function answering(bans = 1): AnswerCommand {
  const known = {
    version: () => ({ version: "1.2.3" }),
    bans: () => Array.from({ length: bans }, () => BAN),
    unban: (input: object) => [{ subject: JSON.stringify(input), jail: "sshd" }],
  };
  return async (command, input, who) => {
    if (command === "why")
      throw new CodedError("no-address", `${who} asks nonsense`, { hint: "ask better" });
    if (command === "reload") throw new TypeError("secret inside");
    const answer = Object.entries(known).find(([name]) => name === command)?.[1];
    return (answer?.(input) ?? {}) as never;
  };
}

async function serve(
  change: Partial<Parameters<typeof openControlServer>[0]> = {},
): Promise<Fixture> {
  const path = join(folder, `${sockets++}`, "bailiff.sock");
  const events: TelemetryEvent[] = [];
  const emitted = new EventEmitter<{ event: [TelemetryEvent] }>();
  const emit = (event: TelemetryEvent): void => {
    events.push(event);
    emitted.emit("event", event);
  };
  const nextEvent = async (): Promise<TelemetryEvent> => {
    const [event] = await once(emitted, "event");
    return event;
  };
  const server = await openControlServer({
    path,
    group: undefined,
    answer: answering(),
    emit,
    ...change,
  });
  const close = async (): Promise<void> => await server[Symbol.asyncDispose]();
  return { path, server, events, nextEvent, [Symbol.asyncDispose]: close };
}

/** Unlike `once`, does not reject because of an error before "close". */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** Everything the server sends until it closes the connection. */
async function talk(path: string, words: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(path);
  const said: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => said.push(bytes));
  // The server may disconnect while the test still writes; only its replies matter.
  socket.on("error", () => undefined);
  for (const word of words) socket.write(word);
  await closed(socket);
  return Buffer.concat(said).toString();
}

/** A missing answer fails this test instead of the whole run. */
const BOUND = { timeout: 120_000 };

describe("the control socket", BOUND, () => {
  it("calls the answer function with the caller and the input", async () => {
    await using fixture = await serve();
    await using client = await connectControl(fixture.path);
    assert.deepEqual(await client.request("version", {}), { version: "1.2.3" });
    const [echo] = await client.request("unban", { subjects: ["192.0.2.7"], all: false });
    assert.equal(echo?.subject, '{"subjects":["192.0.2.7"],"all":false}');
    await assert.rejects(client.request("why", { subject: "x" }), {
      code: "no-address",
      message: /\(uid \d+\) asks nonsense/,
      hint: "ask better",
    });
  });

  it("is re-created when its file was removed, and existing connections continue", async () => {
    await using fixture = await serve({ lookEvery: 5 });
    await using before = await connectControl(fixture.path);
    const noticed = fixture.nextEvent();
    rmSync(dirname(fixture.path), { recursive: true });
    assert.equal((await noticed).event, "control-reopened");
    assert.deepEqual(await before.request("version", {}), { version: "1.2.3" });
    await using after = await connectControl(fixture.path);
    assert.deepEqual(await after.request("version", {}), { version: "1.2.3" });
    assert.equal(statSync(fixture.path).mode & 0o777, 0o600);
    await assert.rejects(serve({ path: fixture.path }), { code: "already-running" });
  });

  it("keeps a bug's details in the log", async () => {
    await using fixture = await serve();
    await using client = await connectControl(fixture.path);
    await assert.rejects(client.request("reload", {}), (error) => {
      assert.ok(error instanceof CodedError && error.code === "bug");
      return !error.message.includes("secret");
    });
    assert.equal(fixture.events[0]?.event, "bug");
    assert.deepEqual(await client.request("version", {}), { version: "1.2.3" });
  });

  it("sends 100,000 bans in parts", async () => {
    await using fixture = await serve({ answer: answering(100_000) });
    await using client = await connectControl(fixture.path);
    const bans = await client.request("bans", {});
    assert.equal(bans.length, 100_000);
    assert.deepEqual(bans[99_999], BAN);
  });

  it("is private, unless a group is configured", async () => {
    await using alone = await serve();
    assert.equal(statSync(alone.path).mode & 0o777, 0o600);
    await using shared = await serve({ group: "daemon" });
    assert.equal(statSync(shared.path).mode & 0o777, 0o660);
    await assert.rejects(serve({ group: "no-such-group" }), { code: "bad-config" });
  });

  it("replaces only a socket on which no process answers", async () => {
    const path = join(folder, "stale.sock");
    // A killed daemon leaves its socket file behind, like this server.
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(path, resolve));
    await assert.rejects(serve({ path }), { code: "already-running" });
    const keeper = join(folder, "link");
    const { linkSync } = await import("node:fs");
    linkSync(path, keeper);
    await new Promise((resolve) => dead.close(resolve));
    linkSync(keeper, path);
    await using fixture = await serve({ path });
    await using client = await connectControl(path);
    assert.deepEqual(await client.request("version", {}), { version: "1.2.3" });
    await assert.rejects(serve({ path }), { code: "already-running" });
    await client[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
    assert.equal(existsSync(path), false);
    writeFileSync(path, "a letter");
    await assert.rejects(serve({ path }), { code: "bad-config" });
  });

  it("of two daemons that start at the same time, one gets the socket", async () => {
    const path = join(folder, "race.sock");
    const started = await Promise.allSettled(Array.from({ length: 5 }, () => serve({ path })));
    const won = started.filter((one) => one.status === "fulfilled");
    assert.equal(won.length, 1);
    await using client = await connectControl(path);
    assert.deepEqual(await client.request("version", {}), { version: "1.2.3" });
    await won[0]?.value[Symbol.asyncDispose]();
  });

  it("sends live events to followers, with the number they missed", async () => {
    const feed = createEventFeed(systemClock, 10);
    await using fixture = await serve({ feed });
    await using client = await connectControl(fixture.path);
    await using other = await connectControl(fixture.path);
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const { event, missed } of client.follow(stop.signal)) {
        seen.push(
          event.event === "control-refused" ? `${String(event["reason"])} ${missed}` : event.event,
        );
        if (seen.length === 11) stop.abort();
      }
    })();
    // An answer on another connection does not prove that the follower is registered, so events are emitted until it
    // receives one.
    while (seen.length === 0) {
      feed.emit({ event: "jail-stopped", jail: "probe" });
      await other.request("version", {});
    }
    const before = seen.length;
    assert.ok(before < 11);
    seen.length = 0;
    for (let n = 0; n < 30; n++) feed.emit({ event: "control-refused", reason: String(n) });
    while (seen.length < 10) await other.request("version", {});
    feed.emit({ event: "control-refused", reason: "last" });
    await following;
    assert.deepEqual(seen.slice(0, 2), ["0 0", "1 0"]);
    assert.equal(seen.at(-1), "last 20");
  });
});

describe("the control socket with hostile clients", BOUND, () => {
  const hello = '{"v":1}\n';

  it("answers garbage with one error, disconnects and counts it", async () => {
    const words: readonly (readonly (string | Buffer)[])[] = [
      ["GET / HTTP/1.1\r\n\r\n"],
      ["\n"],
      [hello, "{}\n"],
      [hello, "null\n"],
      [hello, '{"id":-1,"command":"status","input":{}}\n'],
      [hello, '{"id":1,"command":"status"}\n'],
      [hello, Buffer.from([0xff, 0xfe, 0x0a])],
      [hello, `${"[".repeat(100_000)}\n`],
      [hello, "x".repeat(2 * 1024 * 1024)],
    ];
    await using fixture = await serve();
    for (const [n, word] of words.entries()) {
      const said = await talk(fixture.path, word);
      assert.match(said, /\{"id":null,"ok":false,"error":\{"code":"bad-message"/, String(n));
      assert.equal(
        fixture.events.filter((event) => event.event === "control-refused").length,
        n + 1,
      );
    }
    await using client = await connectControl(fixture.path);
    assert.deepEqual(await client.request("version", {}), { version: "1.2.3" });
  });

  it("refuses a client of another version with a message", async () => {
    await using fixture = await serve();
    assert.match(await talk(fixture.path, ['{"v":2}\n']), /"code":"version-mismatch"/);
  });

  it("reports an invalid command and keeps the connection", async () => {
    await using fixture = await serve();
    const socket = connect(fixture.path);
    socket.end(
      [
        '{"v":1}',
        '{"id":1,"command":"constructor","input":{}}',
        '{"id":2,"command":"why","input":{}}',
        '{"id":3,"command":"ban","input":{"subject":"192.0.2.7","for":-1}}',
        '{"id":4,"command":"ban","input":{"subject":"192.0.2.7","extra":1}}',
        '{"id":5,"command":"version","input":{}}',
        "",
      ].join("\n"),
    );
    const said = (await socket.toArray()).join("").trim().split("\n");
    assert.deepEqual(
      said.slice(1).map((line) => JSON.parse(line).error?.code ?? "ok"),
      ["unknown-command", "bad-input", "bad-input", "bad-input", "ok"],
    );
  });

  it("disconnects a client that does not finish a request or does not read a reply", async () => {
    await using fixture = await serve({ patience: 500, answer: answering(100_000) });
    assert.match(await talk(fixture.path, [hello, '{"id":1,']), /"code":"timeout"/);
    // A client that sends nothing is idle, which is not an error.
    const idle = await talk(fixture.path, []);
    assert.doesNotMatch(idle, /error/);
    const noticed = fixture.nextEvent();
    const deaf = connect(fixture.path);
    deaf.on("error", () => undefined);
    deaf.write(`${hello}{"id":1,"command":"bans","input":{}}\n`);
    deaf.pause();
    deaf.setEncoding("utf8");
    assert.match(JSON.stringify(await noticed), /the reply is not read/);
    // As documented: no error can be sent after unread data, so the connection may end within a line.
    const drained = (await deaf.toArray()).join("");
    assert.doesNotMatch(drained, /"ok":false|\n$/);
  });

  it("refuses an incomplete frame", async () => {
    await using fixture = await serve();
    const socket = connect(fixture.path);
    socket.end(`${hello}{"id":1,"comm`);
    assert.match((await socket.toArray()).join(""), /ended within a request/);
  });

  it("bounds connections, and closing the server frees them all", async () => {
    const fixture = await serve();
    const many: Socket[] = [];
    for (let n = 0; n < 64; n++) {
      const socket = connect(fixture.path);
      socket.on("error", () => undefined);
      await once(socket, "data");
      many.push(socket);
    }
    await assert.rejects(connectControl(fixture.path), { code: "busy" });
    const [first] = many;
    first?.destroy();
    // The slot becomes free when the server has noticed the disconnect.
    for (let tries = 0; ; tries++) {
      const client = await connectControl(fixture.path).catch(() => undefined);
      if (client !== undefined) {
        await client[Symbol.asyncDispose]();
        break;
      }
      assert.ok(tries < 100);
    }
    const ends = many.slice(1).map(closed);
    await fixture[Symbol.asyncDispose]();
    await Promise.all(ends);
  });

  it("accepts new clients after any bytes", async () => {
    await using fixture = await serve({ patience: 500 });
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
    const json = fc.json().map((text) => `${text}\n`);
    const request = fc
      .record({
        id: fc.oneof(fc.integer(), fc.string()),
        command: fc.constantFrom("ban", "why", "history", "follow"),
        input: fc.anything(),
      })
      .map(
        (one) =>
          `${JSON.stringify(one, (_key, value) => (typeof value === "bigint" ? "n" : value))}\n`,
      );
    const words = fc.array(fc.oneof(bytes, json, request, fc.constant(hello)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(words, async (said) => {
        const socket = connect(fixture.path);
        socket.on("error", () => undefined);
        for (const word of said) socket.write(word);
        socket.end();
        socket.resume();
        await closed(socket);
      }),
      fuzzRuns(15),
    );
    await using client = await connectControl(fixture.path);
    assert.deepEqual(await client.request("version", {}), { version: "1.2.3" });
    assert.ok(fixture.events.every((event) => event.event === "control-refused"));
  });
});

describe("the control client", BOUND, () => {
  it("says what to do when there is no daemon", async () => {
    await assert.rejects(connectControl(join(folder, "nowhere.sock")), {
      code: "not-running",
      hint: /bailiff run/,
    });
  });

  it("reports a server that is another program or version", async () => {
    for (const [greeting, code] of [
      ["220 mail.example.org ESMTP\r\n", "bad-reply"],
      ['{"bailiff":"control","v":2}\n', "version-mismatch"],
      ["", "connection-lost"],
    ] as const) {
      const path = join(folder, `other-${sockets++}.sock`);
      const other = createServer((socket) => socket.end(greeting));
      await new Promise<void>((resolve) => other.listen(path, resolve));
      await assert.rejects(connectControl(path), { code });
      other.close();
    }
  });

  it("gives up if the daemon accepts the connection and sends nothing", async () => {
    const path = join(folder, "silent.sock");
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket)).listen(path);
    await once(server, "listening");
    await assert.rejects(connectControl(path, { patience: 20 }), {
      code: "unreachable",
      message: /does not answer/,
    });
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it("reports a daemon that ends during an answer", async () => {
    const never = new Promise<never>(() => undefined);
    const asked = Promise.withResolvers<void>();
    const answer: AnswerCommand = () => {
      asked.resolve();
      return never;
    };
    const fixture = await serve({ answer });
    await using client = await connectControl(fixture.path);
    const request = client.request("version", {});
    await asked.promise;
    await Promise.all([
      assert.rejects(request, { code: "connection-lost" }),
      fixture[Symbol.asyncDispose](),
    ]);
  });
});
