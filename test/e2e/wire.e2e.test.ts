/**
 * The wire link: dropped packets of a banned address prove that bans work, and new log lines about a banned address
 * show that they do not. Both with real attempts at a real sshd, and a real path around the firewall.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { failedPassword, openStage, type Stage, THREE_STRIKES, untilTrue } from "./stage.ts";

const INTRUDER = "192.0.2.7";
/** Checks run every half minute; a busy machine needs longer. */
const LIMIT_MS = 180_000;

interface LinkReply {
  readonly link: string;
  readonly verdict: string;
  readonly evidence: string;
  readonly cause: string | null;
  readonly fix: string | null;
}

async function wireOf(stage: Stage): Promise<LinkReply | undefined> {
  const { output } = await stage.bailiff("doctor", "--json");
  const reply: { readonly jails: readonly { readonly links: readonly LinkReply[] }[] } =
    JSON.parse(output);
  return reply.jails[0]?.links.find(({ link }) => link === "wire");
}

/** Number of the intruder's packets that the kernel has dropped. */
async function droppedOf(stage: Stage): Promise<number | undefined> {
  return (await stage.lab.elements()).find(({ address }) => address === INTRUDER)?.packets;
}

/** Guesses until the address is banned; returns the time. */
async function untilBanned(stage: Stage): Promise<number> {
  for (let n = 0; n < 6 && stage.events("ban").length === 0; n++) {
    await stage.lab.guess({ from: INTRUDER });
    await stage.daemon.until('"event":"ban"', { limit: 500 });
  }
  await stage.untilEvent("ban", { ip: INTRUDER });
  return performance.now();
}

test("a banned intruder whose packets are dropped proves the wire, with numbers", async () => {
  await using stage = await openStage({ sshd: "real" });
  await stage.start();
  await untilBanned(stage);
  assert.equal((await stage.lab.guess({ from: INTRUDER })).kind, "no-answer");
  await untilTrue(async () => (await wireOf(stage))?.verdict === "proven", "proven");
  const { evidence } = (await wireOf(stage)) ?? { evidence: "" };
  assert.match(evidence, /^dropped [1-9]\d* packets? of 192\.0\.2\.7 within \d+m?s$/);
  assert.deepEqual(stage.events("ban-bypassed"), []);
  assert.equal((await stage.ask("status", {})).state, "protecting");
  // Bans from before the restart are proven by the kernel's counters.
  let verdict: string | undefined;
  await untilTrue(async () => {
    const before = await droppedOf(stage);
    await stage.stop();
    await stage.start();
    await stage.untilEvent("jail-ok");
    verdict = (await wireOf(stage))?.verdict;
    // The intruder's kernel retransmits unanswered packets: packets dropped in between would be a proof.
    return (await droppedOf(stage)) === before;
  }, "nothing comes during a restart");
  assert.equal(verdict, "unproven");
  assert.equal((await stage.lab.guess({ from: INTRUDER })).kind, "no-answer");
  await untilTrue(async () => (await wireOf(stage))?.verdict === "proven", "again");
});

test("with sshd in another network, lines of a banned address make the jail toothless, with the reason", async (context) => {
  await using stage = await openStage({ sshd: "real" });
  // The daemon runs in its own network namespace, so its bans do not affect sshd's.
  await stage.start({ through: ["/usr/bin/unshare", "--net"] });
  const began = await untilBanned(stage);
  const talking = stage.untilEvent("ban-bypassed", { ip: INTRUDER }, LIMIT_MS);
  let told = false;
  void talking.then(() => {
    told = true;
  });
  while (!told && performance.now() - began < LIMIT_MS) {
    await stage.lab.guess({ from: INTRUDER });
    await wait(500);
  }
  const event = await talking;
  context.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s after the ban`);
  assert.equal(event["cause"], "ban-bypassed");
  assert.equal(event["dropped"], 0);
  assert.match(String(event["reason"]), /sshd .* another network namespace/);
  const [jail] = (await stage.ask("status", {})).jails;
  assert.equal(jail?.state, "toothless");
  const wire = await wireOf(stage);
  assert.equal(wire?.cause, "ban-bypassed");
  assert.match(
    wire?.evidence ?? "",
    /^192\.0\.2\.7 has been banned since \d{4}-\d\d-\d\dT[\d:.]+Z, and \d+ more of its lines came, the last at \d{4}-\d\d-\d\dT[\d:.]+Z; 0 packets of it were dropped since then: /,
  );
  assert.notEqual(wire?.fix ?? "", "");
});

test("lines of a banned address without an explanation, from one port, and after they stop", async (context) => {
  await using stage = await openStage({ sshd: "none", config: THREE_STRIKES });
  await stage.start();
  const unseen = "192.0.2.20";
  const partly = "192.0.2.21";
  for (const ip of [unseen, partly]) {
    stage.write(Array.from({ length: 3 }, () => failedPassword(ip)));
    await stage.untilBlocked(ip);
  }
  const began = performance.now();
  const hears = (ip: string) => stage.events("ban-bypassed").find((event) => event["ip"] === ip);
  while ((!hears(unseen) || !hears(partly)) && performance.now() - began < LIMIT_MS) {
    for (const ip of [unseen, partly]) stage.write(failedPassword(ip));
    // The attempt gets no answer, but its packet is dropped and counted.
    await Promise.race([stage.lab.guess({ from: partly }), wait(3000)]);
  }
  context.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s after the bans`);
  assert.equal(hears(unseen)?.["cause"], "ban-bypassed");
  assert.match(String(hears(unseen)?.["fix"]), /tcpdump -ni any host 192\.0\.2\.20/);
  assert.equal(hears(partly)?.["cause"], "ban-incomplete");
  const wire = await wireOf(stage);
  assert.equal(wire?.cause, "ban-bypassed");
  assert.match(wire?.evidence ?? "", /^192\.0\.2\.20 .*; 1 more banned addresses are still active/);
  // A lifted ban is no longer reported as bypassed.
  await stage.bailiff("unban", unseen);
  assert.equal((await wireOf(stage))?.cause, "ban-incomplete");
  assert.equal((await stage.ask("status", {})).jails[0]?.state, "degraded");
  await stage.bailiff("unban", partly);
  assert.notEqual((await wireOf(stage))?.verdict, "found");
});
