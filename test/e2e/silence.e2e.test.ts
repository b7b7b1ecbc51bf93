/**
 * A busy log that becomes silent: if the path through syslog works it is only quiet, otherwise the jail is blind. The
 * path is real: the daemon has its own /dev/log, and a syslog daemon writes the jail's file.
 */
import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { BanBook } from "../../src/domain/ban-book.ts";
import { instant } from "../../src/domain/instant.ts";
import { createHabit, HOUR_MS, HOURS, LOOK_MS } from "../../src/health/judge/habit.ts";
import { formatHabit } from "../../src/health/judge/habit-text.ts";
import { observeLook } from "../../src/health/judge/observe-look.ts";
import { openBook } from "../../src/record/open-book.ts";
import { openJournald } from "../../src/source/journal/journald.fixture.ts";
import { openStage, type Running, type Stage, untilTrue } from "./stage.ts";

const WRITE_SYSLOG = fileURLToPath(new URL("../../src/demo/write-syslog.ts", import.meta.url));
/**
 * $1: a folder, $2: the socket for syslog lines. Gives the daemon its own /dev with that socket and the devices it
 * needs.
 */
const OWN_DEV = `set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for name in null zero full random urandom tty; do
  : > "$1/dev/$name"
  mount --bind "/dev/$name" "$1/dev/$name"
done
ln -s "$2" "$1/dev/log"
mount --rbind "$1/dev" /dev
shift 2
exec "$@"`;

const clock = { now: () => instant(Date.now()), monotonic: () => performance.now() };

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
  mkdirSync(join(stage.lab.folder, "dev"));
});

after(() => stage[Symbol.asyncDispose]());

function openState(): BanBook {
  const path = join(stage.state, "bailiff.db");
  return openBook({ path, clock, emit: () => undefined });
}

/** Number of lines in the observation interval `ago` intervals before now. */
type Past = (ago: number, look: number) => number;

const SILENT_OF_LATE: Past = (ago, look) => (ago > 94 ? 3 + (look % 2) : 0);

/** Stores learned rates of four busy weeks, followed by 47 minutes without a line. */
async function learnBusyWeeks(source = `file ${stage.log}`, past = SILENT_OF_LATE): Promise<void> {
  const habit = createHabit();
  const looks = (4 * HOURS * HOUR_MS) / LOOK_MS;
  const now = Math.floor((Date.now() - new Date().getTimezoneOffset() * 60_000) / LOOK_MS);
  for (let look = now - looks; look < now; look++) {
    // 1970 began on a Thursday.
    const hour = (Math.floor((look * LOOK_MS) / HOUR_MS) + 4 * 24) % HOURS;
    observeLook(habit, { hour, elapsed: LOOK_MS, lines: past(now - look, look) });
  }
  await using book = openState();
  const value = `probe untried\n${formatHabit(habit)}`;
  book.commit({ steps: [], cursors: [{ key: `memo flow ${source}`, value }] });
}

/** The syslog daemon that writes the jail's file. */
async function startSyslog(): Promise<Running> {
  const socket = join(stage.lab.folder, "dev-log");
  rmSync(socket, { force: true });
  const argv = [process.execPath, WRITE_SYSLOG, socket, stage.log];
  const syslog = stage.lab.start("host", argv);
  assert.ok((await syslog.until("ready")) !== undefined, syslog.lines.join("\n"));
  return syslog;
}

function startDaemon(socket = join(stage.lab.folder, "dev-log")): Promise<void> {
  const through = ["unshare", "--mount", "sh", "-c", OWN_DEV, "sh", stage.lab.folder, socket];
  return stage.start({ through });
}

/** Each request runs the checks. */
async function untilFlow(verdict: string): Promise<string> {
  let evidence = "";
  await untilTrue(async () => {
    const { jails } = await stage.ask("doctor", {});
    const link = jails[0]?.links.find((one) => one.link === "flow");
    evidence = link?.evidence ?? "";
    return link?.verdict === verdict;
  }, `flow is ${verdict}`);
  return evidence;
}

