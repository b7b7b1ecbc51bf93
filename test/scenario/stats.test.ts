/** What the daemon counts by hour, and when it says that it did not. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import type { StatsReply } from "../../src/control/stats-messages.ts";
import { literalSubject } from "../../src/domain/cidr.ts";
import { instant } from "../../src/domain/instant.ts";
import { DAEMON_RUN, HOUR_MS, type Stats } from "../../src/domain/stats.ts";
import { writeMmdb } from "../../src/host/geo/mmdb.fixture.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
enforcer = "memory"

[jails.sshd]
source = { file = ["/story"] }
bantime = "10m"

[jails.sshd-slow]
filter = "sshd"
source = { file = ["/story"] }
maxretry = 3
bantime = "10m"
`;
const MINUTE = 60_000;

let pid = 0;
async function read(daemon: VirtualDaemon, message: string): Promise<void> {
  const stamp = new Date(daemon.now()).toISOString();
  pid++;
  await daemon.read([`${stamp} host sshd[${pid}]: ${message}`], "live");
}

async function fail(daemon: VirtualDaemon, ip: string, user: string): Promise<void> {
  await read(daemon, `Failed password for ${user} from ${ip} port 1 ssh2`);
}

function statsOf(daemon: VirtualDaemon): Stats {
  daemon.daemon.book.stats.save();
  const to = instant(daemon.now() + HOUR_MS);
  return daemon.daemon.book.stats.read({ from: instant(to - 100 * HOUR_MS), to });
}

/** Returns the counts of a jail over all hours. */
function totalsOf(stats: Stats, jail: string): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { jail: of, rule, counter, count } of stats.counts) {
    if (of !== jail) continue;
    const key = `${rule} ${counter}`.trim();
    totals[key] = (totals[key] ?? 0) + count;
  }
  return totals;
}

test("failures, logins, offenses, bans and unrecognized lines are counted by jail and rule", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (let n = 0; n < 5; n++) await fail(daemon, "192.0.2.7", "root");
  await read(daemon, "Accepted password for alice from 198.51.100.7 port 1 ssh2");
  for (let n = 0; n < 3; n++) await read(daemon, "a message that no rule recognizes");
  await daemon.passTo(20 * MINUTE);
  const stats = statsOf(daemon);
  const { counts } = stats;
  const failures = counts.find(({ jail, counter }) => jail === "sshd" && counter === "failures");
  const rule = failures?.rule ?? "";
  const success = counts.find(({ counter }) => counter === "successes")?.rule ?? "";
  assert.notEqual(rule, "");
  assert.deepEqual(totalsOf(stats, "sshd"), {
    [`${rule} failures`]: 5,
    [`${rule} offenses`]: 1,
    [`${rule} bans`]: 1,
    [`${rule} unbans`]: 1,
    [`${success} successes`]: 1,
    unrecognized: 3,
  });
  // Failures after the ban do not stop the slow jail's counting; its own offense came at the third one.
  assert.equal(totalsOf(stats, "sshd-slow")[`${rule} failures`], 5);
  assert.equal(totalsOf(stats, "sshd-slow")[`${rule} bans`], 1);
});

test("the lists of a day count a failure once, whichever jails it concerns", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  await fail(daemon, "192.0.2.7", "root");
  await fail(daemon, "192.0.2.8", "root");
  const { tops } = statsOf(daemon);
  const listed = tops.map(({ kind, list }) => [kind, list.entries]);
  assert.deepEqual(listed, [
    [
      "address",
      [
        { key: "192.0.2.7", count: 1, error: 0 },
        { key: "192.0.2.8", count: 1, error: 0 },
      ],
    ],
    ["network", [{ key: "192.0.2.0/24", count: 2, error: 0 }]],
    ["user", [{ key: "root", count: 2, error: 0 }]],
  ]);
});

test("runs cover the time in which the daemon ran, over a restart and a step of the clock", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const begin = daemon.now();
  await daemon.passTo(60 * MINUTE);
  await fail(daemon, "192.0.2.7", "root");
  const end = daemon.now();
  await daemon.restart(5 * HOUR_MS);
  const again = daemon.now();
  assert.equal(totalsOf(statsOf(daemon), "sshd-slow")["failed-attempt failures"], 1);
  await daemon.passTo(70 * MINUTE);
  daemon.stepClock(-30 * MINUTE);
  await daemon.passTo(80 * MINUTE);
  const runs = statsOf(daemon).runs.filter(({ jail }) => jail === DAEMON_RUN);
  const minutes = runs.map(({ from, to }) => [from, to].map((at) => (at - begin) / MINUTE));
  assert.deepEqual(minutes[0], [0, (end - begin) / MINUTE]);
  assert.ok(
    minutes.some(([from]) => from === (again - begin) / MINUTE),
    "the next run begins after the restart",
  );
  // The step is in no run.
  for (const { from, to } of runs) assert.ok(to - from <= 61 * MINUTE, `${to - from}`);
  const covered = runs.reduce((sum, { from, to }) => sum + to - from, 0);
  assert.ok(covered > 75 * MINUTE && covered <= 80 * MINUTE, `${covered / MINUTE}`);
});

