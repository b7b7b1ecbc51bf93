/**
 * Changes of the firewall by other programs are detected and repaired immediately; a ban that cannot be applied is
 * never claimed.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { failures, openStage, type Stage, untilTrue } from "./stage.ts";

const NFT = "/usr/sbin/nft";
const BANNED = ["192.0.2.7", "192.0.2.8", "2001:db8:a001::"];

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
  await stage.start();
  stage.write(["192.0.2.7", "192.0.2.8", "2001:db8:a001::9"].flatMap((ip) => failures(ip, 3)));
  for (const address of BANNED) await stage.untilBlocked(address);
});

after(() => stage[Symbol.asyncDispose]());

async function set(): Promise<string> {
  const element = (await stage.lab.elements()).find(({ address }) => address === "192.0.2.7");
  assert.ok(element !== undefined);
  return element.set;
}

const BREAKAGES: readonly { readonly what: string; readonly command: () => Promise<string> }[] = [
  { what: "flush ruleset", command: async () => "flush ruleset" },
  { what: "delete table", command: async () => "delete table inet bailiff" },
  {
    what: "delete element",
    command: async () => `delete element inet bailiff ${await set()} { 192.0.2.7 }`,
  },
  { what: "flush set", command: async () => `flush set inet bailiff ${await set()}` },
  { what: "flush table", command: async () => "flush table inet bailiff" },
  {
    what: "a ruleset of another program",
    command: async () =>
      "flush ruleset; add table inet filter; add chain inet filter input { type filter hook input priority 0; }",
  },
];

for (const { what, command } of BREAKAGES) {
  test(`invariant 1: the firewall is a cache of the book: ${what} is repaired immediately`, async () => {
    const text = await command();
    const from = stage.daemon.written;
    const done = await stage.lab.run("host", [NFT, text]);
    assert.ok(done.ok, done.error);
    await stage.daemon.until("firewall-repaired", { from });
    const rules = await stage.lab.run("host", [NFT, "list", "table", "inet", "bailiff"]);
    assert.match(rules.output, /saddr @\w+ drop/, "the rules are back");
    const blocked = await stage.blocked();
    for (const address of BANNED) assert.ok(blocked.includes(address), address);
    const repaired = stage.events("firewall-repaired").at(-1);
    assert.match(String(repaired?.["by"]), /nft/);
  });
}

test("elements that others add to our sets are removed", async () => {
  const done = await stage.lab.run("host", [
    NFT,
    `add element inet bailiff ${await set()} { 192.0.2.222 }`,
  ]);
  assert.ok(done.ok, done.error);
  await stage.untilFree("192.0.2.222");
});

test("all bans are restored after twenty flushes in a row", async () => {
  for (let i = 0; i < 20; i++) await stage.lab.run("host", [NFT, "flush ruleset"]);
  for (const address of BANNED) await stage.untilBlocked(address);
  await untilTrue(
    async () => (await stage.bans()).every(({ state }) => state === "enforced"),
    "enforced",
  );
});

test("changes of other tables are ignored", async () => {
  const before = stage.events("firewall-changed").length;
  const done = await stage.lab.run("host", [
    NFT,
    "add table inet other; add chain inet other c; delete table inet other",
  ]);
  assert.ok(done.ok, done.error);
  stage.write(failures("192.0.2.30", 3));
  await stage.untilBlocked("192.0.2.30");
  assert.equal(stage.events("firewall-changed").length, before);
});

/** Only its owner can change an owned table, which is removed when the owner ends: nft(8), "owner". */
async function seizeTable(): Promise<ReturnType<Stage["lab"]["start"]>> {
  const script = `(echo "add table inet bailiff; delete table inet bailiff; add table inet bailiff { flags owner; }"; sleep 60) | ${NFT} -i`;
  const owner = stage.lab.start("host", ["/bin/sh", "-c", script]);
  await untilTrue(async () => {
    const { output } = await stage.lab.run("host", [NFT, "list", "table", "inet", "bailiff"]);
    return output.includes("owner");
  }, "the table is seized");
  return owner;
}

test("invariant 2: intent before effect: a refused ban is pending in the book, with the firewall's message", async () => {
  await using _owner = await seizeTable();
  stage.write(failures("192.0.2.40", 3));
  await stage.untilEvent("ban", { ip: "192.0.2.40" });
  await untilTrue(
    async () =>
      (await stage.bans()).every(({ state, error }) => state === "pending" && error !== null),
    "every ban is pending with a reason",
  );
  assert.ok((await stage.bans()).some(({ subject }) => subject === "192.0.2.40"));
  const why = await stage.bailiff("why", "192.0.2.40");
  assert.match(why.output, /PENDING/);
});

