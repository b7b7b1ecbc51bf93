/** `bailiff restore`: recorded bans are in force before the daemon runs, also if it could not start. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage, THREE_STRIKES } from "./stage.ts";

const BANNED = ["192.0.2.7", "2001:db8:7::/64"];

const CHECKOUT = join(import.meta.dirname, "../..");
const SH = "/bin/sh";

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
});

after(() => stage[Symbol.asyncDispose]());

async function flush(): Promise<void> {
  const done = await stage.lab.run("host", ["/usr/sbin/nft", "flush", "ruleset"]);
  assert.ok(done.ok, done.ok ? "" : done.error);
  assert.deepEqual(await stage.blocked(), []);
}

test("without a record nothing is restored, and none is made", async () => {
  assert.deepEqual(await stage.bailiff("restore"), { code: 0, output: "No ban is recorded." });
  assert.deepEqual(readdirSync(stage.state), []);
});

test("recorded bans are put into an empty firewall, except expired ones and those of exempt addresses", async () => {
  await stage.start();
  for (const [subject, time] of [...BANNED.map((one) => [one, "1h"]), ["192.0.2.9", "1s"]])
    assert.equal((await stage.bailiff("ban", `${subject}`, "--for", `${time}`)).code, 0);
  await stage.bailiff("ban", "192.0.2.8", "--for", "1h");
  await stage.untilEvent("unban", { ip: "192.0.2.9" });
  await stage.stop();
  await flush();
  stage.configure(
    `[defaults]\nignoreip = ["192.0.2.8"]\n${THREE_STRIKES}`.replace(
      "[defaults]\nmaxretry",
      "maxretry",
    ),
  );
  const { code, output } = await stage.bailiff("restore");
  assert.equal(code, 0, output);
  assert.match(output, /^2 bans in force through nftables; 1 other left to the daemon\.$/m);
  assert.deepEqual(await stage.blocked(), ["192.0.2.7", "2001:db8:7::"]);
});

test("with an invalid configuration bans are restored, and none is removed", async () => {
  stage.configure(`${THREE_STRIKES}maxretri = 5\n`);
  // The state of the stage is not the usual one, and an invalid configuration does not name it.
  const usual = "/var/lib/bailiff";
  const script = `mkdir -p ${usual}; mount --bind "$1" ${usual}; exec "$2" --config "$3" restore`;
  const command = [SH, "-ec", script, "sh", stage.state, join(CHECKOUT, "bailiff"), stage.config];
  for (const before of [flush, async () => undefined]) {
    await before();
    const done = await stage.lab.run("host", ["/usr/bin/unshare", "--mount", ...command]);
    assert.equal(done.ok, false);
    assert.match(done.ok ? "" : done.error, /unknown key "maxretri"/);
    assert.deepEqual(await stage.blocked(), ["192.0.2.7", "192.0.2.8", "2001:db8:7::"]);
  }
});

test("a running daemon is left alone, because it restores bans itself", async () => {
  stage.configure(THREE_STRIKES);
  await stage.start();
  const { code, output } = await stage.bailiff("restore");
  assert.equal(code, 69, output);
  assert.match(output, /another daemon works with/);
  await stage.stop();
});