test("changes of a jail's state are recorded, with the cause", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  await daemon.passTo(10 * MINUTE);
  const states = statsOf(daemon).changes.map(({ jail, state, cause }): [string, object] => [
    jail,
    { state, cause },
  ]);
  const judged = daemon.daemon.watched().map((jail): [string, object] => {
    const { state, cause } = daemon.daemon.proofs.judge(jail);
    return [jail.live.jail.name, { state, cause }];
  });
  assert.deepEqual(new Map(states), new Map(judged));
});

test("the answer has series by step and jail, lists, and unknown hours", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const from = daemon.now();
  for (let n = 0; n < 3; n++) await fail(daemon, "192.0.2.7", "root");
  await daemon.passTo(60 * MINUTE);
  await daemon.restart(2 * HOUR_MS);
  await daemon.passTo(90 * MINUTE);
  await fail(daemon, "192.0.2.8", "admin");
  const to = daemon.now();
  const ask = async (change: object): Promise<StatsReply> =>
    await daemon.answer.stats({ from, to, step: 1, ...change }, "operator");
  const { series, top, changes, step_ms: step } = await ask({ by: "jail", jail: "sshd", top: 1 });
  assert.equal(step, HOUR_MS);
  assert.deepEqual(
    series.map(({ counts }) => counts.failures),
    [[3, null, null, 1]],
  );
  // The memory enforcer counts no packets.
  assert.deepEqual(
    series.map(({ totals }) => [totals.failures, totals.dropped]),
    [[4, null]],
  );
  const nowhere = { country: null, asn: null, organization: null };
  assert.deepEqual(top.address, [{ key: "192.0.2.7", failures: 3, error: 0, facts: nowhere }]);
  assert.deepEqual(new Set(changes.map(({ jail }) => jail)), new Set(["sshd"]));
  const [all] = (await ask({ step: 24 })).series;
  assert.deepEqual([all?.jail, all?.counts.failures], [null, [8]]);
  for (const [change, text] of [
    [{ to: from }, /later than from/],
    [{ from: 0 }, /longer than 800 days/],
    [{ jail: "nginx" }, /nginx/],
  ] as const)
    await assert.rejects(ask(change), text);
  await assert.rejects(ask({ from: to - 799 * 24 * HOUR_MS, by: "jail" }), /ask for a longer step/);
});

test("an answer about two years lets other work run in between", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const to = daemon.now();
  const input = { from: to - 700 * 24 * HOUR_MS, to, step: 24 };
  let turns = 0;
  let isOver = false;
  const work = (): void => {
    turns++;
    if (!isOver) setImmediate(work);
  };
  setImmediate(work);
  const { series } = await daemon.answer.stats(input, "operator");
  isOver = true;
  assert.equal(series[0]?.counts.failures.length, 700);
  assert.ok(turns >= 100, `${turns} turns`);
});

test("country and network come from local files, once they are configured", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-stats-${process.pid}-`));
  const file = join(folder, "test.mmdb");
  const place = { country: { iso_code: "DE" }, autonomous_system_number: 64_496 };
  const entries = [[literalSubject("192.0.2.0/24"), place]] as const;
  writeFileSync(file, writeMmdb({ entries, recordSize: 28, version: 6 }));
  await using daemon = await openVirtualDaemon(CONFIG);
  await fail(daemon, "192.0.2.7", "root");
  const ask = async (): Promise<StatsReply> =>
    await daemon.answer.stats(
      { from: daemon.now() - HOUR_MS, to: daemon.now() + 1, step: 1 },
      "operator",
    );
  assert.deepEqual((await ask()).top.address[0]?.facts.country, null);
  const paths = JSON.stringify([file, join(folder, "missing.mmdb")]);
  assert.ok((await daemon.reload(`[addresses]\nfiles = ${paths}\n${CONFIG}`)).ok);
  const { top, address_problems: problems } = await ask();
  const known = { country: "DE", asn: 64_496, organization: null };
  assert.partialDeepStrictEqual(top.address, [{ key: "192.0.2.7", facts: known }]);
  assert.partialDeepStrictEqual(top.network, [{ key: "192.0.2.0/24", facts: known }]);
  assert.partialDeepStrictEqual(top.user, [{ key: "root", facts: { country: null } }]);
  const why = await daemon.answer.why({ subject: "192.0.2.7" }, "operator");
  assert.deepEqual(why.facts, known);
  assert.match(problems.join(), /missing\.mmdb: no such file/);
  rmSync(folder, { recursive: true });
});
