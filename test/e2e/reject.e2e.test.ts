/** The daemon rejects banned clients with nftables: from a reload to proofs, self-test, restore and removal. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStage, type Stage, THREE_STRIKES, untilTrue } from "./stage.ts";

const BANNED = "192.0.2.7";
/** The name of the table sorts before its kind. */
const REJECTING = `${THREE_STRIKES}enforcer = "a"
[enforcers.a]
kind = "nftables"
verdict = "reject"
reject_with = "icmp-admin-prohibited"
`;

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "real" });
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

async function nft(...args: readonly string[]): Promise<string> {
  const done = await stage.lab.run("host", ["/usr/sbin/nft", ...args]);
  assert.ok(done.ok, done.ok ? "" : done.error);
  return done.output;
}

async function refuses(): Promise<boolean> {
  const table = await nft("list", "table", "inet", "bailiff");
  assert.equal(table.includes("goto refuse"), table.includes("reject with icmp admin-prohibited"));
  return table.includes("goto refuse");
}

test("a reload begins to reject, and keeps the bans", async () => {
  assert.equal((await stage.bailiff("ban", BANNED, "--for", "1h")).code, 0);
  assert.equal(await refuses(), false);
  stage.configure(REJECTING);
  const { code, output } = await stage.bailiff("reload");
  assert.equal(code, 0, output);
  await untilTrue(refuses, "packets are rejected");
  assert.deepEqual(await stage.blocked(), [BANNED]);
  assert.match((await stage.bailiff("status")).output, /a refuses packets of banned addresses/);
});

test("doctor shows the verdict as read back, and a self-test passes", async () => {
  const { output } = await stage.bailiff("doctor", "--json");
  assert.match(output, /prerouting -310, [^"]*, rejecting with icmp-admin-prohibited/);
  const verified = await stage.bailiff("verify", "sshd", "--json");
  assert.equal(verified.code, 0, verified.output);
  assert.match(verified.output, /a packet from \S+ to \S+ was dropped/);
});

test("a removed verdict is repaired", async () => {
  const from = stage.daemon.written;
  await nft("flush", "chain", "inet", "bailiff", "refuse");
  await stage.daemon.until('"event":"firewall-repaired"', { from });
  assert.equal(await refuses(), true);
});

test("restore rejects as the daemon did, and clear-firewall leaves nothing", async () => {
  await stage.stop();
  await nft("flush", "ruleset");
  const restored = await stage.bailiff("restore");
  assert.equal(restored.code, 0, restored.output);
  assert.equal(await refuses(), true);
  assert.deepEqual(await stage.blocked(), [BANNED]);
  const { code, output } = await stage.bailiff("clear-firewall");
  assert.deepEqual([code, output], [0, "Nothing of bailiff is left in a."]);
  assert.equal(await nft("list", "ruleset"), "");
});
