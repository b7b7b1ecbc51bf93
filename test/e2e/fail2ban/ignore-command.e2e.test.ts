/** `ignorecommand` runs before a ban, with hostile values, and does not delay other offenses. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage, untilTrue } from "../stage.ts";

let stage: Stage;
let asked: string;

before(async () => {
  stage = await openStage({ sshd: "none", config: "" });
  const directory = join(stage.lab.folder, "fail2ban");
  asked = join(stage.lab.folder, "asked");
  mkdirSync(join(directory, "filter.d"), { recursive: true });
  mkdirSync(join(directory, "action.d"), { recursive: true });
  copyFileSync(
    "/etc/fail2ban/action.d/nftables.conf",
    join(directory, "action.d", "nftables.conf"),
  );
  writeFileSync(
    join(directory, "filter.d", "app.conf"),
    '[Definition]\nfailregex = ^\\s*app: FAIL user="<F-USER>.*</F-USER>" from <ADDR>$\n',
  );
  const script = join(stage.lab.folder, "ask");
  writeFileSync(
    script,
    `#!/bin/sh
echo "$1 $2" >> ${asked}
case "$1" in
  192.0.2.1*) exit 0 ;;
  192.0.2.2*) exit 1 ;;
  192.0.2.3*) sleep 60 ;;
  *) echo trouble >&2; exit 7 ;;
esac
`,
    { mode: 0o755 },
  );
  writeFileSync(
    join(directory, "jail.conf"),
    `[DEFAULT]
backend = polling
maxretry = 2
bantime = 1h
usedns = no
filter = app
enabled = true
action = nftables[port=80]
logpath = ${stage.log}
[asks]
ignorecommand = ${script} <ip> '<F-USER>'
ignorecache = key="<ip>", max-count=100, max-time=5m
`,
  );
  await stage.start({ args: ["--fail2ban", directory] });
});

after(() => stage[Symbol.asyncDispose]());

function fail(ip: string, user = "bob"): void {
  const at = new Date().toISOString().slice(0, 19).replace("T", " ");
  stage.write([1, 2].map(() => `${at} app: FAIL user="${user}" from ${ip}`));
}

function timesAsked(ip: string): number {
  const lines = existsSync(asked) ? readFileSync(asked, "utf8").split("\n") : [];
  return lines.filter((line) => line.startsWith(`${ip} `)).length;
}

test("exit code 0 exempts, any other bans, and answers are cached", async () => {
  fail("192.0.2.10");
  await stage.untilEvent("ignored", { ip: "192.0.2.10" });
  fail("192.0.2.20");
  await stage.untilBlocked("192.0.2.20");
  fail("198.51.100.1");
  await stage.untilBlocked("198.51.100.1");
  const trouble = await stage.untilEvent("action-failed", { ip: "198.51.100.1" });
  assert.equal(trouble["reason"], "exit code 7: trouble");
  fail("192.0.2.10");
  await untilTrue(() => stage.events("ignored").length === 2, "ignored again");
  assert.equal(timesAsked("192.0.2.10"), 1);
  assert.ok(!(await stage.blocked()).includes("192.0.2.10"));
});

test("a hanging command delays no other offense, and the ban follows after the time limit", async () => {
  for (const last of [30, 31, 32]) fail(`192.0.2.${last}`);
  fail("192.0.2.21");
  await stage.untilBlocked("192.0.2.21");
  fail("192.0.2.30");
  for (const last of [30, 31, 32]) await stage.untilBlocked(`192.0.2.${last}`);
  const hung = ["192.0.2.30", "192.0.2.31", "192.0.2.32"];
  const order = stage.events("ban").map(({ ip }) => String(ip));
  for (const ip of hung) {
    assert.ok(order.indexOf("192.0.2.21") < order.indexOf(ip), "another is banned in between");
    const late = stage.events("action-failed").find((event) => event["ip"] === ip);
    assert.equal(late?.["reason"], "took longer than 5 s and was stopped");
  }
  assert.equal(timesAsked("192.0.2.30"), 1, "runs once, for any number of offenses in between");
});

test("a hostile name is only a value", async () => {
  const pwned = join(stage.lab.folder, "pwned");
  fail("192.0.2.11", `'; touch ${pwned}; '$(touch ${pwned})`);
  await stage.untilEvent("ignored", { ip: "192.0.2.11" });
  assert.ok(!existsSync(pwned));
});