test("invariant 11: what cannot be proven is not claimed: without the firewall no jail protects", async () => {
  {
    await using _owner = await seizeTable();
    await untilTrue(
      async () => (await stage.ask("status", {})).state !== "protecting",
      "it says so",
    );
    const status = await stage.bailiff("status");
    assert.equal(status.code, 1, status.output);
    assert.match(status.output, /degraded|toothless/);
    const links = (await stage.ask("doctor", {})).jails[0]?.links ?? [];
    assert.ok(links.some(({ cause }) => cause === "firewall-trouble"));
  }
  await stage.untilBlocked("192.0.2.40");
  for (const address of BANNED) assert.ok((await stage.blocked()).includes(address));
  // It stays degraded for a while because of the damage above.
  await untilTrue(
    async () => (await stage.ask("status", {})).jails[0]?.cause === "repaired-repeatedly",
    "every ban is held again",
  );
});

test("a second daemon in the network namespace is refused, with the name of the first", async () => {
  const before = await stage.bans();
  const toml = readFileSync(stage.config, "utf8");
  const own = (name: string): string => join(stage.lab.folder, name);
  const second = toml
    .replace(/^state = .*$/m, `state = ${JSON.stringify(own("state-2"))}`)
    .replace(/^socket = .*$/m, `socket = ${JSON.stringify(own("second.sock"))}`);
  writeFileSync(own("second.toml"), second);
  const refused = await stage.lab.bailiff(own("second.toml"), "run");
  assert.equal(refused.code, 69, refused.output);
  assert.match(
    refused.output,
    /another bailiff \(pid \d+, state in \S+\/state\) bans in this network namespace/,
  );
  assert.ok(!existsSync(join(own("state-2"), "bailiff.db")), "nothing was touched");
  assert.deepEqual(await stage.bans(), before);
  const [, pid] = /pid (\d+)/.exec(refused.output) ?? [];
  assert.equal(readFileSync(`/proc/${pid}/comm`, "utf8"), "bailiff\n");
  // An observing daemon does not conflict; when it should ban too, it reports the other daemon.
  writeFileSync(
    own("second.toml"),
    second.replace("[defaults]", '[defaults]\nenforcer = "memory"'),
  );
  const observer = stage.lab.startDaemon({ config: own("second.toml") });
  assert.ok((await observer.until('"event":"daemon-started"')) !== undefined);
  writeFileSync(own("second.toml"), second);
  assert.equal((await stage.lab.bailiff(own("second.toml"), "reload")).code, 0);
  const missing = await observer.until("bans in this network namespace");
  assert.match(missing ?? "", /"event":"firewall-unavailable"/);
  observer.kill("SIGTERM");
  await observer.ended;
});

test("a stop that lifts every ban removes all from the kernel", async () => {
  const stop = await stage.bailiff("stop", "--unban");
  assert.equal(stop.code, 0, stop.output);
  assert.equal(await stage.daemon.ended, 0);
  assert.deepEqual(await stage.blocked(), []);
});

test("at the start, a table of another program is reported, and opening is retried until it is free", async () => {
  // Ends nft itself, not the shell around it.
  const seize =
    "add table inet bailiff; delete table inet bailiff; add table inet bailiff { flags owner; }";
  const command = `exec ${NFT} -i < <(echo "${seize}"; sleep 600)`;
  const owner = stage.lab.start("host", ["/bin/bash", "-c", command]);
  const list = [NFT, "list", "table", "inet", "bailiff"];
  await untilTrue(
    async () => (await stage.lab.run("host", list)).output.includes("owner"),
    "the table is owned",
  );
  await stage.start();
  const said = await stage.untilEvent("firewall-unavailable");
  assert.match(String(said["reason"]), /another program, nft, owns our table .*: end nft/);
  assert.doesNotMatch(String(said["reason"]), /run as root/);
  stage.write(failures("192.0.2.77", 3));
  await stage.untilEvent("ban", { ip: "192.0.2.77" });
  const doctor = await stage.bailiff("doctor");
  assert.match(
    doctor.output,
    /^sshd: toothless [^]* firewall +another program, nft, owns our table/,
  );
  assert.match(doctor.output, /to do: end nft.*; bailiff retries automatically/);
  owner.kill("SIGKILL");
  await owner.ended;
  await stage.untilEvent("jail-ok", { before: "toothless" });
  await stage.untilBlocked("192.0.2.77");
  await stage.stop();
});
