/** Records of bans in a real journald, by both of its sockets. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { systemClock } from "../../src/host/system-clock.ts";
import { type Journald, openJournald } from "../../src/source/journal/journald.fixture.ts";
import { type Ground, openGround } from "../../src/actions/named-actions.fixture.ts";
import { LogAction, type LogActionOptions } from "../../src/actions/named/log-action.ts";

let journald: Journald;

before(async () => {
  journald = await openJournald();
});

after(() => journald[Symbol.asyncDispose]());

type Entry = Readonly<Record<string, string>>;

function entries(...matches: readonly string[]): readonly Entry[] {
  const argv = ["--directory", journald.directory, "--output=json", "--quiet", ...matches];
  return execFileSync("journalctl", argv, { encoding: "utf8" })
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Entry => JSON.parse(line));
}

function open(
  ground: Ground,
  socket: string,
  setting: Partial<LogActionOptions["setting"]> = {},
): LogAction {
  const { book } = ground;
  const usual = { name: "siem", kind: "log", to: "journal", tag: "bailiff-bans" } as const;
  return new LogAction({
    ...{ name: "siem", book, clock: systemClock, signal: new AbortController().signal },
    emit: ground.actions.emit,
    setting: { ...usual, facility: "local3", ...setting },
    socket: join(journald.directory, "../../systemd/journal", socket),
  });
}

const HOSTILE = 'x" until=never\nip=198.51.100.1 \u001b[2J';

test("each change is an entry with fields; text of clients is escaped", async () => {
  await using ground = await openGround("[jails.sshd]");
  const action = open(ground, "socket");
  ground.ban("192.0.2.7", { lines: [{ line: "a", user: HOSTILE }] });
  action.onChange(ground.change("ban", "192.0.2.7"));
  await ground.until(() => entries("BAILIFF_CHANGE=ban").length === 1, "the ban");
  action.onChange(ground.change("extended", "192.0.2.7"));
  ground.unban("192.0.2.7");
  action.onChange(ground.change("unban", "192.0.2.7"));
  await ground.until(() => entries("BAILIFF_CHANGE=unban").length === 1, "the unban");
  const [ban = assert.fail(), ...others] = entries("BAILIFF_ACTION=siem", "BAILIFF_CHANGE=ban");
  assert.equal(others.length, 0);
  assert.deepEqual(
    ["SYSLOG_IDENTIFIER", "PRIORITY", "BAILIFF_IP", "BAILIFF_JAIL", "BAILIFF_FAILURES"].map(
      (field) => ban[field],
    ),
    ["bailiff-bans", "5", "192.0.2.7", "sshd", "1"],
  );
  assert.equal(ban["BAILIFF_USER"], 'x" until=never\\u000aip=198.51.100.1 \\u001b[2J');
  assert.match(ban["BAILIFF_UNTIL"] ?? "", /^\d{4}-.*Z$/);
  assert.match(
    ban["MESSAGE"] ?? "",
    /^change=ban ip=192\.0\.2\.7 jail=sshd time=\S+Z until=\S+Z failures=1 origin=detected rule=failed user="x\\" until=never\\\\u000aip=198\.51\.100\.1 \\\\u001b\[2J" reason="5 failures in 10m"$/,
  );
  await action.close();
});

test("a line to syslog has the facility and the tag", async () => {
  await using ground = await openGround("[jails.sshd]");
  const action = open(ground, "dev-log", { to: "syslog", tag: "to-syslog" });
  ground.ban("192.0.2.8");
  action.onChange(ground.change("ban", "192.0.2.8"));
  await ground.until(() => entries("SYSLOG_IDENTIFIER=to-syslog").length === 1, "the line");
  const [line = assert.fail()] = entries("SYSLOG_IDENTIFIER=to-syslog");
  assert.equal(line["SYSLOG_FACILITY"], "19");
  assert.match(line["MESSAGE"] ?? "", /^change=ban ip=192\.0\.2\.8 jail=sshd .*reason="5 failures/);
  await action.close();
});

test("records wait while the journal is away, and its absence is reported once", async () => {
  await using ground = await openGround("[jails.sshd]");
  const action = open(ground, "socket", { tag: "kept" });
  await journald.kill();
  for (const n of [1, 2, 3]) {
    ground.ban(`192.0.2.${n}`);
    action.onChange(ground.change("ban", `192.0.2.${n}`));
  }
  await ground.until(() => action.failing().length === 1, "the failure");
  assert.match(action.failing()[0]?.reason ?? "", /^the journal does not take the entry: ECONN/);
  await journald.start();
  await ground.until(() => entries("SYSLOG_IDENTIFIER=kept").length === 3, "the records");
  assert.deepEqual(
    entries("SYSLOG_IDENTIFIER=kept").map((entry) => entry["BAILIFF_IP"]),
    ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
  );
  assert.deepEqual(action.failing(), []);
  assert.equal(ground.events.filter(({ event }) => event === "action-failed").length, 1);
  await action.close();
});
