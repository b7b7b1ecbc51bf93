/**
 * Hostile clients of the socket send garbage, incomplete commands and floods. They are dropped and counted; others are
 * served.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { createWakeUp } from "../../host/wake-up.ts";
import { connectCommands } from "./command-client.ts";
import { CLOSE, END } from "./command-framing.ts";
import type { CommandPort } from "./command-port.ts";
import {
  type CommandSocket,
  type CommandSocketOptions,
  openCommandSocket,
} from "./command-socket.ts";
import { tuple } from "./pickle-value.ts";
import { unpickle } from "./unpickle.ts";
import { writePickle } from "./write-pickle.ts";

/** A daemon without jails. */
const EMPTY: CommandPort = {
  version: "1",
  jails: () => [],
  view: () => undefined,
  bans: () => [],
  ban: async () => 0,
  unban: async () => [],
  attempt: async () => true,
  change: async () => undefined,
  settings: () => new Map(),
  changeSetting: async () => undefined,
  addJail: async () => undefined,
  startJail: async () => undefined,
  stopJail: async () => undefined,
  reload: async () => undefined,
  stop: async () => undefined,
  flushLogs: () => "",
};

interface Opened {
  readonly socket: CommandSocket;
  readonly refused: readonly string[];
  /** Resolves with the reasons when there are so many. */
  readonly untilRefused: (count: number) => Promise<readonly string[]>;
}

