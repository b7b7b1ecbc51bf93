/**
 * A jail that moves between a real log file and a real journal counts each line once, and counted lines of a login
 * survive every end of the reader.
 */
import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseIp } from "../../domain/ip.ts";
import { type Journald, openJournald } from "../../source/journal/journald.fixture.ts";
import { openReadingDaemon, type ReadingDaemon } from "../reading-daemon.fixture.ts";
import type { ReadSource } from "./source-plan.ts";

const ONE = `[jails.sshd]
maxretry = 1000
`;
const TWO = `${ONE}
[jails.slow]
filter = "sshd"
maxretry = 1000
findtime = "1h"
`;

interface Stage extends AsyncDisposable {
  readonly daemon: ReadingDaemon;
  readonly file: ReadSource;
  readonly journal: ReadSource;
  readonly journald: Journald;
  /** A wrong password, as rsyslog writes it to the file. */
  toFile(ip: string, at?: Date): void;
  toJournal(ip: string): void;
  /** Later lines are of another connection. */
  nextAttempt(): void;
  untilCounted(count: number): Promise<void>;
}

async function open(toml = ONE): Promise<Stage> {
  const daemon = await openReadingDaemon(toml);
  const journald = await openJournald();
  const path = join(daemon.folder, "auth.log");
  writeFileSync(path, "");
  let port = 1024;
  const message = (ip: string): string => `Failed password for root from ${ip} port ${port} ssh2`;
  return {
    daemon,
    journald,
    file: { kind: "file", files: [path] },
    journal: {
      kind: "journal",
      matches: [["SYSLOG_IDENTIFIER=sshd"]],
      directory: journald.directory,
    },
    // High precision, as rsyslog writes it today: one line has another millisecond in the journal.
    toFile: (ip, at = new Date()) =>
      appendFileSync(path, `${at.toISOString()} host sshd: ${message(ip)}\n`),
    toJournal: (ip) => journald.logAs("sshd", message(ip)),
    nextAttempt: () => void port++,
    untilCounted: (count) =>
      daemon.until(() => daemon.counted().length >= count, `${count} failures are counted`),
    [Symbol.asyncDispose]: async () => {
      await daemon[Symbol.asyncDispose]();
      await journald[Symbol.asyncDispose]();
    },
  };
}

/** With rsyslog and journald running every line is in both places, with two stamps. */
function toBoth(stage: Stage, ip: string, count = 1): void {
  for (let n = 0; n < count; n++) {
    stage.toJournal(ip);
    stage.toFile(ip, new Date(Date.now() + 1));
    stage.nextAttempt();
  }
}

const ATTACKER = "192.0.2.7";

test("a reload that moves a jail counts only lines after the last one read, in both directions", async () => {
  await using stage = await open();
  const { daemon, file, journal } = stage;
  await daemon.read({ sshd: journal });
  toBoth(stage, ATTACKER, 3);
  await stage.untilCounted(3);
  await daemon.reload({ sshd: file });
  toBoth(stage, ATTACKER);
  await stage.untilCounted(4);
  toBoth(stage, "192.0.2.8");
  await stage.untilCounted(5);
  // The journal's position is older than the lines read in the file since then.
  await daemon.reload({ sshd: journal });
  toBoth(stage, "192.0.2.9");
  await stage.untilCounted(6);
  await daemon.stop();
  toBoth(stage, "192.0.2.10");
  await daemon.read({ sshd: file });
  await stage.untilCounted(7);
  toBoth(stage, "192.0.2.11");
  await stage.untilCounted(8);
  assert.deepEqual(daemon.counted(), [
    ...Array.from({ length: 4 }, () => `sshd ${ATTACKER}`),
    ...[8, 9, 10, 11].map((n) => `sshd 192.0.2.${n}`),
  ]);
});

test("lines that only the new log has are counted, even if other jails read it", async () => {
  await using stage = await open(TWO);
  const { daemon, file, journal } = stage;
  await daemon.read({ sshd: file, slow: journal });
  stage.toFile(ATTACKER);
  stage.nextAttempt();
  await stage.untilCounted(1);
  // The writer changes to the journal, which another jail of the filter reads.
  for (let n = 0; n < 3; n++) stage.toJournal(ATTACKER);
  await stage.untilCounted(4);
  await daemon.reload({ sshd: journal, slow: journal });
  stage.toJournal("192.0.2.8");
  await stage.untilCounted(9);
  const of = (jail: string): number =>
    daemon.counted().filter((line) => line === `${jail} ${ATTACKER}`).length;
  assert.deepEqual([of("sshd"), of("slow")], [4, 3]);
});

test("two jails of one filter that move one after the other both get the backlog", async () => {
  await using stage = await open(TWO);
  const { daemon, file, journal } = stage;
  await daemon.read({ sshd: file, slow: file });
  toBoth(stage, ATTACKER);
  await stage.untilCounted(2);
  for (let n = 0; n < 3; n++) stage.toJournal(ATTACKER);
  await daemon.read({ sshd: journal, slow: file });
  await stage.untilCounted(5);
  await daemon.read({ sshd: journal, slow: journal });
  await stage.untilCounted(8);
  stage.toJournal("192.0.2.8");
  await stage.untilCounted(10);
  assert.equal(daemon.counted().length, 10);
});

