/** Orders of thousands of addresses through the real program: all take effect, with few lines in log and audit. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage } from "./stage.ts";

const BAILIFF = join(import.meta.dirname, "../../bailiff");
const COUNT = 10_000;
const MANY = Array.from({ length: COUNT }, (_, n) => `2001:db8:f000:${n.toString(16)}::1`);

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none", config: "" });
  stage.configure(`[fail2ban]
socket = ${JSON.stringify(join(stage.state, "f2b.sock"))}

[jails.sshd]
ignoreip = ["198.51.100.7"]
source = { file = [${JSON.stringify(stage.log)}] }
`);
  await stage.start();
  await stage.untilEvent("jail-ok");
});

after(() => stage[Symbol.asyncDispose]());

async function give(input: readonly string[], ...args: readonly string[]) {
  const argv = ["/bin/sh", BAILIFF, "--config", stage.config, ...args];
  const { ok, output, error } = await stage.lab.run("host", argv, input.join("\n"));
  return { ok, output: output.trim(), error };
}

async function audit(): Promise<readonly string[]> {
  const { output } = await stage.bailiff("history", "--audit", "--limit", "1000", "--json");
  const entries: unknown = JSON.parse(output);
  assert.ok(Array.isArray(entries));
  return entries.map((entry) => String(entry["action"]));
}

test(`${COUNT} addresses are banned and unbanned with one log line, few audit entries and one screen line`, async () => {
  const banned = await give(["# a list", ...MANY, `${MANY[0]} # again`], "ban", "-");
  assert.match(
    banned.output,
    /^10000 addresses banned by hand until .*: the\s+firewall\s+blocks\s+it$/,
  );
  assert.equal(
    (await stage.blocked()).filter((one) => one.startsWith("2001:db8:f000:")).length,
    COUNT,
  );
  assert.equal(stage.events("ban").length, 0);
  const [summary] = stage.events("bulk-change");
  assert.deepEqual([summary?.["change"], summary?.["count"]], ["banned", COUNT]);
  assert.equal((await audit()).filter((action) => action === "ban").length, COUNT / 500);
  const found = await stage.bailiff("history", "--audit", MANY[4711] ?? "");
  assert.match(found.output, /ban +root/);
  const again = await give(MANY, "ban", "--for", "1m", "-");
  assert.match(again.output, /^10000 addresses already banned by hand/);
  const lifted = await give(MANY, "unban", "-");
  assert.equal(lifted.output, "10000 bans lifted.");
  assert.equal((await stage.blocked()).length, 0);
  assert.equal((await audit()).filter((action) => action === "unban").length, COUNT / 500);
});

test("set JAIL banip of thousands over fail2ban's socket lists exempt addresses", async () => {
  const socket = join(stage.state, "f2b.sock");
  const client = async (...words: readonly string[]) => {
    const argv = ["/bin/sh", BAILIFF, "fail2ban-client", "-s", socket, ...words];
    const { output, error } = await stage.lab.run("host", argv);
    return { output: output.trim(), error };
  };
  const many = MANY.slice(0, 3000);
  const banned = await client("set", "sshd", "banip", ...many);
  assert.equal(banned.output, "3000");
  const refused = await client("set", "sshd", "banip", ...many.slice(0, 20), "198.51.100.7");
  assert.match(refused.output + refused.error, /198\.51\.100\.7 is allowed/);
  const lifted = await client("set", "sshd", "unbanip", ...many);
  assert.equal(lifted.output, "3000");
  assert.equal((await stage.blocked()).length, 0);
});

test("allowing thousands lifts their bans, and removing them lists those that were not allowed", async () => {
  const many = MANY.slice(0, 2000);
  assert.equal((await give(many, "set", "sshd", "banip", "-")).ok, true);
  const allowed = await give(many, "allow", "--reason", "office", "-");
  assert.equal(allowed.output, "2000 addresses allowed; 2000 bans lifted.");
  assert.equal((await stage.blocked()).length, 0);
  const removed = await give([...many, "192.0.2.99"], "allow", "--remove", "-");
  assert.match(
    removed.output,
    /^2000 addresses removed from the allow-list\.\n192\.0\.2\.99 is not on the allow-list\.$/,
  );
  assert.equal(removed.ok, false);
});

test("one invalid address cancels the whole order, and is reported with its line", async () => {
  const ended = await give([...MANY.slice(0, 50), "203.0.113.900"], "ban", "-");
  assert.equal(ended.ok, false);
  assert.match(ended.error, /standard input, line 51: "203\.0\.113\.900" is not a valid address/);
  const empty = await give(["# nothing"], "unban", "-");
  assert.match(empty.error, /standard input contains no address or network/);
  assert.equal((await stage.blocked()).length, 0);
});
