/** fail2ban's recidive jail without a log of bans to count: `check` and `doctor` say what to do, and that works. */
import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage, untilTrue } from "../stage.ts";

let stage: Stage;
let directory: string;
let log: string;

before(async () => {
  stage = await openStage({ sshd: "none", config: "" });
  directory = join(stage.lab.folder, "fail2ban");
  log = join(stage.lab.folder, "bans.log");
  cpSync("/etc/fail2ban", directory, { recursive: true });
  rmSync(join(directory, "jail.d"), { recursive: true, force: true });
});

after(() => stage[Symbol.asyncDispose]());

function writeJail(options: string): void {
  const head = "[DEFAULT]\nbanaction = nftables\nusedns = no\n[recidive]\nenabled = true\n";
  writeFileSync(join(directory, "jail.local"), `${head}${options}\n`);
}

async function checkSays(options: string, said: RegExp): Promise<void> {
  writeJail(options);
  const { output } = await stage.bailiff("check", "--fail2ban", directory);
  assert.match(output, /Warning: recidive: it counts/);
  assert.match(output, said);
  assert.match(output, /\[fail2ban\] log = /);
}

test("check names a recidive jail on the journal", () =>
  checkSays("backend = systemd", /bans of fail2ban\.service in the\s+journal/));

test("check names a recidive jail on a log that bailiff does not write", async () => {
  writeFileSync(log, "");
  await checkSays(
    `backend = polling\nlogpath = ${log}`,
    /the bans in \S+bans\.log,\s+and\s+bailiff\s+writes\s+no\s+such\s+log/,
  );
});

test("doctor reports that no program writes the log, until bailiff does", async () => {
  writeJail(`backend = polling\nlogpath = ${log}`);
  await stage.start({ args: ["--fail2ban", directory] });
  const { code, output } = await stage.bailiff("doctor", "recidive");
  assert.equal(code, 1, output);
  assert.match(output, /recidive: blind/);
  assert.match(output, /bailiff writes no such log: it can never ban/);
  await stage.stop();
  writeFileSync(stage.config, `[fail2ban]\nlog = "${log}"\n`, { flag: "a" });
  await stage.start({ args: ["--fail2ban", directory] });
  await untilTrue(
    async () => !/no such log/.test((await stage.bailiff("doctor", "recidive")).output),
    "the log is written",
  );
});
