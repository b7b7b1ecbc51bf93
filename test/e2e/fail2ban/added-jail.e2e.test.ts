/**
 * Jails that are added, configured and started over fail2ban's socket: the unmodified client prints the same as for a
 * real fail2ban, and the jail works until the next reload.
 */
import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { formatLocal } from "../../../src/fail2ban/server/log-line.ts";
import { untilTrue } from "../stage.ts";
import { normalize, openTwoServers, type Server, type TwoServers } from "./two-servers.ts";

let servers: TwoServers;
before(async () => {
  servers = await openTwoServers();
  for (const name of ["new", "other", "t4"]) writeFileSync(`${servers.folder}/${name}.log`, "");
});
after(async () => {
  await servers[Symbol.asyncDispose]();
});

type Words = readonly string[];

async function assertSame(commands: readonly Words[]): Promise<void> {
  for (const words of commands) {
    const [real, ours] = await Promise.all([
      servers.real.ask(...words),
      servers.ours.ask(...words),
    ]);
    assert.equal(normalize(ours), normalize(real), words.join(" "));
  }
}

async function assertBans(server: Server, jail: string, ip: string): Promise<void> {
  await untilTrue(
    async () => (await server.ask("get", jail, "banned", ip)).out === "1\n",
    `${jail} bans ${ip}: ${servers.events()}`,
  );
}

function fail(log: string, ip: string, times: number): void {
  const line = `${formatLocal(Date.now())} denied ${ip}\n`;
  for (let i = 0; i < times; i++) appendFileSync(log, line);
}

test("a jail that is added, configured and started bans, as in fail2ban", async () => {
  const log = `${servers.folder}/new.log`;
  const set = (...words: Words): Words => ["set", "n1", ...words];
  const get = (option: string): Words => ["get", "n1", option];
  await assertSame([
    ["add", "n1", "polling"],
    ["add", "n2", "smoke-signals"],
    ["status"],
    ["status", "n1"],
    ...["maxretry", "findtime", "bantime", "ignoreip", "failregex", "logpath"].map(get),
    ...["actions", "usedns", "maxlines", "ignoreregex", "prefregex", "datepattern"].map(get),
    set("addlogpath", `${servers.folder}/missing.log`),
    set("addlogpath", log),
    set("addfailregex", "^ denied <HOST>$"),
    set("addfailregex", "no host"),
    set("maxretry", "2"),
    set("bantime", "1h"),
    ["get", "n1", "failregex"],
  ]);
  // fail2ban 1.0.2 fails here because of a bug.
  assert.match((await servers.ours.ask("add", "n1")).out, /^The jail 'n1' already exists\n/);
  assert.match((await servers.ours.ask(...set("banip", "203.0.113.5"))).out, /start n1 first/);
  fail(log, "203.0.113.7", 1);
  await assertSame([
    ["start", "n1"],
    ["start", "n1"],
  ]);
  fail(log, "203.0.113.7", 1);
  for (const server of [servers.real, servers.ours]) await assertBans(server, "n1", "203.0.113.7");
  await assertSame([["get", "n1", "banip"]]);
});

test("a jail whose last log is removed reads nothing until it gets another", async () => {
  const [log, other] = [`${servers.folder}/new.log`, `${servers.folder}/other.log`];
  await assertSame([
    ["set", "n1", "dellogpath", log],
    ["get", "n1", "logpath"],
    ["set", "n1", "dellogpath", log],
    ["set", "t1", "dellogpath", servers.logs[0]],
    ["set", "t1", "dellogpath", servers.logs[1]],
    ["get", "t1", "logpath"],
  ]);
  await untilTrue(
    () => /"jail":"t1"[^\n]*"state":"blind"/.test(servers.events()),
    `a jail without a log is not called protecting: ${servers.events()}`,
  );
  fail(log, "203.0.113.8", 3);
  await assertSame([["set", "n1", "addlogpath", other]]);
  fail(other, "203.0.113.9", 3);
  for (const server of [servers.real, servers.ours]) {
    await assertBans(server, "n1", "203.0.113.9");
    assert.equal((await server.ask("get", "n1", "banned", "203.0.113.8")).out, "0\n");
  }
});

test("a jail can be added without a backend, and again after it was stopped", async () => {
  await assertSame([
    ["stop", "n1"],
    ["status"],
    ["add", "n1"],
    ["get", "n1", "failregex"],
    ["stop", "n1"],
    ["add", "n3"],
    ["start", "n3"],
    ["status", "n3"],
    ["set", "n3", "banip", "203.0.113.30"],
    ["get", "n3", "banned", "203.0.113.30"],
  ]);
  await untilTrue(
    () => /"jail":"n3"[^\n]*"state":"observing"/.test(servers.events()),
    `a jail for bans by hand is not blind: ${servers.events()}`,
  );
  assert.doesNotMatch(servers.events(), /"jail":"n3"[^\n]*"state":"blind"/);
  await assertSame([
    ["set", "n3", "addlogpath", `${servers.folder}/t4.log`],
    ["set", "n3", "addfailregex", "^ denied <HOST>$"],
  ]);
  fail(`${servers.folder}/t4.log`, "203.0.113.20", 3);
  for (const server of [servers.real, servers.ours]) await assertBans(server, "n3", "203.0.113.20");
});

test("an added jail is removed by the next reload", async () => {
  await assertSame([
    ["add", "n5", "polling"],
    ["reload"],
    ["status"],
    ["status", "n3"],
    ["status", "n5"],
  ]);
});