test("a silent busy log is probed with a test line, and is only quiet", async () => {
  await learnBusyWeeks();
  await using syslog = await startSyslog();
  await startDaemon();
  assert.match(
    await untilFlow("proven"),
    /^quiet, but a probe line arrived in \d+m?s; usually 4\d\d lines an hour/,
  );
  assert.match(syslog.lines.at(-1) ?? "", / bailiff\[\d+\]: bailiff probe [0-9a-f]{24}$/);
  assert.deepEqual(stage.events("jail-failed"), []);
});

test("learned rates are saved at the end", async () => {
  await stage.stop();
  await using book = openState();
  const kept = book.cursor(`memo flow file ${stage.log}`)?.value ?? "";
  assert.match(kept, /^probe passed\nhabit 1\n/);
  assert.ok(kept.length < 8192);
});

test("if the test line is lost, the jail is blind", async () => {
  await learnBusyWeeks();
  const syslog = await startSyslog();
  await startDaemon();
  // Stopped, so that its socket accepts lines that are never written.
  syslog.kill("SIGSTOP");
  await untilFlow("found");
  const failed = await stage.untilEvent("jail-failed", { cause: "gone-silent" });
  assert.equal(failed["state"], "blind");
  assert.match(
    String(failed["reason"]),
    /^usually 4\d\d lines an hour on \w+days at \d\d, none for (?:4[7-9]|5\d)m.*; 2 probe lines through \/dev\/log did not arrive within 5 s each$/,
  );
  assert.match(String(failed["fix"]), /systemctl status rsyslog; ls -l .*auth\.log$/);
  syslog.kill("SIGKILL");
  await syslog.ended;
});

test("it protects again once lines come", async () => {
  stage.write("Jan  1 00:00:00 lab cron[1]: a line");
  await untilFlow("proven");
  await stage.untilEvent("jail-ok", { jail: "sshd", before: "blind" });
});

test("without a syslog daemon it is blind immediately", async () => {
  await stage.stop();
  await learnBusyWeeks();
  rmSync(join(stage.lab.folder, "dev-log"));
  await startDaemon();
  assert.match(await untilFlow("found"), /; \/dev\/log does not exist: no syslog daemon/);
});

test("a day with a tenth of the usual lines is reported, and an hour with many times the maximum", async () => {
  const lines = ["Jan  1 00:00:00 lab cron[1]: a line", "Jan  1 00:00:00 lab cron[1]: a line"];
  const levels: readonly (readonly [string, Past])[] = [
    ["far-fewer-lines", (ago, look) => (ago > 3000 ? 3 + (look % 2) : Number(look % 3 === 0))],
    ["far-more-lines", (ago, look) => (ago > 110 ? 3 + (look % 2) : 4000)],
  ];
  for (const [cause, past] of levels) {
    await stage.stop();
    await learnBusyWeeks(undefined, past);
    await startDaemon();
    stage.write(lines);
    await untilFlow("found");
    const degraded = await stage.untilEvent("jail-degraded", { cause });
    assert.match(String(degraded["reason"]), /usually|lines/);
  }
});

test("the journal is searched for a test line, which the jail's matches do not select", async () => {
  await stage.stop();
  await using journald = await openJournald();
  const { directory } = journald;
  const source = `source = { journal = ["_COMM=sshd"], directory = ${JSON.stringify(directory)} }`;
  stage.configure(`[jails.sshd]\n${source}\n`);
  await learnBusyWeeks(`journal journal _COMM=sshd in ${directory}`);
  await startDaemon(join(directory, "../../systemd/journal/dev-log"));
  assert.match(await untilFlow("proven"), /^quiet, but a probe line arrived in /);
  await stage.stop();
  await learnBusyWeeks(`journal journal _COMM=sshd in ${directory}`);
  await journald.kill();
  await startDaemon(join(directory, "../../systemd/journal/dev-log"));
  assert.match(await untilFlow("found"), /; no process receives from \/dev\/log: /);
  const failed = await stage.untilEvent("jail-failed", { cause: "gone-silent" });
  assert.match(String(failed["fix"]), /systemctl status systemd-journald/);
});
