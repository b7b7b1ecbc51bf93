/** `backend = systemd` without a journalmatch reads the whole journal as in fail2ban, except bailiff's own lines. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Journald, openJournald } from "../../../src/source/journal/journald.fixture.ts";
import { openStage, type Stage } from "../stage.ts";

let stage: Stage;
let journald: Journald;
let directory: string;

before(async () => {
  stage = await openStage({ sshd: "none", config: "" });
  journald = await openJournald();
  directory = join(stage.lab.folder, "fail2ban");
  for (const name of ["action.d", "filter.d"])
    mkdirSync(join(directory, name), { recursive: true });
  copyFileSync("/etc/fail2ban/action.d/nftables.conf", join(directory, "action.d/nftables.conf"));
  writeFileSync(
    join(directory, "filter.d/app.conf"),
    "[Definition]\nfailregex = ^.*?: (?:FAIL|LOST) from <ADDR>$\n",
  );
  const backend = `systemd[journalpath=${journald.directory}]`;
  const jail = "enabled = true\nfilter = app\nmaxretry = 2\naction = nftables[port=80]\n";
  writeFileSync(
    join(directory, "jail.conf"),
    // A second jail with a match, so that one reader serves both.
    `[DEFAULT]\nusedns = no\nbackend = ${backend}\n[any]\n${jail}[one]\n${jail}journalmatch = CONTAINER_NAME=none\n`,
  );
  await stage.start({ args: ["--fail2ban", directory] });
});

after(async () => {
  await stage[Symbol.asyncDispose]();
  await journald[Symbol.asyncDispose]();
});

function fail(program: string, ip: string): void {
  for (const word of ["FAIL", "LOST"]) journald.log(program, `${word} from ${ip}`);
}

test("a failure counts whichever program logs it, and a jail with a match counts only its entries", async () => {
  fail("some-program", "192.0.2.52");
  await stage.untilBlocked("192.0.2.52");
  fail("another", "192.0.2.53");
  await stage.untilBlocked("192.0.2.53");
  const bans = await stage.bans();
  assert.deepEqual([...new Set(bans.map(({ jail }) => jail))], ["any"]);
});

test("check names no mistake", async () => {
  const { code, output } = await stage.bailiff("check", "--fail2ban", directory);
  assert.equal(code, 0, output);
  assert.match(output, /any: no journalmatch: the whole journal is matched/);
});

test("fail2ban-regex reads exactly the named journal", async () => {
  const log = `systemd-journal[journalpath=${journald.directory}]`;
  const { output } = await stage.bailiff("fail2ban-regex", log, "(?:FAIL|LOST) from <ADDR>$");
  assert.match(output, /journal folder : \//);
  assert.match(output, /Lines: \d+ lines, 0 ignored, 4 matched/);
  const wrong = await stage.bailiff("fail2ban-regex", "systemd-journal[namespace=*]", "<ADDR>");
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.output, /found namespace=\*, expected the name of one journal namespace/);
});
