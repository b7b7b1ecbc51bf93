/** After a restart, a reload or a crash every ban is kept without a gap, and every failure counts once. */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fuzzCount } from "../fuzz-rounds.ts";
import { openBook } from "../../src/record/open-book.ts";
import { systemClock } from "../../src/host/system-clock.ts";
import { parseSubject } from "../../src/domain/cidr.ts";
import { duration } from "../../src/domain/duration.ts";
import { join } from "node:path";
import {
  failedPassword,
  failures,
  openStage,
  type Stage,
  THREE_STRIKES,
  untilTrue,
} from "./stage.ts";

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

/** Follows every change of the ruleset by the kernel's notifications. */
async function watchKernel(): Promise<ReturnType<Stage["lab"]["start"]>> {
  const monitor = stage.lab.start("host", ["/usr/sbin/nft", "monitor"]);
  // A change of another table shows that it listens.
  await untilTrue(async () => {
    await stage.lab.run("host", ["/usr/sbin/nft", "add table ip probe; delete table ip probe"]);
    return (await monitor.until("probe", { limit: 100 })) !== undefined;
  }, "nft monitor listens");
  return monitor;
}

test("invariant 6: an unchanged jail is not restarted, and bans have no gap at reload and restart", async () => {
  stage.write([...failures("192.0.2.7", 3), ...failures("192.0.2.8", 2)]);
  await stage.untilBlocked("192.0.2.7");
  await stage.untilEvent("failure", { ip: "192.0.2.8", count: 2 });
  await using monitor = await watchKernel();
  await stage.ask("reload", {});
  stage.write(failedPassword("192.0.2.8"));
  await stage.untilBlocked("192.0.2.8");
  assert.equal(stage.events("source-started").length, 1, "the reader went on");
  for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
    await stage.stop(signal);
    await stage.start();
    await untilTrue(
      async () => (await stage.bans()).every(({ state }) => state === "enforced"),
      "every ban is enforced after the start",
    );
  }
  assert.equal((await stage.bans()).length, 2);
  const removed = monitor.lines.filter((line) => /delete (element|set|table)/.test(line));
  assert.deepEqual(
    removed.filter((line) => !line.includes("own_mark") && !line.includes("probe")),
    [],
  );
});

test("failures from before a restart count after it", async () => {
  stage.write(failures("192.0.2.20", 2));
  await stage.untilEvent("failure", { ip: "192.0.2.20", count: 2 });
  await stage.stop("SIGKILL");
  stage.write(failedPassword("192.0.2.20"));
  await stage.start();
  await stage.untilBlocked("192.0.2.20");
});

test("a new jail does not ban a subject for failures from before it was unbanned or allowed by hand", async () => {
  stage.write([...failures("192.0.2.30", 3), ...failures("192.0.2.31", 2)]);
  await stage.untilBlocked("192.0.2.30");
  await stage.untilEvent("failure", { ip: "192.0.2.31", count: 2 });
  await stage.bailiff("unban", "192.0.2.30");
  await stage.bailiff("allow", "192.0.2.31");
  await stage.bailiff("allow", "--remove", "192.0.2.31");
  for (const [jail, start] of [
    ["reloaded", () => stage.bailiff("reload")],
    ["restarted", async () => (await stage.stop(), stage.start())],
  ] as const) {
    const source = `source = { file = ["${stage.log}"] }`;
    stage.configure(`${THREE_STRIKES}\n[jails.${jail}]\nfilter = "sshd"\n${source}\n`);
    await start();
    // The last lines of the log: their ban shows that earlier lines were read.
    const last = `192.0.2.3${jail.length}`;
    stage.write([...failures(last, 3), failedPassword("192.0.2.31")]);
    await stage.untilEvent("ban", { jail, ip: last });
    await stage.untilEvent("failure", { jail, ip: "192.0.2.31" });
    const banned = (await stage.bans()).map(({ subject }) => subject);
    const { jails } = await stage.ask("status", {});
    for (const { name, failures: counted, sources } of jails)
      assert.ok(counted === 0 || sources[0]?.last_line_at !== null, `${name} has had lines`);
    assert.ok(!banned.includes("192.0.2.30") && !banned.includes("192.0.2.31"), jail);
  }
  stage.configure(THREE_STRIKES);
  await stage.bailiff("reload");
});

