/**
 * The unmodified fail2ban-client prints the same for our daemon as for a real fail2ban in the same state; intended
 * differences are listed here. Our own client prints the same as the original, for both servers.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connectCommands } from "../../../src/fail2ban/server/command-client.ts";
import { formatLocal } from "../../../src/fail2ban/server/log-line.ts";
import { itemsOf } from "../../../src/fail2ban/server/pickle-value.ts";
import { untilTrue } from "../stage.ts";
import {
  linesOf,
  normalize,
  openTwoServers,
  type Printed,
  type TwoServers,
} from "./two-servers.ts";

let servers: TwoServers;
before(async () => {
  servers = await openTwoServers();
});
after(async () => {
  await servers[Symbol.asyncDispose]();
});

/** Splits at blanks outside of quotes. */
function wordsOf(command: string): readonly string[] {
  const words = command.match(/'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replace(/^'|'$/g, "").replace("FOLDER", servers.folder));
}

async function askBoth(command: string): Promise<readonly [Printed, Printed]> {
  const words = wordsOf(command);
  return Promise.all([servers.real.ask(...words), servers.ours.ask(...words)]);
}

/** In order: each command depends on the ones before it. */
const SAME: readonly string[] = [
  "ping",
  "ping 5",
  "version",
  "echo a b",
  "server-status",
  "sleep 0.1",
  "config-error hello",
  "status",
  "status t1",
  "status t1 basic",
  "status t1 short",
  "status nope",
  "status t1 a b",
  "banned",
  "unban",
  "foo",
  "get",
  "set",
  "get t1",
  "set t1",
  "get t1 foo",
  "set t1 foo bar",
  "get nope bantime",
  "set nope maxretry 1",
  "get allowipv6",
  "get loglevel",
  "get logtarget",
  "get syslogsocket",
  "get thread",
  "set loglevel DEBUG",
  "set loglevel 20",
  "set loglevel FOO",
  "set loglevel INFO",
  "set syslogsocket auto",
  "set allowipv6 auto",
  "set dbmaxmatches 12",
  "get dbmaxmatches",
  "set dbpurgeage 2d",
  "get dbpurgeage",
  "set dbfile None",
  "flushlogs",
  "get t1 logpath",
  "get t1 logencoding",
  "get t1 journalmatch",
  "get t1 ignoreself",
  "get t1 ignoreip",
  "get t1 ignorecommand",
  "get t1 ignorecache",
  "get t1 prefregex",
  "get t1 failregex",
  "get t1 ignoreregex",
  "get t1 findtime",
  "get t1 bantime",
  "get t1 bantime.increment",
  "get t1 bantime.factor",
  "get t1 bantime.formula",
  "get t1 bantime.multipliers",
  "get t1 bantime.maxtime",
  "get t1 bantime.rndtime",
  "get t1 bantime.overalljails",
  "get t1 datepattern",
  "get t1 logtimezone",
  "get t1 usedns",
  "get t1 maxretry",
  "get t1 maxmatches",
  "get t1 maxlines",
  "get t1 actions",
  "get t1 action dummy actionban",
  "get t1 action dummy actioncheck",
  "get t1 action dummy init",
  "get t1 action dummy timeout",
  "get t1 action dummy nope",
  "get t1 action nope actionban",
  "get t1 action dummy",
  "get t1 actionproperties",
  "set t1 maxretry abc",
  "set t1 maxretry",
  "set t1 maxretry 4",
  "set t1 maxretry 3",
  "set t1 findtime 10m",
  "set t1 findtime 600",
  "set t1 bantime 1h",
  "set t1 bantime -1",
  "set t1 bantime 600",
  "set t1 bantime.increment true",
  "set t1 bantime.factor 2",
  "set t1 bantime.formula ban.Time*2",
  "set t1 bantime.multipliers '1 2 4'",
  "set t1 bantime.maxtime 1d",
  "set t1 bantime.rndtime 5m",
  "set t1 bantime.overalljails true",
  "get t1 bantime.maxtime",
  "set t1 bantime.increment 0",
  "set t1 maxmatches 7",
  "set t1 maxlines 3",
  "set t1 maxlines 0",
  "set t1 maxlines 1",
  "set t1 usedns no",
  "set t1 usedns foo",
  "set t1 usedns warn",
  "set t1 logtimezone UTC+0100",
  "set t1 logtimezone foo",
  "set t1 datepattern '%Y-%m-%d %H:%M:%S'",
  "get t1 datepattern",
  "set t1 datepattern EPOCH",
  "set t1 datepattern '^LEPOCH'",
  "get t1 datepattern",
  "set t1 datepattern '{^LN-BEG}TAI64N'",
  "set t1 datepattern {NONE}",
  "set t1 datepattern ''",
  "set t1 logencoding ascii",
  "set t1 logencoding foo",
  "set t1 logencoding auto",
  "set t1 prefregex '^x<F-CONTENT>.+</F-CONTENT>$'",
  "get t1 prefregex",
  "set t1 prefregex ''",
  "set t1 addfailregex '^foo <HOST>'",
  "set t1 addfailregex '^foo ('",
  "set t1 addfailregex nohost",
  "set t1 delfailregex 2",
  "set t1 delfailregex 9",
  "set t1 delfailregex x",
  "set t1 addignoreregex abc",
  "set t1 addignoreregex '('",
  "set t1 delignoreregex 1",
  "set t1 ignoreself true",
  "set t1 ignorecommand /bin/false",
  "get t1 ignorecommand",
  "set t1 ignorecommand ''",
  "set t1 ignorecache 'key=\"<ip>\",max-count=100,max-time=5m'",
  "get t1 ignorecache",
  "set t1 ignorecache ''",
  "get t1 ignorecache",
  "set t1 addignoreip 10.0.0.0/8 2001:db8:1::/48 example.org",
  "set t1 delignoreip 10.0.0.0/8",
  "set t1 delignoreip 10.9.0.0/8",
  "set t1 addignoreip 10.1.2.3/255.255.0.0",
  "set t1 delignoreip",
  "set t1 addlogpath FOLDER/missing.log",
  "set t1 addlogpath FOLDER/c.log tail",
  "set t1 addlogpath FOLDER/c.log foo",
  "set t1 addlogpath FOLDER/c.log tail x",
  "set t1 dellogpath FOLDER/c.log",
  "set t1 dellogpath FOLDER/zz.log",
  "set t1 idle on",
  "set t1 idle off",
  "set t1 idle foo",
  "multi-set t1 addfailregex x",
  "multi-set t1 addignoreip 203.0.113.11 203.0.113.12",
  "get t1 ignoreip",
  "multi-set t1 delignoreip 203.0.113.11",
  "set t1 delignoreip 203.0.113.12",
  "multi-set t1 usedns warn",
  "set t1 bantime 601.5",
  "set t1 bantime 600",
  "set t1 banip 203.0.113.1 2001:db8::5",
  "get t1 banned",
  "get t1 banned 203.0.113.1",
  "get t1 banned 203.0.113.1 203.0.113.9",
  "get t1 banip",
  "get t1 banip ,",
  "get t1 banip --with-time",
  "banned",
  "banned 203.0.113.1 10.9.9.9",
  "set t1 banip",
  "set t1 banip 203.0.113.1",
  "status t1",
  "set t1 unbanip 203.0.113.1 10.9.9.9",
  "set t1 unbanip --report-absent 10.9.9.9",
  "set t1 unbanip --report-absent",
  "set t1 unbanip",
  "set t1 banip 198.51.100.7 198.51.100.8",
  "set t2 banip 198.51.100.7",
  "unban 198.51.100.7",
  "unban 198.51.100.0/24",
  "unban 10.9.9.9",
  "unban --all",
  "set t1 attempt 203.0.113.77",
  "set t1 attempt 203.0.113.77 line1 line2",
  "set t1 addaction foo",
  "set t1 addaction foo",
  "get t1 actions",
  "set t1 action foo actionban 'true x'",
  "get t1 action foo actionban",
  "set t1 action foo bar baz",
  "get t1 action foo bar",
  "set t1 delaction foo",
  "set t1 delaction foo",
  "set t1 action dummy timeout 30",
  "set t1 action nope x y",
  "add --all",
  "stop nope",
  "start nope",
  "start t1",
  "start",
  "reload nope",
  "reload a b",
  "reload",
  "reload t1",
  "reload --unban",
  "reload --restart t1",
  "restart t1",
  "restart --unban t1",
  "get t1 maxretry",
  "get t1 ignoreip",
  "stop t2",
  "status",
  "reload",
  "status",
];

/** Each form of output and each error, with exit code and output stream. */
const EXITS: readonly string[] = [
  "ping",
  "echo a b",
  "status",
  "status nope",
  "foo",
  "get t1 failregex",
  "get t1 banip --with-time",
  "set t1 maxretry abc",
  "set t1 addlogpath FOLDER/missing.log",
  "unban",
  "start",
  "reload a b",
  "reload t1",
];

function assertSame(
  commands: readonly string[],
  real: readonly string[],
  ours: readonly string[],
): void {
  const different = commands.flatMap((command, i) =>
    real[i] === ours[i] ? [] : [`$ ${command}\n--- fail2ban\n${real[i]}\n--- bailiff\n${ours[i]}`],
  );
  const count = `${different.length} of ${commands.length}`;
  assert.deepEqual(different, [], `${count}:\n${different.join("\n\n")}`);
}

test("fail2ban's client prints the same for both servers, command by command", async () => {
  writeFileSync(`${servers.folder}/c.log`, "");
  const typed = SAME.map((command) => command.replace("FOLDER", servers.folder));
  const printed = await Promise.all([servers.real.type(typed), servers.ours.type(typed)]);
  rmSync(`${servers.folder}/c.log`);
  const [real, ours] = printed.map((outputs) => outputs.map(normalize));
  assertSame(SAME, real ?? [], ours ?? []);
});

test("fail2ban's client has the same exit code for both servers", async () => {
  for (const command of EXITS) {
    const [real, ours] = await askBoth(command);
    assertSame([command], [normalize(real)], [normalize(ours)]);
  }
});

/** Commands with another or no meaning in bailiff, each with its answer. */
const OTHERWISE: readonly (readonly [string, RegExp])[] = [
  ["get dbfile", /^Current database file is:\n`- .*\/state\/bailiff\.db\n$/],
  ["set dbpurgeage 2y", /history is kept for 365d: see audit_keep in \[daemon\]/],
  ["set dbpurgeage soon", /expected a length such as 2d/],
  [
    "status t1 cymru",
    /Banned IP list:\t.*\n.*Banned ASN list:\t\n.*Banned Country list:\t\n.*Banned RIR list:\t\n$/,
  ],
  ["set dbmaxmatches 1000", /at most 20 lines are kept/],
  ["set syslogsocket /dev/other", /Failed to change syslog socket/],
  ["set allowipv6 no", /addresses of IPv6 are always taken/],
  ["set t1 ignoreself false", /own addresses are never banned/],
  ["set t1 maxretry 0", /maxretry must be from 1 to 1000/],
  ["set t1 maxmatches 1000", /maxmatches must be from 0 to 20/],
  ["set t1 findtime 1x", /expected a length such as 600, 10m or 1d12h/],
  ["set t1 bantime.factor x(", /expected bantime\.factor/],
  ["set t1 addjournalmatch A=b", /does not read the journal/],
  ["set t1 banip foo", /"foo" is not a valid address or network/],
  ["set t1 banip 127.0.0.9", /127\.0\.0\.9 is allowed/],
  ["set t1 attempt foo", /foo is not a valid address/],
  ["set t1 action dummy ban {}", /ban of action dummy cannot be called here/],
  ["get t1 actionmethods dummy", /^No methods for jail t1 action dummy\n$/],
  ["add t1 polling", /^The jail 't1' already exists$/m],
  ["stats", /^\{'t1': \['polling', \(\d+, \d+\), \(\d+, \d+\)\], 't2': .*\}\n$/],
];

test("unsupported commands are answered with a message that fail2ban's client prints", async () => {
  const printed = await servers.ours.type(OTHERWISE.map(([command]) => command));
  for (const [i, [command, text]] of OTHERWISE.entries())
    assert.match(printed[i] ?? "", text, command);
});

test("each line of an attempt is a failure, except of an exempt address, as in newer releases", async () => {
  const attempt = async (...words: readonly string[]): Promise<string> =>
    (await servers.ours.ask("set", "t1", "attempt", ...words)).out.trim();
  const banned = async (ip: string): Promise<string> =>
    (await servers.ours.ask("get", "t1", "banned", ip)).out.trim();
  assert.deepEqual(
    [await attempt("203.0.113.90", "one", "two"), await banned("203.0.113.90")],
    ["1", "0"],
  );
  assert.deepEqual([await attempt("203.0.113.90"), await banned("203.0.113.90")], ["1", "1"]);
  const many = Array.from({ length: 50 }, (_, i) => `line ${i}`);
  assert.deepEqual(
    [await attempt("203.0.113.91", ...many), await banned("203.0.113.91")],
    ["1", "1"],
  );
  assert.deepEqual([await attempt("127.0.0.9", ...many), await banned("127.0.0.9")], ["0", "0"]);
  await servers.ours.ask("unban", "203.0.113.90", "203.0.113.91");
});

test("three failures in a log are found, banned, and logged in fail2ban's format", async () => {
  const log = servers.logs[0];
  const line = `${formatLocal(Date.now())} bad login from 203.0.113.50\n`;
  for (let i = 0; i < 3; i++) appendFileSync(log, line);
  for (const { ask } of [servers.real, servers.ours])
    await untilTrue(
      async () => (await ask("get", "t1", "banned", "203.0.113.50")).out === "1\n",
      "it is banned",
    );
  await askBoth("set t1 unbanip 203.0.113.50");
  const told = (path: string): readonly string[] =>
    linesOf(path)
      .filter((line) => line.includes("203.0.113.50"))
      .map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{3})?/g, "TIME"))
      .map((line) => line.replace(/\[\d+\]/, "[PID]"));
  const expected = [
    ...Array.from(
      { length: 3 },
      () => "TIME fail2ban.filter         [PID]: INFO    [t1] Found 203.0.113.50 - TIME",
    ),
    "TIME fail2ban.actions        [PID]: NOTICE  [t1] Ban 203.0.113.50",
    "TIME fail2ban.actions        [PID]: NOTICE  [t1] Unban 203.0.113.50",
  ];
  assert.deepEqual(told(servers.real.log), expected, "as the original has them");
  assert.deepEqual(told(servers.ours.log), expected);
});

test("fail2ban's own filter for repeat offenders finds the bans in our log", async () => {
  const found = execFileSync(
    "/usr/bin/fail2ban-regex",
    ["-o", "ip", servers.ours.log, "recidive[_jailname=recidive]"],
    { encoding: "utf8" },
  );
  assert.ok(found.split("\n").includes("203.0.113.50"), found);
  const bans = linesOf(servers.ours.log).filter((line) => / NOTICE {2}\[t\d\] Ban /.test(line));
  assert.equal(found.split("\n").filter((line) => line !== "").length, bans.length);
});

/** Commands for which our own client must print the same as the original. */
const OWN: readonly string[] = [
  "ping",
  "version",
  "echo a b",
  "status",
  "status t1",
  "status t1 short",
  "status nope",
  "banned",
  "banned 203.0.113.60",
  "unban",
  "foo",
  "get loglevel",
  "get logtarget",
  "get syslogsocket",
  "get dbfile",
  "get dbpurgeage",
  "get thread",
  "get t1 logpath",
  "get t1 logencoding",
  "get t1 journalmatch",
  "get t1 ignoreip",
  "get t2 ignoreip",
  "get t1 failregex",
  "get t1 ignoreregex",
  "get t1 prefregex",
  "get t1 datepattern",
  "get t1 actions",
  "get t1 actionproperties dummy",
  "get t1 banip",
  "get t1 banip ,",
  "get t1 banip --with-time",
  "get t1 banned",
  "get t1 bantime",
  "get t1 ignorecommand",
  "ping 5",
  "ping abc",
  "set t1 maxretry abc",
  "set t1 addlogpath FOLDER/missing.log",
  "set t1 action nope x y",
  "set t1 delignoreip 10.9.0.0/8",
  "start",
  "reload a b",
  "flushlogs",
];

/** Commands with options, or with different output at a prompt. */
const OWN_ALONE: readonly string[] = [
  ...["ping", "status t1", "status nope", "set t1 maxretry abc", "unban", "start", "reload a b"],
  ...["set t1 addlogpath FOLDER/missing.log", "reload t1", "reload", "--str2sec 1d12h", "-V"],
];

test("our client prints the same as the original, for both servers", async () => {
  const typed = OWN.map((command) => command.replace("FOLDER", servers.folder));
  for (const server of [servers.real, servers.ours]) {
    await server.ask("set", "t1", "banip", "203.0.113.60", "203.0.113.61");
    const [original, own] = [await server.type(typed), await server.typeOwn(typed)];
    assertSame(OWN, original.map(normalize), own.map(normalize));
  }
});

test("our client has the same exit code as the original, for both servers", async () => {
  for (const server of [servers.real, servers.ours]) {
    for (const command of OWN_ALONE) {
      const words = wordsOf(command);
      const [original, own] = [await server.ask(...words), await server.askOwn(...words)];
      assertSame([command], [normalize(original)], [normalize(own)]);
    }
  }
});

test("other clients are answered while a long list is banned and unbanned", async () => {
  const list = Array.from({ length: 8000 }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
  await using other = await connectCommands(servers.ours.socket);
  const count = async (): Promise<number> => {
    const reply = await other.send(["get", "t1", "banip"]);
    return reply.kind === "value" ? (itemsOf(reply.value)?.length ?? 0) : 0;
  };
  for (const words of [["set", "t1", "banip"], ["unban"]]) {
    const counts: number[] = [];
    const long = servers.ours.ask(...words, ...list);
    const ended = long.then(() => true);
    do counts.push(await count());
    while (!(await Promise.race([ended, sleep(20).then(() => false)])));
    assert.equal((await long).out, "8000\n");
    const between = counts.filter((bans) => bans > 1000 && bans < list.length);
    assert.ok(between.length > 0, `answers while it ran: ${counts.join(" ")}`);
  }
});

test("a log target may have options, which are not part of its name", async () => {
  const before = (await servers.ours.ask("get", "logtarget")).out.split("- ")[1]?.trim() ?? "";
  const other = `${servers.folder}/other.log`;
  const printed = await askBoth("set logtarget 'FOLDER/other.log[format=\"%(message)s\"]'");
  for (const { out } of printed) assert.equal(out, `Current logging target is:\n\`- ${other}\n`);
  for (const target of ["STDOUT", "stderr", "SYSLOG", "SYSTEMD-JOURNAL"]) {
    const { out } = await servers.ours.ask("set", "logtarget", target);
    assert.equal(out, `Current logging target is:\n\`- ${target.toUpperCase()}\n`);
  }
  assert.match((await servers.ours.ask("set", "logtarget", "nowhere")).out, /Failed to change/);
  await servers.ours.ask("set", "logtarget", before);
});

