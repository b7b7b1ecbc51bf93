/** Bans with commands that change a real firewall, in a separate network: its rules drop, and no shell runs. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createConnection, createServer, type Server } from "node:net";
import { after, before, test } from "node:test";
import type { Enforcer } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { openCommand } from "./command.ts";
import { add, remove } from "./enforcer.contract.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

const SERVER = "192.0.2.1";
const BANNED = "192.0.2.10";
const NEIGHBOR = "192.0.2.20";

let server: Server;
let enforcer: Enforcer;

before(async () => {
  execFileSync("ip", ["link", "set", "lo", "up"]);
  for (const address of [SERVER, BANNED, NEIGHBOR])
    execFileSync("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
  server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(80, SERVER, resolve));
  const table = `add table inet mine
add set inet mine blocked { type ipv4_addr; flags interval, timeout; }
add chain inet mine input { type filter hook input priority 0; }
flush chain inet mine input
add rule inet mine input ip saddr @blocked drop`;
  const opened = await openCommand({
    start: ["nft", table],
    check: ["nft", "list", "chain", "inet", "mine", "input"],
    ban: ["nft", "add element inet mine blocked { {ip} }"],
    unban: ["nft", "delete", "element", "inet", "mine", "blocked", "{ {ip} }"],
    flush: ["nft", "flush", "set", "inet", "mine", "blocked"],
    stop: ["nft", "delete", "table", "inet", "mine"],
    isAllowed: () => false,
  });
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  enforcer = opened.value;
});

after(async () => {
  await enforcer.close();
  server.close();
});

function connects(from: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: SERVER, port: 80, localAddress: from, timeout: 500 });
    const end = (isConnected: boolean): void => {
      socket.destroy();
      resolve(isConnected);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

async function connections(): Promise<readonly boolean[]> {
  return [await connects(BANNED), await connects(NEIGHBOR)];
}

test("the banned client is dropped, also after another program removed the table", async () => {
  const now = instant(Date.now());
  assert.partialDeepStrictEqual(await enforcer.prepare(now), { error: undefined, repaired: false });
  assert.deepEqual(await connections(), [true, true]);
  assert.deepEqual(await enforcer.apply([add(BANNED), add("198.51.100.0/24")], now), []);
  assert.deepEqual(await connections(), [false, true]);

  execFileSync("nft", ["flush", "ruleset"]);
  assert.deepEqual(await connections(), [true, true]);
  assert.partialDeepStrictEqual(await enforcer.prepare(now), { error: undefined, repaired: true });
  assert.deepEqual(await enforcer.list(), []);
  assert.deepEqual(await enforcer.apply([add(BANNED)], now), []);
  assert.deepEqual(await connections(), [false, true]);

  assert.deepEqual(await enforcer.apply([remove(BANNED)], now), []);
  assert.deepEqual(await connections(), [true, true]);
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
  assert.equal(execFileSync("nft", ["list", "ruleset"], { encoding: "utf8" }), "");
});
