/**
 * A real journald, a match without a sender, and a service with its own account: none of its lines counts, which the
 * daemon reports in its log, in `doctor` and in `why`. With the account configured, the service is protected.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Journald, openJournald } from "../../src/source/journal/journald.fixture.ts";
import { openStage, type Stage, untilTrue } from "./stage.ts";

const UID = 33;
const ADDRESS = "192.0.2.44";

let stage: Stage;
let journald: Journald;

before(async () => {
  journald = await openJournald();
  // The service's account has to reach the socket.
  chmodSync(join(journald.directory, "../../.."), 0o755);
  stage = await openStage({ sshd: "none" });
  const filters = join(stage.lab.folder, "filters");
  mkdirSync(filters);
  writeFileSync(
    join(filters, "mailer.toml"),
    'name = "mailer"\nprograms = ["mailer"]\n[[rule]]\nid = "refused"\nis = "failure"\nline = "refused {user} from {ip}"\n',
  );
  configure("SYSLOG_IDENTIFIER=mailer");
  await stage.start();
});

after(async () => {
  await stage[Symbol.asyncDispose]();
  await journald[Symbol.asyncDispose]();
});

function configure(match: string): void {
  stage.configure(`[filters]
directories = [${JSON.stringify(join(stage.lab.folder, "filters"))}]

[defaults]
maxretry = 3
canary = "0s"

[jails.mailer]
source = { journal = [${JSON.stringify(match)}], directory = ${JSON.stringify(journald.directory)} }
`);
}

function refuse(count: number): void {
  const socket = join(journald.directory, "../../systemd/journal/dev-log");
  const input = `refused root from ${ADDRESS}\n`.repeat(count);
  const who = [`--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"];
  execFileSync("setpriv", [...who, "logger", "--socket", socket, "--tag", "mailer"], { input });
}

async function jailReply() {
  const [jail] = (await stage.ask("status", {})).jails;
  assert.ok(jail !== undefined);
  return jail;
}

test("the warning is logged at the start", async () => {
  const { warnings } = await stage.untilEvent("config-in-doubt");
  assert.match(
    JSON.stringify(warnings),
    /mailer: its source does not restrict the sender: any local process/,
  );
});

test("untrusted lines are counted with their sender; below maxretry the jail is not degraded", async () => {
  refuse(2);
  await untilTrue(async () => (await jailReply()).sources[0]?.unproven !== null, "they are seen");
  await untilTrue(
    async () => (await jailReply()).sources[0]?.unproven?.startsWith("2 lines") === true,
    "both are seen",
  );
  const jail = await jailReply();
  assert.match(jail.sources[0]?.unproven ?? "", /^2 lines, none believed: sender uid 33/);
  assert.equal(jail.cause, null);
  assert.match(
    (await stage.bailiff("status", "mailer")).output,
    /unproven +2 lines, none believed/,
  );
});

test("at maxretry untrusted lines degrade the jail, and doctor and why show the lines", async () => {
  refuse(1);
  const degraded = await stage.untilEvent("jail-degraded", { cause: "sender-unproven" });
  assert.match(String(degraded["reason"]), /^3 lines, none believed: sender uid 33/);
  assert.match(String(degraded["fix"]), /journal = \["SYSLOG_IDENTIFIER=mailer _UID=33"\]/);
  const doctor = await stage.bailiff("doctor");
  assert.equal(doctor.code, 1);
  assert.match(doctor.output, /✗ rules +3 lines, none believed: sender uid 33/);
  assert.match(doctor.output, /place +no trusted line of mailer came to [^✓✗]*only 3 with/);
  assert.doesNotMatch(doctor.output, /checks passed/);
  const why = await stage.bailiff("why", ADDRESS);
  assert.match(why.output, /mailer did not count 3 lines about it: 3 lines, none believed/);
  assert.deepEqual(await stage.bans(), []);
});

test("with its account configured the service is trusted, and the finding ends", async () => {
  configure(`SYSLOG_IDENTIFIER=mailer _UID=${UID}`);
  await stage.ask("reload", {});
  refuse(3);
  await stage.untilBlocked(ADDRESS);
  const jail = await jailReply();
  assert.deepEqual([jail.cause, jail.sources[0]?.unproven], [null, null]);
});
