/** Several jails in one daemon share files, fail independently, and never lift each other's bans. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { failedPassword, failures, openStage, type Stage } from "./stage.ts";

let stage: Stage;
let other: string;

before(async () => {
  stage = await openStage({ sshd: "none" });
  other = join(stage.lab.folder, "later.log");
  stage.configure(twoJails("enabled = true"));
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

function twoJails(more: string): string {
  const log = JSON.stringify(stage.log);
  return `[defaults]
increment = { enabled = false }

[jails.sshd]
source = { file = [${log}] }
maxretry = 3
bantime = "3s"
ports = ["ssh"]

[jails.strict]
filter = "sshd"
source = { file = [${log}] }
maxretry = 5
bantime = "1h"
ports = ["ssh"]

[jails.later]
filter = "sshd"
source = { file = [${JSON.stringify(other)}] }
maxretry = 2
${more}
`;
}

async function jailsBanning(subject: string): Promise<readonly string[]> {
  return (await stage.bans())
    .filter((ban) => ban.subject === subject)
    .map(({ jail }) => jail)
    .sort();
}

test("two jails on one file count separately", async () => {
  stage.write(failures("192.0.2.7", 3));
  await stage.untilEvent("ban", { ip: "192.0.2.7", jail: "sshd" });
  assert.deepEqual(await jailsBanning("192.0.2.7"), ["sshd"]);
  stage.write(failures("192.0.2.7", 2));
  await stage.untilEvent("ban", { ip: "192.0.2.7", jail: "strict" });
  const status = await stage.ask("status", {});
  const failed = Object.fromEntries(status.jails.map(({ name, failures: n }) => [name, n]));
  assert.deepEqual(failed, { sshd: 5, strict: 5, later: 0 });
  assert.equal(stage.events("source-started").length, 1, "the file is read once");
});

test("the end of one jail's ban does not lift another jail's ban of the same address and port", async () => {
  await stage.untilEvent("unban", { ip: "192.0.2.7", jail: "sshd" });
  assert.deepEqual(await jailsBanning("192.0.2.7"), ["strict"]);
  const [element] = (await stage.lab.elements()).filter(({ address }) => address === "192.0.2.7");
  assert.ok((element?.expires ?? 0) > 3000, "held for the longer of the two");
});

test("lifting one jail's ban keeps the other's", async () => {
  stage.write(failures("192.0.2.8", 5));
  await stage.untilEvent("ban", { ip: "192.0.2.8", jail: "strict" });
  assert.equal((await stage.bailiff("unban", "--jail", "strict", "192.0.2.8")).code, 0);
  await stage.ask("ban", { subject: "192.0.2.8", jail: "sshd", for: 60_000 });
  await stage.ask("ban", { subject: "192.0.2.8", for: 60_000 });
  assert.equal((await stage.bailiff("unban", "--jail", "sshd", "192.0.2.8")).code, 0);
  assert.deepEqual(await jailsBanning("192.0.2.8"), ["manual"]);
  assert.ok((await stage.blocked()).includes("192.0.2.8"));
  assert.equal((await stage.bailiff("unban", "192.0.2.8")).code, 0);
  assert.ok(!(await stage.blocked()).includes("192.0.2.8"));
});

test("invariant 10: a jail whose source is missing stops no other, and begins when it appears", async () => {
  const before = await stage.ask("status", { jail: "later" });
  assert.ok(!["protecting", "observing"].includes(before.jails[0]?.state ?? ""));
  assert.match(before.jails[0]?.reason ?? "", /later\.log/);
  const healthy = await stage.ask("status", { jail: "sshd" });
  assert.equal(healthy.jails[0]?.state, "protecting");
  assert.equal((await stage.bailiff("status")).code, 1, "not every jail protects");
  writeFileSync(other, `${failures("192.0.2.9", 2).join("\n")}\n`);
  await stage.untilBlocked("192.0.2.9");
  const status = await stage.ask("status", { jail: "later" });
  assert.equal(status.jails[0]?.state, "protecting");
});

test("invariant 10: a jail that is switched off by a reload takes no other with it", async () => {
  stage.write(failures("192.0.2.10", 2));
  await stage.untilEvent("failure", { ip: "192.0.2.10", count: 2, jail: "sshd" });
  stage.configure(twoJails("enabled = false"));
  await stage.ask("reload", {});
  await stage.untilEvent("jail-stopped", { jail: "later" });
  stage.write(failedPassword("192.0.2.10"));
  await stage.untilEvent("ban", { ip: "192.0.2.10", jail: "sshd" });
  assert.ok((await stage.blocked()).includes("192.0.2.9"), "its bans stay until they end");
});

test("invariant 5: a source that is changed and changed back reads no line twice", async () => {
  const log = JSON.stringify(stage.log);
  const reading = (files: string): string => `[defaults]
maxretry = 4
increment = { enabled = false }

[jails.sshd]
source = { file = [${files}] }
`;
  const address = "192.0.2.60";
  for (const [i, files] of [log, `${log}, "/nowhere/else.log"`, log].entries()) {
    stage.configure(reading(files));
    await stage.ask("reload", {});
    stage.write(failedPassword(address));
    await stage.untilEvent("failure", { ip: address, jail: "sshd", count: i + 1 });
  }
  const { watching } = await stage.ask("why", { subject: address });
  assert.deepEqual(
    watching.map(({ jail, failures: counted }) => ({ jail, counted })),
    [{ jail: "sshd", counted: 3 }],
  );
  await stage.stop();
  stage.configure(reading(`${log}, "/nowhere/else.log"`));
  await stage.start();
  stage.write(failedPassword("192.0.2.61"));
  await stage.untilEvent("failure", { ip: "192.0.2.61", count: 1 });
  await stage.stop();
  stage.configure(reading(log));
  await stage.start();
  stage.write(failedPassword("192.0.2.61"));
  await stage.untilEvent("failure", { ip: "192.0.2.61", count: 2 });
  const again = await stage.ask("why", { subject: "192.0.2.61" });
  assert.equal(again.watching[0]?.failures, 2);
});

test("why names the enforcer of each ban, of an observing jail and of one that drops", async () => {
  const log = JSON.stringify(stage.log);
  stage.configure(`[defaults]
maxretry = 3

[jails.sshd]
source = { file = [${log}] }

[jails.trial]
filter = "sshd"
source = { file = [${log}] }
enforcer = "memory"
`);
  await stage.ask("reload", {});
  stage.write(failures("192.0.2.62", 3));
  for (const jail of ["sshd", "trial"]) await stage.untilEvent("ban", { ip: "192.0.2.62", jail });
  const { bans } = await stage.ask("why", { subject: "192.0.2.62" });
  const enforcers = bans.map(({ jail, enforcer }) => `${jail}: ${enforcer}`);
  assert.deepEqual(enforcers.toSorted(), ["sshd: nftables", "trial: memory"]);
});
