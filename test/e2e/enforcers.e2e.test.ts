/** A jail with several enforcers, and moves from one to another: nftables and a deny list in a real file. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage } from "./stage.ts";

const BANNED = "192.0.2.7";

let stage: Stage;
let folder: string;

before(async () => {
  stage = await openStage({ sshd: "none" });
  folder = join(stage.state, "..", "lists");
  mkdirSync(folder);
  stage.configure(configOf('["nftables", "list"]'));
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

function configOf(enforcer: string): string {
  return `[defaults]
enforcer = ${enforcer}
[enforcers.list]
kind = "file"
path = "${join(folder, "deny.txt")}"
[jails.sshd]
source = { file = ["${stage.log}"] }
`;
}

function listed(): readonly string[] {
  const path = join(folder, "deny.txt");
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

async function reload(enforcer: string): Promise<void> {
  stage.configure(configOf(enforcer));
  const { code, output } = await stage.bailiff("reload");
  assert.equal(code, 0, output);
}

async function tableExists(): Promise<boolean> {
  const tables = await stage.lab.run("host", ["/usr/sbin/nft", "list", "tables"]);
  return tables.ok && tables.output.includes("table inet bailiff");
}

async function statusOfJail(): Promise<{ readonly state: string; readonly cause: string | null }> {
  await stage.ask("doctor", { jail: "sshd" });
  const [jail] = (await stage.ask("status", { jail: "sshd" })).jails;
  assert.ok(jail !== undefined);
  return jail;
}

test("a ban is in every enforcer of the jail, and counts as enforced then", async () => {
  const { code, output } = await stage.bailiff("ban", BANNED, "--for", "1h");
  assert.equal(code, 0, output);
  assert.deepEqual([await stage.blocked(), listed()], [[BANNED], [BANNED]]);
  assert.partialDeepStrictEqual(await stage.bans(), [{ state: "enforced", missing_in: [] }]);
  const { output: status } = await stage.bailiff("status");
  assert.match(status, /bans are enforced by nftables, list$/m);
});

test("an enforcer that cannot be used degrades the jail, and its bans are pending there only", async () => {
  await stage.stop();
  const list = join(folder, "deny.txt");
  // A list of somebody else is never written.
  renameSync(list, `${list}.away`);
  writeFileSync(list, "deny all\n");
  await stage.start();
  assert.deepEqual(await stage.blocked(), [BANNED]);
  assert.partialDeepStrictEqual(await stage.bans(), [{ state: "pending", missing_in: ["list"] }]);
  assert.partialDeepStrictEqual(await statusOfJail(), {
    state: "degraded",
    cause: "enforcer-missing",
  });
  const { output } = await stage.bailiff("why", BANNED);
  assert.match(output.replace(/\s+/g, " "), /, enforced by nftables, missing in list /);
  assert.match(output, /PENDING: list: /);
  renameSync(`${list}.away`, list);
  await stage.untilEvent("jail-ok", { before: "degraded" });
  assert.partialDeepStrictEqual(await stage.bans(), [{ state: "enforced" }]);
});

test("a reload moves the bans, and nothing is left in the former enforcer", async () => {
  await reload('"list"');
  await stage.untilEvent("enforcer-cleared", { enforcer: "nftables" });
  assert.equal(await tableExists(), false);
  assert.deepEqual(listed(), [BANNED]);
  await reload('"auto"');
  await stage.untilEvent("enforcer-cleared", { enforcer: "list" });
  assert.deepEqual([await stage.blocked(), listed()], [[BANNED], []]);
});

test("after a restart with another enforcer, the former one is cleared as well", async () => {
  await stage.stop();
  stage.configure(configOf('"list"'));
  await stage.start();
  await stage.untilEvent("enforcer-cleared", { enforcer: "nftables" });
  assert.deepEqual([await tableExists(), listed()], [false, [BANNED]]);
});

test("clear-firewall removes every trace of every enforcer, and refuses while a daemon runs", async () => {
  const refused = await stage.bailiff("clear-firewall");
  assert.equal(refused.code, 69, refused.output);
  await stage.stop();
  const { code, output } = await stage.bailiff("clear-firewall");
  assert.deepEqual([code, output], [0, "Nothing of bailiff is left in nftables, list."]);
  assert.deepEqual([await tableExists(), listed()], [false, []]);
});

test("an enforcer that cannot be opened any more can be forgotten, and what may remain is said", async () => {
  await stage.start();
  await stage.bailiff("ban", BANNED, "--for", "1h");
  await stage.stop();
  const other = "the list of another program\n";
  writeFileSync(join(folder, "deny.txt"), other);
  const failed = await stage.bailiff("clear-firewall");
  assert.equal(failed.code, 1, failed.output);
  assert.match(failed.output, /list may still hold bans: .*clear-firewall --forget list$/m);
  const forgotten = await stage.bailiff("clear-firewall", "--forget", "list");
  assert.equal(forgotten.code, 0, forgotten.output);
  assert.match(forgotten.output, /^list is forgotten\. It was not cleared \(/);
  const unknown = await stage.bailiff("clear-firewall", "--forget", "list");
  assert.equal(unknown.code, 64, unknown.output);
  assert.match(unknown.output, /no enforcer "list" that may hold bans/);
  assert.equal(readFileSync(join(folder, "deny.txt"), "utf8"), other);
  stage.configure(configOf('"nftables"'));
  const cleared = await stage.bailiff("clear-firewall");
  assert.equal(cleared.code, 0, cleared.output);
});
