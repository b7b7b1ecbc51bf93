/** With a journal, the daemon's events are entries with fields that can be queried. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Journald, openJournald } from "../../src/source/journal/journald.fixture.ts";
import { failures, openStage, type Stage, THREE_STRIKES, untilTrue } from "./stage.ts";

/** $1: the folder mounted as the daemon's /run. systemd sets JOURNAL_STREAM if standard error goes to the journal. */
const UNDER_JOURNAL = `mount --make-rprivate / && mount --bind "$1" /run && shift || exit 1
JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"`;

let stage: Stage;
let journald: Journald;

before(async () => {
  journald = await openJournald();
  stage = await openStage({ sshd: "none" });
});

after(async () => {
  await stage[Symbol.asyncDispose]();
  await journald[Symbol.asyncDispose]();
});

type Entry = Readonly<Record<string, unknown>>;

function entries(...matches: readonly string[]): readonly Entry[] {
  const argv = ["--directory", journald.directory, "--output=json", "--quiet", ...matches];
  const output = execFileSync("journalctl", argv, { encoding: "utf8" });
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Entry => JSON.parse(line));
}

test("events reach the journal with separate fields, and as lines without a journal", async () => {
  const quote = JSON.stringify;
  writeFileSync(
    stage.config,
    `[daemon]\nstate = ${quote(stage.state)}\nsocket = ${quote(stage.socket)}\n\n${THREE_STRIKES}source = { file = [${quote(stage.log)}] }\n`,
  );
  const run = join(journald.directory, "../..");
  const through = ["unshare", "--mount", "sh", "-c", UNDER_JOURNAL, "sh", run];
  const daemon = stage.lab.startDaemon({ config: stage.config, through });
  await untilTrue(() => entries("BAILIFF_EVENT=jail-started").length === 1, "it has started");
  stage.write(failures("192.0.2.7", 3));
  await untilTrue(() => entries("BAILIFF_EVENT=ban").length === 1, "the ban is in the journal");
  const [ban] = entries("BAILIFF_JAIL=sshd", "BAILIFF_IP=192.0.2.7", "BAILIFF_EVENT=ban");
  assert.ok(ban !== undefined);
  assert.equal(ban["SYSLOG_IDENTIFIER"], "bailiff");
  assert.equal(ban["PRIORITY"], "6");
  assert.equal(ban["BAILIFF_ORIGIN"], "detected");
  assert.equal(ban["_PID"], String(daemon.pid));
  assert.equal(ban["_TRANSPORT"], "journal");
  assert.match(String(ban["MESSAGE"]), /^ban jail=sshd ip=192\.0\.2\.7 until=/);
  await journald.kill();
  stage.write(failures("192.0.2.8", 3));
  const line = await daemon.until({ test: (text) => text.includes("ip=192.0.2.8 until=") });
  assert.match(line ?? "", /^<6>ban jail=sshd ip=192\.0\.2\.8 until=/);
});
