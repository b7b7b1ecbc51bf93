/**
 * The daemon reads a real journald, which is killed, rotated and vacuumed; the daemon's own child process is killed
 * too.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isAlive } from "../../src/host/process/is-alive.fixture.ts";
import {
  childrenOf,
  type Journald,
  openJournald,
} from "../../src/source/journal/journald.fixture.ts";
import { openStage, type Stage, untilTrue } from "./stage.ts";

let stage: Stage;
let journald: Journald;
let sshd: ChildProcess;
let n = 0;

before(async () => {
  journald = await openJournald();
  stage = await openStage({ sshd: "none" });
  stage.configure(`[defaults]
maxretry = 3
increment = { enabled = false }

[jails.sshd]
source = { journal = ["_COMM=sshd"], directory = ${JSON.stringify(journald.directory)} }
`);
  // journald records the sender's program name, so a copy of logger has sshd's name. It keeps running, because journald
  // asks the kernel for the name after it received the message.
  const program = join(stage.lab.folder, "sshd");
  copyFileSync("/usr/bin/logger", program);
  const socket = join(journald.directory, "../../systemd/journal/dev-log");
  sshd = spawn(program, ["--socket", socket, "--tag", "sshd"], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  sshd.stdin?.write("Server listening on 0.0.0.0 port 22.\n");
  await stage.start();
});

after(async () => {
  sshd.kill("SIGKILL");
  await stage[Symbol.asyncDispose]();
  await journald[Symbol.asyncDispose]();
});

/** Number of start messages of journald. */
function starts(): number {
  const argv = ["--directory", journald.directory, "--identifier=systemd-journald", "--output=cat"];
  return execFileSync("journalctl", argv, { encoding: "utf8" }).split("Journal started").length;
}

function fail(ip: string, count: number): void {
  const lines = Array.from(
    { length: count },
    (_, i) => `Failed password for root from ${ip} port ${4000 + i} ssh2`,
  );
  sshd.stdin?.write(`${lines.join("\n")}\n`);
}

/** Writes two failures, runs `what`, and writes the third. */
async function bannedAcross(what: () => Promise<void> | void): Promise<void> {
  const [spread, fresh] = [`192.0.2.${++n}`, `192.0.2.${++n}`];
  fail(spread, 2);
  fail(fresh, 1);
  await stage.untilEvent("failure", { ip: fresh, count: 1 });
  await what();
  fail(spread, 1);
  await stage.untilBlocked(spread).catch((error: unknown) => {
    const journal = ["--directory", journald.directory, "--output=short-precise"];
    throw new Error(execFileSync("journalctl", journal, { encoding: "utf8" }), { cause: error });
  });
  fail(fresh, 1);
  await stage.untilEvent("failure", { ip: fresh, count: 2 });
  assert.ok(!(await stage.blocked()).includes(fresh), "no line counted twice");
}

test("bans follow the journal", () => bannedAcross(() => undefined));

test("bans follow while journald rotates", () => bannedAcross(() => journald.rotate()));

test("bans follow after rotation and vacuum", () =>
  bannedAcross(async () => {
    journald.rotate();
    journald.vacuum();
  }));

test("bans follow after journald was killed and started again", () =>
  bannedAcross(async () => {
    const before = starts();
    await journald.kill();
    await journald.start();
    // The socket exists before journald is ready; under systemd the socket always exists.
    await untilTrue(() => starts() > before, "journald has started");
  }));

test("bans follow after the daemon's journalctl was killed", () =>
  bannedAcross(async () => {
    const [reader] = childrenOf(stage.daemon.pid);
    assert.ok(reader !== undefined);
    process.kill(reader, "SIGKILL");
    await stage.untilEvent("source-failed");
  }));

test("nothing is lost or counted twice while the daemon is down", async () => {
  fail("192.0.2.200", 2);
  await stage.untilEvent("failure", { ip: "192.0.2.200", count: 2 });
  await stage.ask("version", {});
  await stage.stop("SIGKILL");
  fail("192.0.2.201", 2);
  fail("192.0.2.200", 1);
  journald.rotate();
  await stage.start();
  await stage.untilBlocked("192.0.2.200");
  fail("192.0.2.202", 1);
  await stage.untilEvent("failure", { ip: "192.0.2.202" });
  assert.equal(stage.events("failure").filter(({ ip }) => ip === "192.0.2.201").length, 2);
  assert.equal(stage.events("failure").filter(({ ip }) => ip === "192.0.2.200").length, 1);
});

test("no journalctl outlives the daemon", async () => {
  const children = childrenOf(stage.daemon.pid);
  // A check may run another journalctl beside the reader.
  assert.ok(children.length >= 1);
  await stage.stop("SIGKILL");
  await untilTrue(() => children.every((pid) => !isAlive(pid)), "journalctl ends as well");
});
