/**
 * Imports bans and history from the database of a running fail2ban, first without a bailiff daemon, then into a running
 * one. Ends, evidence and escalation are kept, lifted bans stay lifted, and fail2ban is not affected.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { openStage, type Stage, untilTrue } from "../stage.ts";

const HOUR_S = 3600;

/** The first ban of jail "grows". On a busy host fail2ban drops a ban that would have ended before it comes to it. */
const SHORT_BAN_S = 20;

let stage: Stage;
/** Read by fail2ban and by bailiff. */
let theirs: string;
let ours: string;
let database: string;
let real: ChildProcess;

function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

function jails(action: string, more: string): string {
  return `[DEFAULT]
backend = polling
usedns = no
filter = app
enabled = true
action = ${action}
maxretry = 3
findtime = 10m
bantime = 5h
logpath = ${stage.log}
[plain]
[forever]
bantime = -1
logpath = /dev/null
[grows]
bantime = ${SHORT_BAN_S}
bantime.increment = true
bantime.multipliers = 1 ${(2 * HOUR_S) / SHORT_BAN_S} ${(4 * HOUR_S) / SHORT_BAN_S}
${more}`;
}

before(async () => {
  stage = await openStage({ sshd: "none", config: "" });
  const { folder } = stage.lab;
  [theirs, ours, database] = ["theirs", "ours", "f2b.sqlite3"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const settings = `[Definition]
loglevel = INFO
logtarget = ${join(folder, "f2b.log")}
syslogsocket = auto
socket = ${join(folder, "f2b.sock")}
pidfile = ${join(folder, "f2b.pid")}
dbfile = ${database}
dbpurgeage = 1d
dbmaxmatches = 10
allowipv6 = auto
`;
  const filter = "[Definition]\nfailregex = ^\\s*app: FAIL from <HOST>$\n";
  write(theirs, {
    "fail2ban.conf": settings,
    "jail.conf": jails("dummy", "[unknown]\nlogpath = /dev/null\n"),
    "filter.d/app.conf": filter,
    "action.d/dummy.conf": "[Definition]\nactionban = true\nactionunban = true\n",
  });
  write(ours, {
    "fail2ban.conf": settings,
    "jail.conf": jails("nftables[port=80]", "ignoreip = 198.51.100.99\n").replace(
      "[plain]\n",
      "[plain]\nignoreip = 198.51.100.99\n",
    ),
    "filter.d/app.conf": filter,
    "action.d/nftables.conf": readFileSync("/etc/fail2ban/action.d/nftables.conf", "utf8"),
  });
  real = spawn("/usr/bin/fail2ban-server", ["-c", theirs, "-f", "start"], { stdio: "ignore" });
  await untilTrue(() => client("ping").includes("pong"), "the real fail2ban answers");
  await untilTrue(() => client("status").includes("unknown"), "its jails run");
});

after(async () => {
  if (real !== undefined && real.exitCode === null) {
    const ended = new Promise((resolve) => real.once("exit", resolve));
    real.kill("SIGTERM");
    await ended;
  }
  await stage[Symbol.asyncDispose]();
});

function client(...args: readonly string[]): string {
  if (!existsSync(join(stage.lab.folder, "f2b.sock"))) return "";
  try {
    return execFileSync("/usr/bin/fail2ban-client", ["-c", theirs, ...args], {
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch {
    // Not ready yet: the caller retries.
    return "";
  }
}

function fail(ip: string): void {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  const at = local.slice(0, 19).replace("T", " ");
  stage.write([1, 2, 3].map(() => `${at} app: FAIL from ${ip}`));
}

function rows(jail: string, ip: string): readonly Record<string, unknown>[] {
  const read = new DatabaseSync(database, { readOnly: true, timeout: 5000 });
  try {
    return read.prepare("SELECT * FROM bips WHERE jail = ? AND ip = ?").all(jail, ip);
  } finally {
    read.close();
  }
}

async function untilCount(jail: string, ip: string, count: number): Promise<void> {
  await untilTrue(
    () => rows(jail, ip)[0]?.["bancount"] === count,
    `${ip} was banned ${count} times in ${jail}`,
    180_000,
  );
}

async function takeOver(): Promise<string> {
  const { code, output } = await stage.bailiff("import", ours, "--bans");
  assert.equal(code, 0, output);
  return output;
}

test("a real fail2ban bans, unbans and bans again", async () => {
  client("set", "plain", "banip", "198.51.100.1", "2001:db8::7", "198.51.100.99");
  client("set", "forever", "banip", "198.51.100.2");
  client("set", "unknown", "banip", "198.51.100.3");
  fail("203.0.113.5");
  await untilCount("grows", "203.0.113.5", 1);
  const log = join(stage.lab.folder, "f2b.log");
  await untilTrue(
    () => readFileSync(log, "utf8").includes("[grows] Unban 203.0.113.5"),
    "the short ban ends",
  );
  fail("203.0.113.5");
  await untilCount("grows", "203.0.113.5", 2);
  for (const jail of ["plain", "forever", "unknown"])
    await untilTrue(() => client("get", jail, "banip").includes("198.51.100."), `${jail} bans`);
  const damage = new DatabaseSync(database, { timeout: 5000 });
  damage.exec("PRAGMA busy_timeout = 5000");
  damage
    .prepare(
      "INSERT INTO bips SELECT 'no address', jail, timeofban, bantime, 1, '{' FROM bips WHERE ip = ?",
    )
    .run("198.51.100.1");
  damage
    .prepare("INSERT INTO bips VALUES ('198.51.100.50', 'plain', 1700000000, 600, 3, x'00ff')")
    .run();
  damage.close();
});

test("without a daemon, bans are written into its database, and its next start enforces them", async () => {
  const output = await takeOver();
  assert.match(output, /5 taken over/);
  assert.match(output, /1 ended in the meantime/);
  assert.match(output, /3 left:/);
  assert.match(output, /198\.51\.100\.99 in plain: ignoreip 198\.51\.100\.99/);
  assert.match(output, /198\.51\.100\.3 in unknown: no running jail has that name/);
  assert.match(output, /no address in plain: it is not a valid address or network/);
  assert.match(output, /No daemon runs/);
  assert.match(await takeOver(), / 0 taken over[^]* 5 here already/);
  assert.ok(client("ping").includes("pong"), "fail2ban still runs");

  await stage.start({ args: ["--fail2ban", ours] });
  for (const ip of ["198.51.100.1", "198.51.100.2", "2001:db8::7", "203.0.113.5"])
    await stage.untilBlocked(ip);
  const bans = new Map((await stage.bans()).map((ban) => [`${ban.jail} ${ban.subject}`, ban]));
  assert.equal(bans.get("forever 198.51.100.2")?.until, null);
  const [plain] = rows("plain", "198.51.100.1");
  const end = (Number(plain?.["timeofban"]) + 5 * HOUR_S) * 1000;
  assert.equal(Date.parse(bans.get("plain 198.51.100.1")?.until ?? ""), end);
  const [grown] = rows("grows", "203.0.113.5");
  const grownEnd = (Number(grown?.["timeofban"]) + Number(grown?.["bantime"])) * 1000;
  assert.equal(Date.parse(bans.get("grows 203.0.113.5")?.until ?? ""), grownEnd);
  assert.ok(grownEnd - Date.now() > HOUR_S * 1000, "the second ban is a long one");
});

test("why shows the lines that led to it, and the earlier ban", async () => {
  const { bans, history } = await stage.ask("why", { subject: "203.0.113.5" });
  const grows = bans.find(({ jail }) => jail === "grows");
  const [row] = rows("grows", "203.0.113.5");
  const { matches } = JSON.parse(Buffer.from(row?.["data"] as Uint8Array).toString());
  assert.ok(matches.length > 0);
  assert.equal(grows?.evidence.length, matches.length);
  assert.match(grows?.evidence[0]?.line ?? "", /app: FAIL from 203\.0\.113\.5/);
  assert.match(grows?.reason ?? "", /taken over from fail2ban: 3 failures/);
  assert.equal(history.filter(({ jail }) => jail === "grows").length, 1);
});

test("escalation continues from fail2ban's history", async () => {
  await stage.bailiff("unban", "203.0.113.5", "--jail", "grows", "--keep-history");
  fail("203.0.113.5");
  await untilTrue(
    async () =>
      (await stage.bans()).some(({ jail, origin }) => jail === "grows" && origin === "detected"),
    "it is banned again",
  );
  const ban = (await stage.bans()).find(({ jail }) => jail === "grows");
  const length = Date.parse(ban?.until ?? "") - Date.parse(ban?.from ?? "");
  assert.equal(length, 4 * HOUR_S * 1000, "the third time");
});

test("a running daemon imports new bans immediately, and no lifted ones", async () => {
  await stage.bailiff("unban", "198.51.100.1");
  await stage.untilFree("198.51.100.1");
  client("set", "plain", "banip", "198.51.100.20");
  await untilTrue(() => rows("plain", "198.51.100.20").length === 1, "the real one bans it");
  const output = await takeOver();
  assert.match(output, / 1 taken over/);
  assert.match(output, /The running daemon has them/);
  await stage.untilBlocked("198.51.100.20");
  assert.ok(!(await stage.blocked()).includes("198.51.100.1"));
});

test("a file that is not a database, or is missing, is reported", async () => {
  const torn = join(stage.lab.folder, "torn.sqlite3");
  writeFileSync(torn, "SQLite format 3\0 and no more");
  for (const [file, reason] of [
    [torn, /damaged/],
    [join(stage.lab.folder, "gone"), /the file does not exist/],
    [stage.lab.folder, /it is not a regular file/],
    ["/dev/zero", /it is not a regular file/],
  ] as const) {
    const { code, output } = await stage.bailiff("import", ours, "--database", file);
    assert.notEqual(code, 0);
    assert.match(output, reason);
  }
});
