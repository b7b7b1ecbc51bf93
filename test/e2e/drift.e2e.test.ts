/**
 * An update of sshd changes the message for a wrong password: the program files of a real sshd are patched to say
 * "Denied" instead of "Failed". This is detected within 50 such lines, one command accepts the proposed rule, and the
 * same attack is banned.
 */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { DriftReply } from "../../src/control/drift-messages.ts";
import { failures, logLine, openStage, type Stage, untilTrue } from "./stage.ts";

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-drift-${process.pid}-`));
const OWN_FILTERS = join(FOLDER, "filters");

/** Files with the message: sshd itself, since 9.8 a separate program. */
const PROGRAM_FILES = [
  "/usr/sbin/sshd",
  "/usr/lib/openssh/sshd-session",
  "/usr/lib/openssh/sshd-auth",
  "/usr/libexec/openssh/sshd-session",
  "/usr/libexec/openssh/sshd-auth",
];

/** The installed files that contain the word, and patched copies. */
function reword(word: string, other: string): ReadonlyMap<string, string> {
  assert.equal(word.length, other.length);
  const sought = Buffer.from(`\0${word}\0`);
  const replaced = new Map<string, string>();
  for (const path of PROGRAM_FILES.filter((file) => existsSync(file))) {
    const program = readFileSync(path);
    let found = 0;
    for (let at = program.indexOf(sought); at >= 0; at = program.indexOf(sought, at + 1)) {
      program.write(other, at + 1, "latin1");
      found++;
    }
    if (found === 0) continue;
    const copy = join(FOLDER, `reworded-${replaced.size}`);
    writeFileSync(copy, program);
    chmodSync(copy, 0o755);
    replaced.set(path, copy);
  }
  return replaced;
}

const CONFIG = `[filters]
directories = [${JSON.stringify(OWN_FILTERS)}]

[defaults]
maxretry = 3
increment = { enabled = false }

