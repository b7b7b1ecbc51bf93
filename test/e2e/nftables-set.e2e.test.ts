/** The daemon bans in sets of an administrator's table, beside its own table: what is missing delays no other. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStage, type Stage, THREE_STRIKES, untilTrue } from "./stage.ts";

const BANNED = "192.0.2.7";
const TABLE = `table inet filter {
  set blocked4 { type ipv4_addr; flags interval, timeout; elements = { 203.0.113.9 }; }
  chain input { type filter hook input priority 0; ip saddr @blocked4 drop; }
}`;

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
  stage.configure(
    `[enforcers.own]\nkind = "nftables-set"\ntable = "inet filter"\nset_ipv4 = "blocked4"\n` +
      THREE_STRIKES.replace("[defaults]", '[defaults]\nenforcer = ["nftables", "own"]'),
  );
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

async function nft(...args: readonly string[]): Promise<string> {
  const done = await stage.lab.run("host", ["/usr/sbin/nft", ...args]);
  assert.ok(done.ok, done.ok ? "" : done.error);
  return done.output;
}

async function isBanned(): Promise<boolean> {
  return (await nft("list", "table", "inet", "filter")).includes(`${BANNED} timeout`);
}

test("without the table bans are pending there only, with the reason", async () => {
  const { code } = await stage.bailiff("ban", BANNED, "--for", "1h");
  assert.equal(code, 1, "it is not enforced everywhere");
  assert.deepEqual(await stage.blocked(), [BANNED]);
  assert.partialDeepStrictEqual(await stage.bans(), [{ state: "pending", missing_in: ["own"] }]);
  const { output } = await stage.bailiff("why", BANNED);
  assert.match(output, /PENDING: own: table inet filter does not exist/);
});

test("when the table exists, its set gets the bans, and flushed elements return", async () => {
  await nft(TABLE);
  await untilTrue(isBanned, "the set has the ban");
  await untilTrue(async () => (await stage.bans())[0]?.state === "enforced", "it is enforced");
  await nft("flush", "set", "inet", "filter", "blocked4");
  await untilTrue(isBanned, "the element is added again");
});

test("doctor names the rule, and says when no rule uses the set", async () => {
  const { output } = await stage.bailiff("doctor", "--json");
  assert.match(output, /set blocked4: drop in chain input at input 0/);
  await nft("flush", "chain", "inet", "filter", "input");
  await untilTrue(async () => {
    const { output: said } = await stage.bailiff("doctor", "--json");
    return said.includes("no rule of table inet filter names blocked4, so bans have no effect");
  }, "it is reported");
  assert.deepEqual(await stage.blocked(), [BANNED]);
});

test("clear-firewall removes bailiff's elements, and nothing else of the table", async () => {
  await stage.stop();
  await nft("add", "element", "inet", "filter", "blocked4", "{ 203.0.113.9 }");
  const { code, output } = await stage.bailiff("clear-firewall");
  assert.deepEqual([code, output], [0, "Nothing of bailiff is left in nftables, own."]);
  const left = await nft("list", "ruleset");
  assert.match(left, /elements = \{ 203\.0\.113\.9 \}/);
  assert.doesNotMatch(left, /bailiff/);
});

test("a self-test proves a drop, and claims none where rules accept the loopback interface first", async () => {
  await using alone = await openStage({ sshd: "real" });
  const host = async (...args: readonly string[]): Promise<void> => {
    const done = await alone.lab.run("host", ["/usr/sbin/nft", ...args]);
    assert.ok(done.ok, done.ok ? "" : done.error);
  };
  await host(`table inet filter {
    set blocked4 { type ipv4_addr; counter; }
    set blocked6 { type ipv6_addr; flags interval, timeout; counter; }
    chain input {
      type filter hook input priority 0;
      ip saddr @blocked4 drop
      ip6 saddr @blocked6 drop
    }
  }`);
  const own = `[enforcers.own]\nkind = "nftables-set"\ntable = "inet filter"\nset_ipv4 = "blocked4"\nset_ipv6 = "blocked6"\n`;
  alone.configure(own + THREE_STRIKES.replace("[defaults]", '[defaults]\nenforcer = "own"'));
  await alone.start();
  const proven = await alone.bailiff("verify", "sshd", "--json");
  assert.equal(proven.code, 0, proven.output);
  assert.match(proven.output, /a packet from \S+ to \S+ was dropped/);
  await host("insert", "rule", "inet", "filter", "input", "iif", "lo", "accept");
  const passed = await alone.bailiff("verify", "sshd", "--json");
  assert.match(passed.output, /your rules may accept packets of the loopback interface first/);
  assert.doesNotMatch(passed.output, /"outcome": ?"failed"/);
  const { output } = await alone.bailiff("doctor");
  assert.match(output, /all bans present: .* set blocked4: drop in chain input at input 0/);
});
