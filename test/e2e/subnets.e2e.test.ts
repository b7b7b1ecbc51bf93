/** The detector of networks with a real sshd and a real firewall: whose packets the ban of a network drops. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { failures, openStage, type Stage, untilTrue } from "./stage.ts";

const NETWORK = "192.0.2.0/24";

let stage: Stage;

before(async () => {
  stage = await openStage({
    sshd: "real",
    config: `[defaults]
detect = { subnets = "act", siege = "off", evidence = "off" }

[jails.sshd]
`,
  });
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

/** Eight addresses of a network /24 fail twice each. */
function attack(network: string): readonly string[] {
  return Array.from({ length: 8 }, (_, i) => failures(`${network}.${i + 101}`, 2)).flat();
}

test("a network of eight offenders is dropped, also an address of it that did nothing", async () => {
  const unseen = "192.0.2.200";
  assert.equal((await stage.lab.guess({ from: "192.0.2.7" })).kind, "refused");
  stage.write(attack("192.0.2"));
  await stage.untilEvent("ban", { ip: NETWORK });
  await untilTrue(async () => {
    const bans = await stage.bans();
    return (
      bans.length === 1 &&
      bans.every(({ subject, state }) => subject === NETWORK && state === "enforced")
    );
  }, "the network alone is banned");
  assert.equal((await stage.lab.guess({ from: unseen })).kind, "no-answer");
  assert.ok(((await stage.bans())[0]?.packets ?? 0) > 0, "the kernel dropped its packets");
  const { output } = await stage.bailiff("why", unseen);
  assert.match(output, /subnets: 8 addresses of the network failed at least twice/);
  assert.equal((await stage.lab.logIn()).kind, "let-in", "the visitor is in another network");
});

test("the network of a user who has logged in is spared, and the user still gets in", async () => {
  const { visitor } = stage.lab;
  const network = visitor.ipv4.replace(/\.\d+$/, "");
  assert.equal((await stage.lab.logIn()).kind, "let-in");
  stage.write(attack(network));
  const { reason } = await stage.untilEvent("offense-suspected", { ip: `${network}.0/24` });
  assert.match(String(reason), /not banned: alice logged in with a key from /);
  assert.deepEqual(
    (await stage.bans()).map(({ subject }) => subject),
    [NETWORK],
  );
  assert.equal((await stage.lab.logIn()).kind, "let-in");
});

test("an unban of one address of the network lifts it, and its packets pass again", async () => {
  const address = "192.0.2.200";
  assert.equal((await stage.bailiff("unban", address)).code, 0);
  assert.deepEqual(await stage.bans(), []);
  assert.equal((await stage.lab.guess({ from: address })).kind, "refused");
});