[jails.sshd]
`;

let stage: Stage;

before(async () => {
  const replaced = reword("Failed", "Denied");
  assert.ok(replaced.size > 0, "sshd says what it is to say otherwise");
  stage = await openStage({
    sshd: "real",
    replaced,
    config: CONFIG,
  });
  await stage.start();
});

after(async () => {
  await stage[Symbol.asyncDispose]();
  rmSync(FOLDER, { recursive: true });
});

function deniedLines(): number {
  return readFileSync(stage.log, "utf8").match(/: Denied password for root from /g)?.length ?? 0;
}

async function drift(): Promise<DriftReply> {
  const [reply] = await stage.ask("drift", { jail: "sshd" });
  assert.ok(reply !== undefined);
  return reply;
}

let number = 0;

test("a message that an update changed is found within its first 50 lines, with a rule for it", async () => {
  for (let n = 0; stage.events("drift-found").length === 0 && n < 50; n++) {
    const end = await stage.lab.guess({ from: `192.0.2.${20 + (n % 5)}` });
    assert.equal(end.kind, "refused");
  }
  const event = await stage.untilEvent("drift-found", { jail: "sshd" });
  assert.ok(deniedLines() <= 50, `${deniedLines()} lines`);
  assert.equal(event["shape"], "Denied password for <name> from <address> port <number> <word>");
  assert.equal(event["rule"], "Denied password for {user} from {ip} port {port} ssh2");
  assert.deepEqual(stage.events("failure"), [], "no rule knows the new message");
  const { shapes } = await drift();
  const [worst] = shapes;
  assert.ok(worst?.failures && worst.proposal !== null, JSON.stringify(shapes));
  number = worst.number;
  assert.equal(event["fix"], `bailiff drift --accept ${number} sshd`);
  const [jail] = (await stage.ask("status", { jail: "sshd" })).jails;
  assert.equal(jail?.cause, "drift", JSON.stringify(jail));
  assert.match(
    jail.reason,
    /lines .* that no rule recognizes look like failures: "Denied password/,
  );
});

test("drift shows the message, and exits with code 1", async () => {
  const { code, output } = await stage.bailiff("drift");
  assert.equal(code, 1);
  assert.match(output, /Denied password for <name> from <address> port <number>/);
  assert.match(output, /looks like failures: contains "denied", contains a client address/);
  assert.match(output, new RegExp(`accept: bailiff drift --accept ${number} sshd`));
});

test("the finding survives a restart", async () => {
  await stage.stop();
  await stage.start();
  await untilTrue(async () => {
    stage.write(logLine("Denied password for root from 192.0.2.30 port 40022 ssh2"));
    const { shapes } = await drift();
    return shapes[0]?.number === number && shapes[0].failures && shapes[0].lines > 10;
  }, "the shape is known under its number");
});

test("after accepting the rule with one command, the same attack is banned", async () => {
  const accepted = await stage.bailiff("drift", "--accept", String(number), "sshd");
  assert.equal(accepted.code, 0, accepted.output);
  const path = join(OWN_FILTERS, "sshd.local.toml");
  assert.match(accepted.output, new RegExp(`is in ${path}, and the daemon uses it`));
  const added = (await stage.ask("audit", { limit: 10 })).filter(
    ({ action }) => action === "rule-added",
  );
  assert.equal(added.length, 1);
  const id = /^Rule "([^"]+)"/.exec(accepted.output)?.[1];
  assert.equal(added[0]?.detail, `sshd: ${id}`);
  assert.match(readFileSync(path, "utf8"), /^extends = "sshd"$/m);
  assert.doesNotMatch(readFileSync(path, "utf8"), /192\.0\.2\.2\d/, "no real address");
  const from = "192.0.2.60";
  for (let n = 0; n < 3; n++) assert.equal((await stage.lab.guess({ from })).kind, "refused");
  const ban = await stage.untilEvent("ban", { ip: from });
  assert.match(String(ban["reason"]), /3 failures/);
  await stage.untilBlocked(from);
  assert.equal((await stage.lab.guess({ from })).kind, "no-answer");
  assert.deepEqual((await drift()).shapes, [], "nothing is unknown any more");
});

test("user names with another address do not make the accepted rule match it", async () => {
  const from = "192.0.2.61";
  const user = "x from 203.0.113.9 port 22 ssh2";
  for (let n = 0; n < 2; n++) await stage.lab.guess({ from, user });
  // The third line is written directly, because a real client would wait for an answer that is dropped.
  stage.write(logLine(`Denied password for ${user} from ${from} port 40022 ssh2`));
  await stage.untilBlocked(from);
  assert.ok(!(await stage.blocked()).includes("203.0.113.9"));
});

test("a dismissed message is recognized, and a second rule goes into the same file", async () => {
  const lines = Array.from({ length: 12 }, (_, i) =>
    logLine(`error: relay to peer 192.0.2.${i + 1} refused by policy`),
  );
  stage.write(lines);
  const event = await stage.untilEvent("drift-found", {
    shape: "error: relay to peer <address> refused by policy",
  });
  const known = (await drift()).shapes.find(({ shape }) => shape === event["shape"]);
  const dismissed = await stage.bailiff("drift", "--dismiss", String(known?.number));
  assert.equal(dismissed.code, 0, dismissed.output);
  stage.write(lines);
  stage.write(failures("192.0.2.70", 3));
  await stage.untilBlocked("192.0.2.70");
  assert.deepEqual((await drift()).shapes, []);
  const text = readFileSync(join(OWN_FILTERS, "sshd.local.toml"), "utf8");
  assert.equal(text.match(/^extends/gm)?.length, 1);
  assert.equal(text.match(/^\[\[rule\]\]/gm)?.length, 2);
});

test("an unknown number changes nothing", async () => {
  const unknown = await stage.bailiff("drift", "--accept", "999");
  assert.equal(unknown.code, 64);
  assert.match(unknown.output, /unknown message number 999/);
});

test("without write permission, the rule and its file are shown instead", async () => {
  const nowhere = "/proc/nowhere/filters";
  stage.configure(CONFIG.replace(JSON.stringify(OWN_FILTERS), JSON.stringify(nowhere)));
  await stage.ask("reload", {});
  stage.write(
    Array.from({ length: 12 }, (_, n) => logLine(`Gate refused peer from 192.0.2.${n + 1}`)),
  );
  const event = await stage.untilEvent("drift-found", {
    shape: "Gate refused peer from <address>",
  });
  const accept = String(event["fix"]).split(" ").slice(1);
  const refused = await stage.bailiff(...accept);
  assert.equal(refused.code, 77, refused.output);
  assert.match(refused.output, /\/proc\/nowhere\/filters\/sshd\.local\.toml cannot be written/);
  assert.match(refused.output, /line = "Gate refused peer from \{ip\}"/);
});
