/**
 * The firewall link is proven by reading it back: damage by another program, from the hook to an element, is detected,
 * repaired and reported with the program's name; repeated damage degrades the jail.
 */
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { failures, openStage, type Stage, untilTrue } from "./stage.ts";

const NFT = "/usr/sbin/nft";
const BANNED = ["192.0.2.7", "192.0.2.8", "2001:db8:a001::"];
const TABLE = "inet bailiff";
const GUARD = `${TABLE} guard`;

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
  await restart();
});

after(() => stage[Symbol.asyncDispose]());

/** Restarts the daemon, because repairs of earlier tests would count. */
async function restart(): Promise<void> {
  await stage.start();
  stage.write(["192.0.2.7", "192.0.2.8", "2001:db8:a001::9"].flatMap((ip) => failures(ip, 3)));
  for (const address of BANNED) await stage.untilBlocked(address);
  await untilState("protecting");
}

async function jail() {
  const [found] = (await stage.ask("status", {})).jails;
  assert.ok(found !== undefined);
  return found;
}

async function untilState(state: string, limit?: number): Promise<void> {
  await untilTrue(async () => (await jail()).state === state, state, limit);
}

async function nft(text: string): Promise<void> {
  const done = await stage.lab.run("host", [NFT, text]);
  assert.ok(done.ok, `${text}: ${done.error}`);
}

async function setOf(address: string): Promise<string> {
  const element = (await stage.lab.elements()).find((one) => one.address === address);
  assert.ok(element !== undefined);
  return element.set;
}

async function listing(): Promise<string> {
  const { output } = await stage.lab.run("host", [NFT, "-a", "-s", "-t", "list", "ruleset"]);
  return output;
}

