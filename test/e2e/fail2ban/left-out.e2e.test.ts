/**
 * A directory with every kind of mistake: `check` reports all and exits with 78, the daemon runs the valid jails and
 * reports those it leaves out, also after a reload, and no text of the files is executed.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage, untilTrue } from "../stage.ts";

let stage: Stage;
let directory: string;
let executed: string;

/** Jails with their options, and the expected problem. */
const BAD: readonly (readonly [name: string, options: string, told: RegExp])[] = [
  ["encoding", "logencoding = utf-16", /encoding\.logencoding: found utf-16/],
  ["expression", "failregex = ^x( <HOST>$", /expression\.failregex: found \^x\(/],
  ["nobody", "failregex = ^x$", /nobody\.failregex: found \^x\$, expected <HOST>/],
  ["reference", "logpath = %(gone)s", /reference\.logpath: found %\(gone\)s/],
  ["endless", "filter = endless", /endless\.conf:2: Definition\.failregex: .*refers to itself/],
  ["filter", "filter = gone", /filter\.filter: found filter "gone"/],
  ["action", "action = gone", /action\.action: found action "gone"/],
  ["date", "datepattern = %%Q((", /date\.datepattern: found %Q\(\(/],
];

/** Jails that run with a replacement for an invalid value. */
const ODD: readonly (readonly [name: string, options: string, told: RegExp])[] = [
  ["length", "bantime = 1x", /length\.bantime: found 1x/],
  ["number", "maxretry = abc", /number\.maxretry: found abc/],
  [
    "formula",
    'bantime.increment = true\nbantime.formula = __import__("os").system("touch EXECUTED")',
    /formula\.bantime\.formula: .*expected a formula of numbers/,
  ],
];

const IN_DOUBT: readonly RegExp[] = [
  ...ODD.map(([, , told]) => told),
  /jail\.conf:\d+: good\.ignore-ip: .*expected ignoreip/,
  /jail\.conf:\d+: good\.max-retry: .*expected maxretry/,
  /jail\.conf:\d+: found a second section \[good\]/,
  /circle\.conf:2: found an include of .*app\.conf, which includes it/,
  /app\.conf:3: found an include of .*gone\.conf, expected an existing file/,
  /fail2ban\.conf:2: Definition\.logtraget: .*expected logtarget/,
  /good\.failregex: found <HOSTS>, expected <HOST>/,
];

function writeJails(more = ""): void {
  const head = `[DEFAULT]
backend = polling
usedns = no
filter = app
maxretry = 2
findtime = 10m
action = nftables[port=80]
logpath = ${stage.log}
[good]
enabled = true
ignore-ip = 192.0.2.1
max-retry = 9
failregex = ^\\s*app: FAIL from <HOST>$
            ^\\s*app: never <HOST> <HOSTS>$
`;
  const jails = [...BAD, ...ODD].map(
    ([name, options]) => `[${name}]\nenabled = true\n${options}\n`,
  );
  const text = `${head}${jails.join("")}[good]\nbantime = 1h\n${more}`;
  writeFileSync(join(directory, "jail.conf"), text.replaceAll("EXECUTED", executed));
}

before(async () => {
  stage = await openStage({ sshd: "none", config: "" });
  directory = join(stage.lab.folder, "fail2ban");
  executed = join(stage.lab.folder, "executed");
  for (const [path, text] of Object.entries({
    "action.d/nftables.conf": readFileSync("/etc/fail2ban/action.d/nftables.conf", "utf8"),
    "fail2ban.conf": "[Definition]\nlogtraget = /nowhere\n",
    "filter.d/app.conf":
      "[INCLUDES]\nbefore = circle.conf\nafter = gone.conf\n[Definition]\nfailregex = ^\\s*app: FAIL from <HOST>$\n",
    "filter.d/circle.conf": "[INCLUDES]\nbefore = app.conf\n",
    "filter.d/endless.conf": "[Definition]\nfailregex = ^<x> <HOST>$\nx = 1<y>\ny = 2<x>\n",
  })) {
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  writeJails();
});

after(() => stage[Symbol.asyncDispose]());

function fail(ip: string): void {
  const at = new Date().toISOString().slice(0, 19).replace("T", " ");
  stage.write([1, 2].map(() => `${at} app: FAIL from ${ip}`));
}

test("check reports every jail with file and line, and exits with code 78", async () => {
  const { code, output } = await stage.bailiff("check", "--fail2ban", directory);
  assert.equal(code, 78);
  for (const told of [...BAD.map(([, , one]) => one), ...IN_DOUBT]) assert.match(output, told);
  const { output: json } = await stage.bailiff("check", "--json", "--fail2ban", directory);
  const { ok, problems, fail2ban } = JSON.parse(json);
  assert.equal(ok, false);
  for (const { path, line } of [...problems, ...fail2ban.warnings])
    assert.ok(existsSync(path) && line > 0, `${path}:${line}`);
});

test("the daemon runs the valid jail and reports which are left out", async () => {
  await stage.start({ args: ["--fail2ban", directory] });
  for (const [jail, , told] of BAD) {
    const { reasons } = await stage.untilEvent("jail-left-out", { jail });
    assert.match(String(reasons), told);
  }
  const doubts = (): string =>
    stage
      .events("option-in-doubt")
      .map(({ reason }) => reason)
      .join("\n");
  for (const told of IN_DOUBT) await untilTrue(() => told.test(doubts()), String(told));
  fail("192.0.2.30");
  await stage.untilBlocked("192.0.2.30");
});

test("a reload accepts a corrected jail, and reports the others again", async () => {
  const before = stage.events("jail-left-out").length;
  writeJails("[encoding]\nlogencoding = utf-8\n[later]\nenabled = true\nfilter = gone\n");
  const { code, output } = await stage.bailiff("reload");
  assert.equal(code, 0, output);
  await stage.untilEvent("jail-left-out", { jail: "later" });
  assert.equal(stage.events("jail-left-out").length, before + BAD.length);
  await stage.untilEvent("jail-started", { jail: "encoding" });
  fail("192.0.2.31");
  await stage.untilBlocked("192.0.2.31");
});

test("a running jail that is invalid after a reload keeps its configuration", async () => {
  writeJails("[encoding]\nlogencoding = utf-8\n[good]\nfindtime = soon\n");
  const text = readFileSync(join(directory, "jail.conf"), "utf8");
  const { code, output } = await stage.bailiff("reload");
  assert.equal(code, 0, `${output} ${text}`);
  await stage.untilEvent("jail-left-out", { jail: "good", kept: true });
  fail("192.0.2.32");
  await stage.untilBlocked("192.0.2.32");
  const status = await stage.bailiff("status");
  assert.equal(status.code, 1);
  assert.match(status.output, /good: not reloaded: the last good .*\n.*good\.findtime: found soon/);
  assert.match(status.output, /date: LEFT OUT: .*\n.*date\.datepattern: found %Q/);
});

test("advice about a jail names fail2ban's options", async () => {
  const log = join(stage.lab.folder, "nowhere.log");
  writeJails(`[missing]\nenabled = true\nfailregex = ^x <HOST>$\nlogpath = ${log}\n`);
  assert.equal((await stage.bailiff("reload")).code, 0);
  let output = "";
  await untilTrue(async () => {
    ({ output } = await stage.bailiff("status"));
    return output.includes("[missing] logpath = /path/to/log");
  }, "the advice");
  assert.doesNotMatch(output, /\[jails\./);
});

test("no text of the files was executed", () => {
  assert.ok(!existsSync(executed));
});

test("import writes only into a new directory, and refuses a directory without jails", async () => {
  const file = join(stage.lab.folder, "file");
  writeFileSync(file, "kept");
  const into = await stage.bailiff("import", directory, "--out", file);
  assert.equal(into.code, 73);
  assert.match(into.output, /file is a file/);
  assert.equal(readFileSync(file, "utf8"), "kept");
  const nothing = await stage.bailiff("import", join(stage.lab.folder, "nowhere"));
  assert.equal(nothing.code, 66);
  assert.match(nothing.output, /no jail\.conf, jail\.local or jail\.d/);
});
