import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { enabledJails } from "../config/config.ts";
import { parseConfig } from "../config/parse-config.ts";
import { formatInstant, type Instant, instant } from "../domain/instant.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { readPortNames } from "../host/services/port-names.ts";
import { compileJails } from "../jails/compile-jails.ts";
import { openLibrary } from "../jails/load-filters.ts";
import { createFilterCompiler } from "../parse/filter/compile-filter.ts";
import { type Replayed, type ReplayPolicy, replay } from "./replay.ts";
import { scan } from "./scan.ts";

enableLinearRegex();

const folder = mkdtempSync(join(tmpdir(), `bailiff-replay-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

const NOW = instant(Date.parse("2026-12-24T12:00:00Z"));
const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };
const { filters } = await (await openLibrary([])).read(["sshd", "dovecot"]);
const ports = await readPortNames();
const SSHD = "[jails.sshd]\n";
const ONCE = "increment = { enabled = false }\n";

async function policyOf(
  text: string,
  guards: ReplayPolicy["guards"] = "all",
): Promise<ReplayPolicy> {
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([{ path: "test.toml", text }], { paths, ports });
  assert.ok(config.ok, JSON.stringify(config));
  const from = { filters, compile: createFilterCompiler() };
  const { jails, problems } = compileJails(enabledJails(config.value), from, []);
  assert.deepEqual(problems, []);
  return { name: "test", jails, guards };
}

let logs = 0;
function writeLog(lines: readonly string[], how: "plain" | "gzip" = "plain"): string {
  const text = lines.map((line) => `${line}\n`).join("");
  const path = join(folder, `${logs++}.log`);
  writeFileSync(path, how === "gzip" ? gzipSync(text) : text);
  return path;
}

async function replayAll(
  paths: readonly string[],
  ...policies: readonly ReplayPolicy[]
): Promise<Replayed> {
  return replay({
    ...{ logs: paths, policies, ports, clock, localOffset: () => 0 },
    owned: () => false,
    signal: new AbortController().signal,
  });
}

async function tallyOf(
  text: string,
  ...paths: readonly string[]
): Promise<Replayed["tallies"][number]> {
  const { tallies } = await replayAll(paths, await policyOf(text));
  const [tally] = tallies;
  assert.ok(tally !== undefined);
  return tally;
}

let pid = 0;
function stamped(stamp: string, message: string, program = "sshd"): string {
  return `${stamp} web1 ${program}[${++pid}]: ${message}`;
}

function failed(time: string, ip = "192.0.2.7", user = "root"): string {
  return stamped(`2026-11-23T${time}Z`, `Failed password for ${user} from ${ip} port 4711 ssh2`);
}

function accepted(time: string, ip = "192.0.2.7", method = "password"): string {
  const message = `Accepted ${method} for alice from ${ip} port 4711 ssh2`;
  return stamped(`2026-11-23T${time}Z`, message);
}

/** Five failures, of which the last is at the full minute and leads to a ban. */
function burst(minute: string, ip?: string): readonly string[] {
  const [hours = "", minutes = ""] = minute.split(":");
  const before = new Date(Date.UTC(2026, 10, 23, Number(hours), Number(minutes)) - 4000);
  return [0, 1, 2, 3, 4].map((second) => {
    const at = new Date(before.getTime() + second * 1000);
    return failed(at.toISOString().slice(11, 19), ip);
  });
}

test("a ban stops the attempts of its source until it ends, in the time of the log", async () => {
  const later = ["10:30:00", "10:59:59", "11:00:00", "11:00:01"].map((time) => failed(time));
  const tally = await tallyOf(SSHD + ONCE, writeLog([...burst("10:00"), ...later]));
  const { attempts, stopped, bans, peak } = tally;
  assert.deepEqual(
    { attempts, stopped, bans, peak },
    { attempts: 9, stopped: 2, bans: 1, peak: 1 },
  );
  assert.partialDeepStrictEqual(tally.subjects(), [
    { subject: "192.0.2.7", jail: "sshd", at: Date.parse("2026-11-23T10:00:00Z"), bans: 1 },
  ]);
});

test("a ban that has ended is none of the bans at the same time", async () => {
  const apart = writeLog([...burst("10:00"), ...burst("11:01", "192.0.2.8")]);
  assert.equal((await tallyOf(SSHD + ONCE, apart)).peak, 1);
  const together = writeLog([...burst("10:00"), ...burst("10:59", "192.0.2.8")]);
  assert.equal((await tallyOf(SSHD + ONCE, together)).peak, 2);
});

test("each further ban is longer, as configured, without the part at random", async () => {
  // 1h from 10:00, 4h from 12:00, 24h from 17:00.
  const log = writeLog([
    ...burst("10:00"),
    ...burst("12:00"),
    ...["15:59:59", "16:00:00"].map((time) => failed(time)),
    ...burst("17:00"),
    failed("23:59:59"),
  ]);
  const { attempts, stopped, bans } = await tallyOf(SSHD, log);
  assert.deepEqual({ attempts, stopped, bans }, { attempts: 18, stopped: 2, bans: 3 });
});

test("failures further apart than findtime lead to no ban", async () => {
  const times = ["10:00:00", "10:02:30", "10:05:00", "10:07:30", "10:10:01"];
  const log = writeLog(times.map((time) => failed(time)));
  assert.equal((await tallyOf(SSHD, log)).bans, 0);
  const just = writeLog([...times.slice(0, 4), "10:10:00"].map((time) => failed(time)));
  assert.equal((await tallyOf(SSHD, just)).bans, 1);
});

test("a ban of one service's ports does not stop attempts on another; one of all ports does", async () => {
  const other = (time: string): string =>
    stamped(
      `2026-11-23T${time}Z`,
      "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip=192.0.2.7, lip=198.51.100.1, TLS, session=<x>",
      "dovecot",
    );
  const log = writeLog([...burst("10:00"), other("10:01:00"), failed("10:02:00")]);
  const both = `[jails.dovecot]\n${SSHD}`;
  const one = await tallyOf(`${both}ports = [22]\n`, log);
  assert.deepEqual([one.attempts, one.stopped], [7, 1]);
  const all = await tallyOf(both, log);
  assert.deepEqual([all.attempts, all.stopped], [7, 2]);
  const mail = await tallyOf(
    `${both}ports = ["imap2", "imaps", "pop3", "pop3s", "submission", "submissions", "smtp", 4190]\n`,
    log,
  );
  assert.deepEqual([mail.attempts, mail.stopped], [7, 2], "the ports of both services");
});

test("an IPv6 source is banned by its prefix, and all of it is stopped", async () => {
  const log = writeLog([...burst("10:00", "2001:db8::7"), failed("10:01:00", "2001:db8::ffff")]);
  const tally = await tallyOf(SSHD, log);
  assert.deepEqual([tally.stopped, tally.subjects()[0]?.subject], [1, "2001:db8::/64"]);
  const single = await tallyOf(`${SSHD}ipv6_prefix = 128\n`, log);
  assert.deepEqual([single.stopped, single.subjects()[0]?.subject], [0, "2001:db8::7"]);
});

test("logs are merged by the times in them, in whatever order they are named", async () => {
  const lines = burst("10:00");
  const rest = [failed("10:00:30"), failed("11:30:00")];
  const parts = [
    writeLog(rest),
    writeLog(lines.slice(0, 3), "gzip"),
    writeLog(lines.slice(3), "gzip"),
  ];
  const tally = await tallyOf(SSHD + ONCE, ...parts);
  assert.deepEqual([tally.attempts, tally.stopped, tally.bans], [7, 1, 1]);
  // Two hosts that write at the same time: the ban follows the fifth failure of both.
  const hosts = [0, 1].map((host) => writeLog(lines.filter((_, i) => i % 2 === host)));
  const merged = await tallyOf(SSHD + ONCE, ...hosts, writeLog(rest));
  assert.deepEqual([merged.attempts, merged.stopped, merged.bans], [7, 1, 1]);
});

test("a log without years is read in one piece over New Year, however old it is", async () => {
  const line = (stamp: string): string =>
    stamped(stamp, "Failed password for root from 192.0.2.7 port 4711 ssh2");
  // The clock is at 24 December: the last line is of this year's 31 December only by its form.
  const log = writeLog([
    ...["Dec 30 23:59:56", "Dec 31 23:59:57", "Dec 31 23:59:58", "Dec 31 23:59:59"].map(line),
    ...["Jan  1 00:00:00", "Jan  1 00:00:01"].map(line),
    line("Jan  1 00:30:00"),
    line("Dec 26 12:00:00"),
  ]);
  const { tallies, first, last } = await replayAll([log], await policyOf(SSHD + ONCE));
  assert.deepEqual([tallies[0]?.bans, tallies[0]?.stopped, tallies[0]?.late], [1, 1, 0]);
  assert.deepEqual(
    [first, last],
    ["2024-12-30T23:59:56Z", "2025-12-26T12:00:00Z"].map((at) => Date.parse(at)),
  );
});

test("lines that are out of order by seconds count at their own time", async () => {
  const [a = "", b = "", c = "", d = "", e = ""] = burst("10:00");
  const tally = await tallyOf(SSHD + ONCE, writeLog([b, a, e, c, d, failed("10:59:59")]));
  assert.deepEqual([tally.attempts, tally.bans, tally.stopped, tally.late], [6, 1, 1, 0]);
  // An attempt before the ban came through, although its line is read later.
  const before = await tallyOf(SSHD + ONCE, writeLog([...burst("10:00"), failed("09:59:50")]));
  assert.equal(before.stopped, 0);
});

test("a line of the future neither counts nor moves the clock, and much older lines are reported", async () => {
  const future = stamped(
    "2027-11-23T10:00:00Z",
    "Failed password for root from 192.0.2.9 port 1 ssh2",
  );
  const log = writeLog([future, ...burst("10:00"), failed("08:00:00", "192.0.2.8")]);
  const { attempts, bans, untimed, late } = await tallyOf(SSHD, log);
  assert.deepEqual(
    { attempts, bans, untimed, late },
    { attempts: 7, bans: 1, untimed: 1, late: 1 },
  );
});

test("a user who logs in at any time is an innocent if his address is banned", async () => {
  const log = writeLog([
    ...burst("10:00"),
    accepted("10:10:00"),
    ...burst("10:30", "192.0.2.8"),
    accepted("12:00:00", "192.0.2.9"),
  ]);
  const tally = await tallyOf(SSHD, log);
  assert.deepEqual([tally.logins, tally.stoppedLogins], [2, 1]);
  const found = tally.subjects().map(({ subject, innocent }) => [subject, innocent]);
  assert.deepEqual(found, [
    ["192.0.2.7", "192.0.2.7"],
    ["192.0.2.8", undefined],
  ]);
});

test("guards judge by the logins in the log, unless the policy has none", async () => {
  const log = writeLog([accepted("09:59:00", "192.0.2.7", "publickey"), ...burst("10:00")]);
  const [guarded, bare] = (
    await replayAll([log], await policyOf(SSHD), await policyOf(SSHD, "none"))
  ).tallies;
  assert.deepEqual([guarded?.bans, bare?.bans], [0, 1]);
  assert.deepEqual([...(guarded?.guards.ignored ?? [])], [["logged-in", 1]]);
});

test("offenses above bans_per_minute wait, and are banned in the time of the log", async () => {
  const crowd = [1, 2, 3].flatMap((n) => burst("10:00", `192.0.2.${n}`));
  const again = [1, 2, 3].map((n) => failed("10:03:30", `192.0.2.${n}`));
  const tally = await tallyOf(`${SSHD}bans_per_minute = 1\n`, writeLog([...crowd, ...again]));
  assert.deepEqual([tally.bans, tally.stopped, tally.guards.limited], [3, 3, 1]);
  const starts = tally.subjects().map(({ at }) => at - Date.parse("2026-11-23T10:00:00Z"));
  assert.ok(
    starts.every((start, i) => start >= i * 55_000 && start <= i * 61_000),
    starts.join(),
  );
});

test("a campaign of many addresses is recognized in the time of the log", async () => {
  const start = Date.parse("2026-11-18T00:00:00Z");
  const line = (seconds: number, ip: string, user: string): string =>
    stamped(
      formatInstant(instant(start + seconds * 1000)),
      `Failed password for invalid user ${user} from ${ip} port 4711 ssh2`,
    );
  const noise = Array.from({ length: 120 }, (_, hour) =>
    line(hour * 3600, `2001:db8:${hour + 1}::7`, "root"),
  );
  const rush = Array.from({ length: 20 }, (_, i) =>
    line(120 * 3600 + i * 10, `2001:db8:f${i + 10}::7`, "oracle7"),
  );
  const later = [line(121 * 3600, "192.0.2.7", "root")];
  assert.equal((await tallyOf(SSHD, writeLog([...noise, ...later]))).campaigns, 0);
  assert.equal((await tallyOf(SSHD, writeLog([...noise, ...rush, ...later]))).campaigns, 1);
});

test("exempt addresses are not banned", async () => {
  const tally = await tallyOf(`${SSHD}ignoreip = ["192.0.2.0/24"]\n`, writeLog(burst("10:00")));
  assert.deepEqual([tally.bans, [...tally.guards.ignored]], [0, [["allow-listed", 1]]]);
});

test("attempts are those that scan counts, also when lines are joined", async () => {
  const at = (time: string, message: string): string =>
    `2026-11-23T${time}Z web1 sshd[77]: ${message}`;
  const log = writeLog([
    at("10:00:00", "Invalid user x from 192.0.2.7 port 4711"),
    at("10:00:01", "Failed password for invalid user x from 192.0.2.7 port 4711 ssh2"),
    at(
      "10:00:02",
      "message repeated 2 times: [ Failed password for root from 192.0.2.7 port 4711 ssh2]",
    ),
    at("10:00:03", "Connection closed by invalid user x 192.0.2.7 port 4711 [preauth]"),
    ...burst("10:05"),
    failed("10:06:00"),
  ]);
  const policy = await policyOf(SSHD);
  const scanned = await scan({
    ...{ path: log, filters: policy.jails.map(({ jail }) => jail.filter), clock },
    localOffset: () => 0,
    signal: new AbortController().signal,
  });
  const tally = await tallyOf(SSHD, log);
  assert.equal(tally.attempts, scanned.attempts);
  assert.ok(tally.stopped > 0 && tally.stopped < tally.attempts);
});

test("two policies are judged independently, over one reading", async () => {
  const log = writeLog([...burst("10:00"), failed("10:30:00")]);
  const { tallies, lines } = await replayAll(
    [log],
    await policyOf(SSHD),
    await policyOf(`${SSHD}bantime = "10m"\n`),
    await policyOf(`${SSHD}maxretry = 6\n`),
  );
  assert.equal(lines, 6);
  const found = tallies.map(({ attempts, stopped, bans }) => [attempts, stopped, bans]);
  assert.deepEqual(found, [
    [6, 1, 1],
    [6, 0, 1],
    [6, 0, 0],
  ]);
});