async function withSocket(
  work: (opened: Opened) => Promise<void>,
  options: Partial<CommandSocketOptions> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-commands-${process.pid}-`));
  const refused: string[] = [];
  const wake = createWakeUp();
  const untilRefused = async (count: number): Promise<readonly string[]> => {
    const limit = AbortSignal.timeout(60_000);
    while (refused.length < count && !limit.aborted) await wake.wait(limit);
    assert.equal(refused.length, count);
    return refused;
  };
  const socket = await openCommandSocket({
    path: join(folder, "f.sock"),
    portFor: () => EMPTY,
    refused: (reason) => {
      refused.push(reason);
      wake.ring();
    },
    failed: (reason) => assert.fail(reason),
    ...options,
  });
  try {
    await work({ socket, refused, untilRefused });
  } finally {
    await socket[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
}

/** Sends the bytes, and returns everything received until the connection ends. */
async function exchange(path: string, ...chunks: readonly Uint8Array[]): Promise<Buffer> {
  const client = connect({ path, allowHalfOpen: true });
  const got: Buffer[] = [];
  client.on("data", (chunk: Buffer) => got.push(chunk));
  client.on("error", () => undefined);
  const closed = new Promise((resolve) => client.once("close", resolve));
  for (const chunk of chunks) client.write(chunk);
  client.once("end", () => client.end());
  await closed;
  return Buffer.concat(got);
}

function framesOf(bytes: Buffer): readonly unknown[] {
  const frames = bytes.toString("latin1").split(END.toString()).slice(0, -1);
  return frames.map((frame) => {
    const read = unpickle(Buffer.from(frame, "latin1"), { objects: "exceptions" });
    return read.ok ? read.value : read.error;
  });
}

const PING = Buffer.concat([writePickle(["ping"]), END]);
const FAREWELL = Buffer.concat([CLOSE, END]);

test("many commands on one connection are answered, in one chunk or byte by byte", () =>
  withSocket(async ({ socket, refused }) => {
    const all = Buffer.concat([
      PING,
      PING,
      Buffer.concat([writePickle(["version"]), END]),
      FAREWELL,
    ]);
    const expected = [tuple(0, "pong"), tuple(0, "pong"), tuple(0, "1")];
    assert.deepEqual(framesOf(await exchange(socket.path, all)), expected);
    const bytes = [...all].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(framesOf(await exchange(socket.path, ...bytes)), expected);
    assert.deepEqual(refused, []);
  }));

test("only the owner has access to the socket", () =>
  withSocket(async ({ socket }) => {
    assert.equal(statSync(socket.path).mode & 0o777, 0o600);
  }));

test("a pickle that builds an object is refused, reported and counted, and nothing runs", () =>
  withSocket(async ({ socket, refused }) => {
    const marker = `${socket.path}.built`;
    const attack = Buffer.from(`cos\nsystem\n(Vtouch ${marker}\ntR.`);
    const [reply] = framesOf(await exchange(socket.path, attack, END, PING));
    assert.match(String(reply), /^ERROR: bad command: opcode GLOBAL would build an object$/);
    assert.equal(statSync(marker, { throwIfNoEntry: false }), undefined);
    assert.equal(refused.length, 1);
    assert.equal(socket.dropped, 1);
  }));

test("a command without an end mark is refused at the bound", () =>
  withSocket(async ({ socket, refused }) => {
    const megabyte = Buffer.alloc(1024 * 1024, "x");
    const got = await exchange(socket.path, ...Array.from({ length: 6 }, () => megabyte));
    assert.ok(got.length < 1000, "the reply does not contain it");
    assert.match(refused[0] ?? "", /a command of more than/);
  }));

test("an incomplete command is refused after the time limit", () =>
  withSocket(
    async ({ socket, refused }) => {
      const got = await exchange(socket.path, Buffer.from("\x80\x04]"));
      assert.match(String(framesOf(got)[0]), /not complete in time/);
      assert.equal(refused.length, 1);
    },
    { patience: 100 },
  ));

test("a client that sends single bytes of a command, and no end, is dropped after the time limit", () =>
  withSocket(
    async ({ socket, untilRefused }) => {
      for (const before of [Buffer.alloc(0), PING, Buffer.concat([PING, PING])]) {
        const client = connect({ path: socket.path });
        client.on("error", () => undefined);
        client.resume();
        const closed = new Promise((resolve) => client.once("close", resolve));
        client.write(before);
        const sending = setInterval(() => client.write("x"), 10);
        await closed;
        clearInterval(sending);
      }
      for (const reason of await untilRefused(3)) assert.match(reason, /not complete in time/);
    },
    { patience: 100 },
  ));

test("a client that closes its half of the connection gets its answers, and no connection stays open", () =>
  withSocket(async ({ socket, refused }) => {
    for (let round = 0; round < 40; round++) {
      const client = connect({ path: socket.path, allowHalfOpen: true });
      const got: Buffer[] = [];
      client.on("data", (chunk: Buffer) => got.push(chunk));
      const closed = once(client, "close");
      client.end(Buffer.concat([PING, PING, PING.subarray(0, round % PING.length)]));
      await closed;
      assert.equal(framesOf(Buffer.concat(got)).length, 2);
    }
    assert.deepEqual(refused, []);
  }));

test("an invalid command is answered with an error, and the connection stays open", () =>
  withSocket(async ({ socket }) => {
    const strange = [7, null, [], [[]], new Map(), "ping", [true, "x"]].map((value) =>
      Buffer.concat([writePickle(value), END]),
    );
    const replies = framesOf(await exchange(socket.path, ...strange, PING, FAREWELL));
    assert.equal(replies.length, strange.length + 1);
    assert.deepEqual(replies.at(-1), tuple(0, "pong"));
  }));

test("a command may be a tuple as well as a list", () =>
  withSocket(async ({ socket }) => {
    const commands = [tuple("ping"), tuple("echo", "x", tuple(1)), ["version"], tuple()].map(
      (value) => Buffer.concat([writePickle(value), END]),
    );
    const [pong, echo, version, nothing] = framesOf(
      await exchange(socket.path, ...commands, FAREWELL),
    );
    assert.deepEqual([pong, version], [tuple(0, "pong"), tuple(0, "1")]);
    assert.deepEqual(echo, tuple(0, ["x", tuple(1)]));
    assert.ok(JSON.stringify(nothing).includes("IndexError"));
  }));

test("random frames never keep the next client from being answered", () =>
  withSocket(async ({ socket }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }),
        async (frames) => {
          await exchange(socket.path, ...frames.flatMap((frame) => [frame, END]), FAREWELL);
          await using client = await connectCommands(socket.path);
          assert.deepEqual(await client.send(["ping"]), { kind: "value", value: "pong" });
        },
      ),
      fuzzRuns(20),
    );
  }));

test("connections beyond the limit are refused; later ones are accepted again", () =>
  withSocket(async ({ socket, untilRefused }) => {
    const clients: Socket[] = [];
    const closed: Promise<unknown>[] = [];
    for (let i = 0; i < 40; i++) {
      const client = connect(socket.path).resume();
      client.on("error", () => undefined);
      clients.push(client);
      closed.push(new Promise((resolve) => client.once("close", resolve)));
      await once(client, "connect");
    }
    await untilRefused(8);
    for (const client of clients) client.end();
    // The server has closed its side of each.
    await Promise.all(closed);
    await using client = await connectCommands(socket.path);
    assert.deepEqual(await client.send(["ping"]), { kind: "value", value: "pong" });
  }));

test("a client that never reads its answers is dropped after the time limit", () =>
  withSocket(
    async ({ socket, untilRefused }) => {
      const client = connect(socket.path);
      client.on("error", () => undefined);
      const closed = new Promise((resolve) => client.once("close", resolve));
      client.pause();
      const large = Buffer.concat([writePickle(["echo", "x".repeat(1_000_000)]), END]);
      for (let i = 0; i < 8; i++) client.write(large);
      await using other = await connectCommands(socket.path);
      assert.deepEqual(await other.send(["ping"]), { kind: "value", value: "pong" });
      const [reason = ""] = await untilRefused(1);
      assert.match(reason, /an answer was not taken in time/);
      client.resume();
      await closed;
    },
    { patience: 1000 },
  ));