test("jails that swap file and journal under attack count each attempt once", async () => {
  await using stage = await open(TWO);
  const { daemon, file, journal, journald } = stage;
  assert.ok(file.kind === "file");
  const [path = ""] = file.files;
  using sshd = journald.run("sshd");
  const ips: string[] = [];
  const fail = (): void => {
    const ip = `198.18.${ips.length >> 8}.${ips.length & 255}`;
    const text = `Failed password for root from ${ip} port ${1024 + ips.length} ssh2`;
    ips.push(ip);
    sshd.log(text);
    appendFileSync(path, `${new Date().toISOString()} host sshd[7]: ${text}\n`);
  };
  const attack = setInterval(fail, 2);
  try {
    await daemon.read({ sshd: file, slow: journal });
    for (const [one, other] of [
      [journal, file],
      [file, journal],
      [journal, journal],
      [file, journal],
      [file, file],
      [journal, file],
    ] as const) {
      const begun = daemon.counted().length;
      await daemon.reload({ sshd: one, slow: other });
      await stage.untilCounted(begun + 20);
    }
  } finally {
    clearInterval(attack);
  }
  await stage.untilCounted(2 * ips.length);
  for (const jail of daemon.jails) {
    const own = daemon.counted().filter((line) => line.startsWith(`${jail.name} `));
    assert.deepEqual(own.sort(), ips.map((ip) => `${jail.name} ${ip}`).sort());
    assert.equal(jail.window.tracked, ips.length);
    assert.equal(jail.failures, ips.length);
  }
});

test("a jail that is added to a journal in use gets the lines it can still count", async () => {
  await using stage = await open(TWO);
  const { daemon, journal } = stage;
  await daemon.read({ sshd: journal });
  stage.toJournal(ATTACKER);
  stage.toJournal("192.0.2.8");
  await stage.untilCounted(2);
  await daemon.reload({ sshd: journal, slow: journal });
  stage.toJournal("192.0.2.9");
  await stage.untilCounted(6);
  const of = (jail: string): readonly string[] =>
    daemon.counted().filter((line) => line.startsWith(`${jail} `));
  assert.deepEqual(
    of("slow").map((line) => line.replace("slow", "sshd")),
    of("sshd"),
  );
  assert.equal(daemon.counted().length, 6);
});

test("jails of one journal with different matches have their own lines, last line and source", async () => {
  await using stage = await open(TWO);
  const { daemon, journald, journal } = stage;
  assert.ok(journal.kind === "journal");
  const other: ReadSource = { ...journal, matches: [["SYSLOG_IDENTIFIER=other"]] };
  await daemon.read({ sshd: journal, slow: other });
  journald.logAs("other", "of another program");
  journald.logAs("other", "of another program again");
  stage.toJournal(ATTACKER);
  await stage.untilCounted(1);
  assert.equal(daemon.statusOf("sshd")?.lines, 1);
  assert.equal(daemon.statusOf("slow")?.lines, 2);
  await daemon.reload({ sshd: journal, slow: other });
  stage.toJournal(ATTACKER);
  await stage.untilCounted(2);
  assert.equal(daemon.statusOf("sshd")?.lines, 2, "a reload of the same sources counts on");
  assert.equal(daemon.statusOf("slow")?.lines, 2);
  const wheres = ["sshd", "slow"].map((jail) => daemon.statusOf(jail)?.where);
  assert.deepEqual(wheres, [
    `journal SYSLOG_IDENTIFIER=sshd in ${journald.directory}`,
    `journal SYSLOG_IDENTIFIER=other in ${journald.directory}`,
  ]);
});

test("a canary from before the move is not a failure after it", async () => {
  await using stage = await open();
  const { daemon, file, journal } = stage;
  await daemon.read({ sshd: journal });
  const from = parseIp(ATTACKER);
  assert.ok(from !== undefined);
  const flight = daemon.canaries.release({ user: "root", from, address: "shared" });
  toBoth(stage, ATTACKER);
  assert.ok(await flight.until(() => flight.matches().length > 0, 60_000));
  await daemon.stop();
  await daemon.read({ sshd: file });
  toBoth(stage, "192.0.2.8");
  await stage.untilCounted(1);
  assert.deepEqual(daemon.counted(), ["sshd 192.0.2.8"]);
});

test("a login whose lines were half read counts once, across restart, reload and move", async () => {
  for (const between of ["restart", "reload", "move"] as const) {
    await using stage = await open();
    const { daemon, file } = stage;
    assert.ok(file.kind === "file");
    const [path = ""] = file.files;
    const other: ReadSource = { kind: "file", files: [`${path}.other`] };
    const line = (message: string): string =>
      `${new Date().toISOString()} host sshd[77]: ${message}\n`;
    const failed = `Failed password for root from ${ATTACKER} port 1 ssh2`;
    await daemon.read({ sshd: file });
    appendFileSync(
      path,
      line(
        `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${ATTACKER}  user=root`,
      ),
    );
    await stage.untilCounted(1);
    if (between === "restart") await daemon.stop();
    const next = between === "move" ? other : file;
    if (between === "restart") await daemon.read({ sshd: next });
    else await daemon.reload({ sshd: next });
    appendFileSync(between === "move" ? `${path}.other` : path, line(failed));
    // The next attempt of the same login counts again.
    appendFileSync(between === "move" ? `${path}.other` : path, line(failed));
    await stage.untilCounted(2);
    appendFileSync(
      between === "move" ? `${path}.other` : path,
      line(failed).replace(ATTACKER, "192.0.2.8").replace("[77]", "[78]"),
    );
    await stage.untilCounted(3);
    assert.deepEqual(
      daemon.counted(),
      [ATTACKER, ATTACKER, "192.0.2.8"].map((ip) => `sshd ${ip}`),
      between,
    );
  }
});
