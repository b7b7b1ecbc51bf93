/** Real users: child processes drop root privileges and connect; the kernel reports their user to the daemon. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { systemClock } from "../host/system-clock.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { limitEvents } from "../telemetry/limit-events.ts";
import { connectControl } from "./client.ts";
import { type AnswerCommand, openControlServer } from "./server.ts";

const run = promisify(execFile);
/** User nobody and group nogroup have the same number on every Debian. */
const NOBODY = 65_534;

// Modules are loaded before root is dropped: other users may not be able to read the checkout.
const CHILD = `
const { connectControl } = await import("${new URL("./client.ts", import.meta.url).href}");
process.setgroups([]);
process.setgid(${NOBODY});
process.setuid(${NOBODY});
const ask = async (command, input, user) => {
  try {
    await using client = await connectControl(process.argv[1], { user });
    return await client.request(command, input);
  } catch (error) {
    return [error.code, error.hint];
  }
};
const unban = { subjects: ["192.0.2.7"], all: false };
console.log(JSON.stringify([
  await ask("version", {}), await ask("stop", { unban: false }), await ask("unban", unban, "alice"),
]));`;

const OPENING =
  'open the socket to a group: groupadd -rf bailiff; socket_group = "bailiff" in [daemon]; systemctl restart bailiff; usermod -aG bailiff nobody (a session sees its new group after the next login, a service after its restart)';

/**
 * Keeps all connections and the queue full: some connections stay open and read nothing, others reconnect repeatedly.
 */
const FLOOD = `
const { connect } = await import("node:net");
process.setgroups([]);
process.setgid(${NOBODY});
process.setuid(${NOBODY});
const path = process.argv[1];
let failures = 0;
const again = () => {
  const socket = connect(path);
  socket.on("error", () => { if (++failures === 100) console.log("full"); });
  socket.on("close", () => setImmediate(again));
  socket.on("connect", () => socket.destroy());
};
for (let n = 0; n < 200; n++) {
  const stays = connect(path);
  stays.on("error", () => undefined);
  stays.write('{"v":1}\\n' + '{"id":1,"command":"bans","input":{}}\\n'.repeat(1000));
  stays.pause();
}
for (let n = 0; n < 1000; n++) again();`;

async function askAsNobody(path: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", CHILD, path]);
  return JSON.parse(stdout);
}

describe("peers of the control socket", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-peer-${process.pid}-`));
  chmodSync(folder, 0o755);
  after(() => rmSync(folder, { recursive: true, force: true }));
  const asked: string[] = [];
  const answer: AnswerCommand = async (command, _input, who) => {
    asked.push(`${command} by ${who}`);
    return (command === "version" ? { version: "1" } : []) as never;
  };

  it("another user cannot connect", async () => {
    const path = join(folder, "private.sock");
    await using _server = await openControlServer({
      path,
      group: undefined,
      answer,
      emit: () => undefined,
    });
    const refused = ["permission-denied", `use sudo; or for commands that only read, ${OPENING}`];
    assert.deepEqual(await askAsNobody(path), [refused, refused, refused]);
    assert.deepEqual(asked, []);
  });

  it("a member of the group may read, and not change anything", async () => {
    const path = join(folder, "shared.sock");
    const events: TelemetryEvent[] = [];
    const emit = (event: TelemetryEvent): void => void events.push(event);
    await using _server = await openControlServer({ path, group: String(NOBODY), answer, emit });
    const operator =
      'use sudo; or make nobody the operator: socket_operator = "nobody" in [daemon]; systemctl restart bailiff';
    assert.deepEqual(await askAsNobody(path), [
      { version: "1" },
      ["permission-denied", "use sudo"],
      ["permission-denied", operator],
    ]);
    assert.deepEqual(asked.splice(0), ["version by nobody (uid 65534)"]);
    assert.deepEqual(events, [
      { event: "control-refused", reason: "nobody (uid 65534) may not stop" },
      { event: "control-refused", reason: "nobody (uid 65534) for alice may not unban" },
    ]);
  });

  it("the operator may change bans, and not stop the daemon", async () => {
    const path = join(folder, "operated.sock");
    await using _server = await openControlServer({
      ...{ path, group: String(NOBODY), operator: "nobody", answer, emit: () => undefined },
    });
    assert.deepEqual(await askAsNobody(path), [
      { version: "1" },
      ["permission-denied", "use sudo"],
      [],
    ]);
    assert.equal(asked[1], "unban by nobody (uid 65534) for alice");
  });

  it("a member who uses all connections and the queue of the group cannot lock out the owner", async () => {
    const path = join(folder, "flooded.sock");
    const emit = limitEvents(() => undefined, systemClock);
    await using _server = await openControlServer({ path, group: String(NOBODY), answer, emit });
    assert.equal(statSync(`${path}.owner`).mode & 0o777, 0o600);
    const flood = spawn(process.execPath, ["--input-type=module", "-e", FLOOD, path]);
    try {
      await once(flood.stdout, "data");
      for (let n = 0; n < 100; n++) {
        await using client = await connectControl(path);
        assert.deepEqual(await client.request("version", {}), { version: "1" });
      }
    } finally {
      flood.kill("SIGKILL");
      await once(flood, "close");
    }
  });

  it("the owner connects past the group's socket, whose queue members can fill", async () => {
    const path = join(folder, "separate.sock");
    const emit = (): void => undefined;
    await using _server = await openControlServer({ path, group: String(NOBODY), answer, emit });
    // Nobody can connect to the group's socket now, which a client tries second.
    renameSync(path, `${path}.elsewhere`);
    try {
      await using client = await connectControl(path);
      assert.deepEqual(await client.request("version", {}), { version: "1" });
    } finally {
      renameSync(`${path}.elsewhere`, path);
    }
  });

  it("a socket of another user at the owner's path is not used", async () => {
    const path = join(folder, "honest.sock");
    await using _server = await openControlServer({
      path,
      group: undefined,
      answer,
      emit: () => undefined,
    });
    const trap = createServer((socket) => socket.end("220 not a daemon\r\n")).listen(
      `${path}.owner`,
    );
    await once(trap, "listening");
    chownSync(`${path}.owner`, NOBODY, NOBODY);
    await using client = await connectControl(path);
    assert.deepEqual(await client.request("version", {}), { version: "1" });
    trap.close();
  });
});