test("a restart with either client does not start fail2ban instead of bailiff", async () => {
  const original = await servers.ours.ask("--timeout", "1", "restart");
  assert.match(original.out, /^restart would start fail2ban in place of bailiff; use reload/);
  assert.equal(original.code, 255);
  const own = await servers.ours.askOwn("restart");
  assert.deepEqual([own.out, own.code], ["OK\n", 0]);
  const asked = await servers.ours.askOwn("ping");
  assert.equal(asked.out, "Server replied: pong\n");
});

test("a missing socket is reported as the original does, with how bailiff opens one", async () => {
  const nowhere = ["-s", `${servers.folder}/none.sock`, "status"];
  const [original, own] = [
    await servers.ours.ask(...nowhere),
    await servers.ours.askOwn(...nowhere),
  ];
  const hint = /^bailiff listens on this socket .*\n/m;
  assert.match(normalize(own), hint);
  assert.equal(normalize(own).replace(hint, ""), normalize(original));
});

test("stop ends either server, with a message", async () => {
  const printed = await askBoth("stop");
  for (const { out, code } of printed) assert.deepEqual([out, code], ["Shutdown successful\n", 0]);
  for (const { child, socket } of [servers.real, servers.ours]) {
    await untilTrue(() => child.exitCode !== null, "it has ended");
    assert.equal(child.exitCode, 0);
    assert.ok(!existsSync(socket), "its socket is gone");
  }
});