/** Asserts the expected table: one base chain, a drop rule for each set, nothing else. */
async function assertWhole(what: string): Promise<void> {
  const text = await listing();
  assert.equal(text.match(/hook prerouting priority raw - 10; policy accept;/g)?.length, 1, text);
  assert.equal(text.match(/saddr .*@v\d\w+ drop/g)?.length, 3, `${what}: ${text}`);
  assert.doesNotMatch(text, /\baccept #|dormant|renamed|stranger/, what);
  const blocked = await stage.blocked();
  for (const address of BANNED) assert.ok(blocked.includes(address), `${what}: ${address}`);
}

const DAMAGES: readonly { readonly what: string; readonly commands: () => Promise<string> }[] = [
  { what: "flush ruleset", commands: async () => "flush ruleset" },
  { what: "delete the table", commands: async () => `delete table ${TABLE}` },
  {
    what: "delete the chain",
    commands: async () => `flush chain ${GUARD}; delete chain ${GUARD}`,
  },
  {
    what: "delete a rule",
    commands: async () => {
      const handle = / drop # handle (\d+)/.exec(await listing())?.[1];
      return `delete rule ${GUARD} handle ${handle}`;
    },
  },
  {
    what: "delete an element",
    commands: async () =>
      `delete element ${TABLE} ${await setOf(BANNED[0] ?? "")} { ${BANNED[0]} }`,
  },
  {
    what: "an element that ends too early",
    commands: async () => {
      const element = `element ${TABLE} ${await setOf(BANNED[0] ?? "")}`;
      return `delete ${element} { ${BANNED[0]} }; add ${element} { ${BANNED[0]} timeout 30s }`;
    },
  },
  {
    what: "an accept rule on top of our chain",
    commands: async () => `insert rule ${GUARD} accept`,
  },
  {
    what: "another policy",
    commands: async () => `add chain ${GUARD} { policy drop; }`,
  },
  {
    what: "another hook and priority",
    commands: async () =>
      `flush chain ${GUARD}; delete chain ${GUARD}; add chain ${GUARD} { type filter hook input priority 5; }`,
  },
  { what: "a dormant table", commands: async () => `add table ${TABLE} { flags dormant; }` },
  { what: "a renamed chain", commands: async () => `rename chain ${GUARD} renamed` },
  {
    what: "a chain of somebody else in our table",
    commands: async () =>
      `add chain ${TABLE} stranger { type filter hook prerouting priority -400; policy accept; }`,
  },
];

test("the elements read back are the evidence", async () => {
  // Waits for another read-back with every ban in the kernel.
  const from = stage.daemon.written;
  await nft(`insert rule ${GUARD} accept`);
  await stage.daemon.until('"event":"firewall-repaired"', { from });
  assert.match(
    await readProofs(),
    /all bans present: 3 entries, table inet bailiff, chain guard at prerouting -310, 3 rules, 3 sets/,
  );
});

async function readProofs(): Promise<string> {
  return (await stage.bailiff("doctor", "--json")).output;
}

test("one flush is repaired and reported, and the jail keeps protecting", async () => {
  await nft("flush ruleset");
  const repaired = await stage.untilEvent("firewall-repaired", { missing: 3 });
  assert.equal(repaired["structure"], true);
  assert.match(String(repaired["by"]), /^nft \(pid \d+\)/);
  assert.equal((await jail()).state, "protecting");
  assert.deepEqual(stage.events("jail-degraded"), []);
  assert.match(await readProofs(), /all bans present: 3 entries/);
});

for (const { what, commands } of DAMAGES) {
  test(`a repair names the program that caused it: ${what}`, async () => {
    const text = await commands();
    const from = stage.daemon.written;
    await nft(text);
    const line = await stage.daemon.until('"event":"firewall-repaired"', { from });
    assert.ok(line !== undefined, "it is repaired");
    assert.match(line, /"by":"nft \(pid \d+\)/);
    await assertWhole(what);
  });
}

test("repeated repairs degrade the jail, with the program that causes them and a fix", async () => {
  await stage.stop();
  await restart();
  const script = join(stage.lab.folder, "reload-rules");
  // The program runs until the repair, because only the name of an ended program is known.
  writeFileSync(script, `#!/bin/sh\n{ echo flush ruleset; exec sleep 600; } | ${NFT} -i\n`);
  chmodSync(script, 0o755);
  for (let n = 0; n < 3; n++) {
    const from = stage.daemon.written;
    await using _flushing = stage.lab.start("host", [script]);
    await stage.daemon.until('"event":"firewall-repaired"', { from });
  }
  const told = await stage.untilEvent("jail-degraded", { cause: "repaired-repeatedly" });
  assert.match(String(told["reason"]), /3 times within 10 minutes.*nft.* started by reload-rules/);
  assert.match(String(told["fix"]), /reload-rules/);
  const { state, cause } = await jail();
  assert.deepEqual({ state, cause }, { state: "degraded", cause: "repaired-repeatedly" });
  await assertWhole("after three flushes");
});

test("a program that flushes in a tight loop is reported a few times a minute, and its damage is repaired once it stops", async () => {
  await stage.stop();
  await restart();
  await using loop = stage.lab.start("host", [
    "/bin/sh",
    "-c",
    `while :; do ${NFT} flush ruleset; done`,
  ]);
  // A burst of a hundred events of a kind is reported, then one in ten seconds, with the number of omitted ones.
  for (const kind of ["firewall-changed", "firewall-repaired"])
    await stage.untilEvent("events-suppressed", { of: kind }, 300_000);
  assert.equal((await jail()).cause, "repaired-repeatedly");
  await loop[Symbol.asyncDispose]();
  await untilTrue(async () => (await stage.blocked()).length === 3, "repaired");
  await assertWhole("after the loop");
  const [first, last] = [stage.events().at(0), stage.events().at(-1)].map((event) =>
    Date.parse(String(event?.["time"])),
  );
  const tens = ((last ?? 0) - (first ?? 0)) / 10_000;
  for (const kind of ["firewall-changed", "firewall-repaired"]) {
    const told = stage.events(kind).length;
    assert.ok(told <= 101 + tens, `${kind} told ${told} times in ${tens} times ten seconds`);
  }
});

test("damage while the kernel's notifications were lost is repaired too", async () => {
  await stage.stop();
  await restart();
  stage.daemon.kill("SIGSTOP");
  // More than fits into the daemon's receive buffer (16 MiB).
  const elements = Array.from(
    { length: 20_000 },
    (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
  );
  const commands = `add table ip flood\nadd set ip flood many { type ipv4_addr; }\n${"add element ip flood many { ELEMENTS }\nflush set ip flood many\n".repeat(6).replaceAll("ELEMENTS", elements.join(","))}delete table ip flood\n`;
  const done = await stage.lab.run("host", [NFT, "-f", "-"], commands);
  assert.ok(done.ok, done.error);
  await nft("flush ruleset");
  const from = stage.daemon.written;
  stage.daemon.kill("SIGCONT");
  assert.ok((await stage.daemon.until('"event":"firewall-repaired"', { from })) !== undefined);
  assert.ok(stage.events("firewall-changed").some(({ by }) => by === "unknown"));
  await assertWhole("after an overflow");
});
