/** Block lists from a file, with nftables: what is listed is dropped, whatever happens to the file or the daemon. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage, untilTrue } from "./stage.ts";

const OFFICE = "192.0.2.9";
const LISTED = "192.0.2.50";
const PORT = 8080;
const NFT = "/usr/sbin/nft";

let stage: Stage;
let file: string;

before(async () => {
  stage = await openStage({ sshd: "none" });
  const folder = join(stage.state, "..", "feeds");
  mkdirSync(folder);
  file = join(folder, "feed.txt");
  replaceList("# a feed\n192.0.2.0/25\n192.0.2.128/25 ; second half\n10.0.0.0/8\nnonsense\n");
  stage.configure(configOf());
  const server = `require("net").createServer((s) => s.end()).listen(${PORT}, "::", () => console.log("up"))`;
  const listening = stage.lab.start("host", [process.execPath, "-e", server]);
  assert.ok(await listening.until("up"));
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

function configOf(list = `[lists.feed]\nfile = "${file}"\n`): string {
  return `[defaults]\nignoreip = ["${OFFICE}"]\n[jails.sshd]\n${list}`;
}

/** Replaces the file as publishers' programs should: by a rename. */
function replaceList(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** Returns what a connection from this address gets: a SYN that is dropped is counted by the kernel. */
async function connectFrom(address: string): Promise<"open" | "dropped"> {
  const before = await droppedPackets();
  const program = `const s = require("net").connect({ host: "${stage.lab.host.ipv4}", port: ${PORT}, localAddress: "${address}" });
s.on("connect", () => { console.log("open"); process.exit(); }).on("error", () => process.exit(1));
setTimeout(() => process.exit(1), 60_000);`;
  const attempt = stage.lab.start("intruder", [process.execPath, "-e", program]);
  const isOpen = attempt.until("open").then((line) => line !== undefined);
  let outcome: "open" | "dropped" | undefined;
  void isOpen.then((open) => (outcome = open ? "open" : outcome));
  await untilTrue(async () => {
    if ((await droppedPackets()) > before) outcome ??= "dropped";
    return outcome !== undefined;
  }, `a connection from ${address} is open or dropped`);
  attempt.kill("SIGKILL");
  await attempt.ended;
  return outcome ?? assert.fail();
}

async function droppedPackets(): Promise<number> {
  return (await stage.lab.elements()).reduce((sum, { packets = 0 }) => sum + packets, 0);
}

async function blocks(): Promise<readonly string[]> {
  return (await stage.blocked()).toSorted();
}

test("what the file lists is dropped, and an exempt address inside it is not", async () => {
  const updated = await stage.untilEvent("list-updated", { list: "feed" });
  assert.partialDeepStrictEqual(updated, { invalid: 1, refused: 1, cut: 1 });
  // 192.0.2.0/24 without one address takes a network of each size.
  assert.equal(updated["entries"], 8);
  assert.equal((await stage.blocked()).length, 8);
  assert.equal(await connectFrom(LISTED), "dropped");
  assert.equal(await connectFrom(OFFICE), "open");
});

test("status, doctor and why show the list apart from bans", async () => {
  const [list] = (await stage.ask("status", {})).lists;
  assert.partialDeepStrictEqual(list, {
    ...{ name: "feed", where: file, state: "in-force", reason: null, entries: 8, cut: 1 },
    ...{ ports: "all", enforcers: ["nftables"] },
    unused: { invalid: 1, refused: 1 },
  });
  assert.deepEqual((await stage.ask("doctor", {})).lists[0]?.state, "in-force");
  assert.equal((await stage.ask("status", {})).banned_total, 0);
  const { output } = await stage.bailiff("status");
  assert.match(
    output,
    /^List feed: 8 networks from .*\/feed\.txt, .*, next look in .*; 2 lines not used/m,
  );
  const why = await stage.bailiff("why", LISTED);
  assert.match(why.output, /not banned; blocked by list feed \(192\.0\.2\.32\/27\)/);
  assert.match(why.output, /^ {2}feed blocks 192\.0\.2\.32\/27, all ports$/m);
  assert.match(why.output, /^Undo: bailiff .*allow 192\.0\.2\.50$/m);
  assert.match(
    (await stage.bailiff("why", OFFICE)).output,
    /exempt from bans: ignoreip 192\.0\.2\.9/,
  );
});

test("a ban of a listed address works, and its end leaves the list as it was", async () => {
  const before = await blocks();
  const { code, output } = await stage.bailiff("ban", LISTED, "--for", "1h");
  assert.equal(code, 0, output);
  assert.partialDeepStrictEqual(await stage.bans(), [{ subject: LISTED, state: "enforced" }]);
  assert.ok((await stage.blocked()).includes(LISTED));
  const unbanned = await stage.bailiff("unban", LISTED);
  assert.equal(unbanned.code, 0, unbanned.output);
  assert.match(
    unbanned.output,
    /192\.0\.2\.50 is still blocked: list feed blocks 192\.0\.2\.32\/27; to exempt: bailiff .*allow 192\.0\.2\.50$/m,
  );
  assert.deepEqual(await blocks(), before);
  assert.equal(await connectFrom(LISTED), "dropped");
});

test("an address that becomes exempt is reachable, and is listed again afterwards", async () => {
  const before = await blocks();
  assert.equal((await stage.bailiff("allow", LISTED)).code, 0);
  await untilTrue(async () => (await stage.blocked()).length > before.length, "networks are split");
  await untilTrue(async () => (await connectFrom(LISTED)) === "open", `${LISTED} is reachable`);
  assert.equal(await connectFrom("192.0.2.51"), "dropped");
  assert.equal((await stage.bailiff("allow", "--remove", LISTED)).code, 0);
  await untilTrue(
    async () => (await stage.blocked()).length === before.length,
    "it is whole again",
  );
  assert.equal(await connectFrom(LISTED), "dropped");
});

test("a new file takes effect, and a broken one leaves the last good one in force", async () => {
  replaceList("192.0.2.50\n192.0.2.51\n192.0.2.77\n");
  await stage.untilEvent("list-updated", { entries: 2 });
  assert.deepEqual(await blocks(), ["192.0.2.50", "192.0.2.77"]);
  replaceList("<html><body>The service is down</body></html>\n");
  await stage.untilEvent("list-failed", { list: "feed", reason: "it is a web page and no list" });
  assert.equal(await connectFrom("192.0.2.77"), "dropped");
  rmSync(file);
  const reason = `no such file or directory (${file})`;
  await stage.untilEvent("list-failed", { reason });
  const fix = "check the file, then bailiff reload";
  assert.partialDeepStrictEqual((await stage.ask("doctor", {})).lists, [
    { state: "old", reason, fix, entries: 2 },
  ]);
  const check = await stage.bailiff("check");
  assert.match(check.output, /lists\.feed\.file: .*feed\.txt does not exist: it is read as soon/);
  const { output } = await stage.bailiff("doctor");
  assert.match(
    output,
    /^List feed: OLD: no such file .*; 2 networks from .*\n {2}to do: check the file/m,
  );
});

test("a killed daemon and its successor without the file keep the list in force", async () => {
  assert.equal(statSync(join(stage.state, "lists", "feed")).mode & 0o777, 0o600);
  await stage.stop("SIGKILL");
  assert.equal(await connectFrom(LISTED), "dropped");
  const left = await blocks();
  await stage.start();
  await stage.untilEvent("list-failed");
  assert.deepEqual(await blocks(), left);
  assert.deepEqual(stage.events("firewall-repaired"), []);
  assert.equal(await connectFrom(LISTED), "dropped");
});

test("a flushed firewall is repaired with the list", async () => {
  const before = await blocks();
  const flushed = await stage.lab.run("host", [NFT, "flush", "ruleset"]);
  assert.ok(flushed.ok);
  await stage.untilEvent("firewall-repaired");
  assert.deepEqual(await blocks(), before);
});

test("a restore at boot brings the list back, and not while exemptions are unknown", async () => {
  const before = await blocks();
  await stage.stop();
  await stage.lab.run("host", [NFT, "flush", "ruleset"]);
  stage.configure(`${configOf()}nonsense = 1\n`);
  await stage.bailiff("restore");
  assert.deepEqual(await stage.blocked(), []);
  stage.configure(configOf());
  const { code, output } = await stage.bailiff("restore");
  assert.equal(code, 0, output);
  assert.match(output, /^0 bans and block list feed in force through nftables\.$/m);
  assert.deepEqual(await blocks(), before);
});

test("a reload changes the ports, and a list that left the configuration leaves the firewall", async () => {
  replaceList("192.0.2.50\n");
  await stage.start();
  await stage.untilEvent("list-updated", { entries: 1 });
  stage.configure(configOf(`[lists.feed]\nfile = "${file}"\nports = [22]\n`));
  assert.equal((await stage.bailiff("reload")).code, 0);
  assert.deepEqual(
    (await stage.lab.elements()).map(({ set }) => /22/.test(set)),
    [true],
  );
  assert.equal(await connectFrom(LISTED), "open");
  stage.configure(configOf(""));
  assert.equal((await stage.bailiff("reload")).code, 0);
  assert.deepEqual(await stage.blocked(), []);
  assert.equal(existsSync(join(stage.state, "lists", "feed")), false);
});
