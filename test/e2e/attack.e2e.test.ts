/** Real ssh clients attack a real sshd: which addresses are banned, and exactly when. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { failures, openStage, type Stage, untilTrue } from "./stage.ts";

const ALLOWED = "192.0.2.99";

let stage: Stage;

before(async () => {
  stage = await openStage({
    sshd: "real",
    config: `[defaults]
maxretry = 3
bantime = "1h"
ignoreip = ["${ALLOWED}"]
increment = { enabled = false }

[jails.sshd]
`,
  });
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

async function packets(address: string): Promise<number> {
  const element = (await stage.lab.elements()).find((found) => found.address === address);
  return element?.packets ?? -1;
}

test("an address is banned exactly at maxretry failures", async () => {
  const from = "192.0.2.7";
  for (const n of [1, 2]) {
    assert.equal((await stage.lab.guess({ from, user: `user${n}` })).kind, "refused");
    await stage.untilEvent("failure", { ip: from, count: n });
    assert.deepEqual(await stage.blocked(), []);
  }
  assert.equal((await stage.lab.guess({ from })).kind, "refused", "the third is still answered");
  await stage.untilEvent("ban", { ip: from });
  await stage.untilBlocked(from);
  assert.deepEqual(
    (await stage.bans()).map(({ subject, jail, state }) => ({ subject, jail, state })),
    [{ subject: from, jail: "sshd", state: "enforced" }],
  );
});

test("the intruder's packets are dropped, and counted by the kernel", async () => {
  const from = "192.0.2.7";
  const first = await packets(from);
  assert.equal((await stage.lab.guess({ from })).kind, "no-answer");
  const second = await packets(from);
  assert.ok(second > first, `${first} then ${second} packets`);
  assert.equal((await stage.bans())[0]?.packets, second, "bans tells the kernel's number");
});

test("an innocent address is unaffected", async () => {
  assert.equal((await stage.lab.logIn()).kind, "let-in");
  assert.equal((await stage.lab.logIn(stage.lab.host.ipv6)).kind, "let-in");
});

test("other addresses of the intruder's IPv4 network are counted separately", async () => {
  assert.equal((await stage.lab.guess({ from: "192.0.2.8" })).kind, "refused");
});

test("an IPv6 intruder that changes its address inside one /64 is banned by the /64", async () => {
  for (const host of [1, 2, 3]) {
    assert.equal((await stage.lab.guess({ from: `2001:db8:a001::${host}` })).kind, "refused");
  }
  await stage.untilEvent("ban", { ip: "2001:db8:a001::/64" });
  await untilTrue(
    async () =>
      (await stage.bans()).some(
        ({ subject, state }) => subject === "2001:db8:a001::/64" && state === "enforced",
      ),
    "the network is banned",
  );
  assert.equal((await stage.lab.guess({ from: "2001:db8:a001::4" })).kind, "no-answer");
  assert.equal((await stage.lab.guess({ from: "2001:db8:a002::1" })).kind, "refused");
});

test("invariant 4: an allow-listed subject is never banned, by lines or by command", async () => {
  for (const _ of [1, 2, 3, 4]) {
    assert.equal((await stage.lab.guess({ from: ALLOWED })).kind, "refused");
  }
  await stage.untilEvent("ignored", { ip: ALLOWED });
  for (const subject of [ALLOWED, "192.0.2.0/24", "192.0.2.64/26"]) {
    const [result] = await stage.ask("ban", { subject });
    assert.equal(result?.outcome, "allow-listed", subject);
  }
  const command = await stage.bailiff("ban", ALLOWED);
  assert.match(command.output, /NOT banned/);
  assert.equal(command.code, 1);
  assert.ok(!(await stage.blocked()).some((address) => address.includes(ALLOWED)));
  assert.equal((await stage.lab.guess({ from: ALLOWED })).kind, "refused");
});

test("a ban of a jail that names ports leaves the other ports open", async () => {
  stage.configure(`[defaults]
maxretry = 3
increment = { enabled = false }

[jails.sshd]
ports = ["ssh"]
`);
  await stage.ask("reload", {});
  const from = "192.0.2.50";
  stage.write(failures(from, 3));
  await stage.untilBlocked(from);
  assert.equal((await stage.lab.guess({ from })).kind, "no-answer");
  assert.equal((await stage.lab.guess({ from, port: 2222 })).kind, "refused");
});

test("bans move to the ports that their jail names now, at a reload and at a start", async () => {
  const configOf = (ports: string): string => `[jails.sshd]\nports = ${ports}\n`;
  const from = "192.0.2.51";
  const isClosed = async (port: number): Promise<boolean> =>
    (await stage.lab.guess({ from, port })).kind === "no-answer";
  stage.configure(configOf("[22]"));
  await stage.ask("reload", {});
  assert.equal((await stage.bailiff("ban", from, "--jail", "sshd")).code, 0);
  assert.deepEqual([await isClosed(22), await isClosed(2222)], [true, false]);

  stage.configure(configOf("[22, 2222]"));
  await stage.ask("reload", {});
  await stage.untilEvent("bans-moved", { jail: "sshd", to: "tcp/22,tcp/2222" });
  assert.deepEqual([await isClosed(22), await isClosed(2222)], [true, true]);

  await stage.stop();
  stage.configure(configOf("[2222]"));
  await stage.start();
  assert.deepEqual([await isClosed(22), await isClosed(2222)], [false, true]);
  const blocks = (await stage.lab.elements()).filter((one) => JSON.stringify(one).includes(from));
  assert.equal(blocks.length, 1);
});