test("invariant 6: an invalid configuration is refused and the old one stays in force", async () => {
  stage.configure('[defaults]\nmaxretry = "many"\n\n[jails.nonsense]\nfilter = "no"\n');
  const reload = await stage.bailiff("reload");
  assert.equal(reload.code, 78);
  assert.match(reload.output, /maxretry/);
  assert.match(reload.output, /no/);
  await stage.untilEvent("config-refused");
  stage.daemon.kill("SIGHUP");
  await untilTrue(() => stage.events("config-refused").length === 2, "SIGHUP refuses it too");
  stage.write(failures("192.0.2.21", 3));
  await stage.untilBlocked("192.0.2.21");
  stage.configure(THREE_STRIKES.replace("maxretry = 3", "maxretry = 1"));
  const counted = async (): Promise<number | undefined> =>
    (await stage.ask("status", { jail: "sshd" })).jails[0]?.failures;
  const before = (await counted()) ?? 0;
  assert.ok(before >= 3);
  const good = await stage.bailiff("reload");
  assert.equal(good.code, 0, good.output);
  assert.equal(await counted(), before, "a changed jail continues to count");
  stage.write(failedPassword("192.0.2.22"));
  await stage.untilBlocked("192.0.2.22");
});

/** More would take longer than the log is written. */
const MAX_KILLS = 50;

test("invariant 5: repeated kills lose no failure and count none twice", async () => {
  await stage.stop();
  stage.configure(THREE_STRIKES.replace("maxretry = 3", "maxretry = 10"));
  const written = new Map<string, string[]>();
  const stop = new AbortController();
  const writing = writeUntil(stop.signal, written);
  for (let kill = 0; kill < Math.min(MAX_KILLS, fuzzCount(12)); kill++) {
    const daemon = stage.lab.startDaemon({ config: stage.config });
    // Every other kill is during the start; the others are while lines are read, on any machine.
    if (kill % 2 === 0) await sleep(150 + Math.random() * 400);
    else await Promise.race([daemon.until('"event":"failure"'), writing]);
    await sleep(Math.random() * 20);
    daemon.kill("SIGKILL");
    await daemon.ended;
  }
  stop.abort();
  await writing;
  stage.write(failedPassword("192.0.2.200", { user: "last" }));
  await stage.start();
  // From the book, because the log omits some of so many events.
  await untilTrue(
    async () => (await stage.ask("why", { subject: "192.0.2.200" })).watching.length > 0,
    "all is read",
  );
  await untilTrue(
    async () => (await stage.bans()).every(({ state }) => state === "enforced"),
    "every ban is enforced",
  );
  // Several jails may ban the same address.
  const banned = [...new Set((await stage.bans()).map(({ subject }) => subject))].sort();
  assert.deepEqual([...(await stage.blocked())].sort(), banned, "book and kernel agree");
  await stage.stop();
  await assertCounted(written);
});

/**
 * Writes at most fifteen lines for each of a hundred addresses: below twice maxretry, so that none is an offense twice.
 * Some lines are written in two pieces, so that a kill may happen after half a line.
 */
async function writeUntil(signal: AbortSignal, written: Map<string, string[]>): Promise<void> {
  for (let n = 0; n < 1500 && !signal.aborted; n++) {
    const address = `198.51.100.${(n % 100) + 100}`;
    const user = `n${n}`;
    written.set(address, [...(written.get(address) ?? []), user]);
    const line = `${failedPassword(address, { user })}\n`;
    const cut = n % 3 === 0 ? 40 : line.length;
    appendFileSync(stage.log, line.slice(0, cut));
    await sleep(4);
    appendFileSync(stage.log, line.slice(cut));
    await sleep(6);
  }
}

/** Ten lines led to the ban, in the order of writing, and the rest count toward the next. */
async function assertCounted(written: ReadonlyMap<string, readonly string[]>): Promise<void> {
  await using book = openBook({
    path: join(stage.state, "bailiff.db"),
    clock: systemClock,
    emit: (event) => assert.fail(JSON.stringify(event)),
    retention: { audit: duration(1e12), history: duration(1e12) },
  });
  for (const [address, users] of written) {
    const subject = parseSubject(address);
    assert.ok(subject !== undefined);
    const [ban] = book.bansOf(subject);
    const evidence = ban === undefined ? [] : book.evidence(ban.id).map(({ user }) => user);
    const rest = book
      .recentFailures(subject, 100)
      .map(({ user }) => user)
      .reverse();
    assert.deepEqual([...evidence, ...rest], users, address);
    assert.equal(ban?.failures ?? 10, 10);
    assert.equal(ban !== undefined, users.length >= 10, address);
  }
}
