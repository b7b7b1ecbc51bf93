import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";
import type { JailName } from "../domain/jail-name.ts";
import { LoginComparison } from "./login-comparison.ts";

const START = Date.parse("2026-11-23T12:00:00Z");
const SSHD = "sshd" as JailName;
const OTHER = "sshd-in-a-container" as JailName;
const terminals = { failed: ["ssh:notty"], succeeded: ["pts/*"] };
const recordedRules = new Set(["failed"]);

function at(seconds: number): Instant {
  return instant(START + seconds * 1000);
}

function compare(...jails: readonly JailName[]) {
  const logins = new LoginComparison();
  for (const jail of jails) logins.begin(jail, { since: at(0), terminals, recordedRules });
  return {
    logins,
    line: (seconds: number, ip = "192.0.2.1", jail = SSHD, repeated = 1) =>
      logins.addLine(
        jail,
        { outcome: "failed", ip: ip as Ip, at: at(seconds), rule: "failed", repeated, line: "" },
        at(seconds),
      ),
    record: (seconds: number, ip = "192.0.2.1", terminal = "ssh:notty") =>
      logins.addRecord(
        { outcome: "failed", ip: ip as Ip, at: at(seconds), terminal },
        at(seconds + 20),
      ),
    logged: (jail = SSHD) => logins.recordsOf(jail).map(({ isLogged }) => isLogged),
  };
}

test("a record has a line of the same address, whichever came first", () => {
  const { line, record, logged } = compare(SSHD);
  line(1);
  record(1);
  record(2);
  line(3);
  record(4);
  line(4, "192.0.2.2");
  assert.deepEqual(logged(), [true, true, false]);
});

test("a line that reports several events accounts for as many", () => {
  const { line, record, logged } = compare(SSHD);
  line(1, "192.0.2.1", SSHD, 3);
  for (let n = 0; n < 4; n++) record(1);
  assert.deepEqual(logged(), [true, true, true, false]);
});

test("records of other programs and from before the jail was read are not compared", () => {
  const { record, logged } = compare(SSHD);
  record(1, "192.0.2.1", "tty1");
  record(-1);
  assert.deepEqual(logged(), []);
});

test("a successful login at any terminal of the service", () => {
  const { logins } = compare(SSHD);
  const login = { outcome: "succeeded", ip: "192.0.2.1" as Ip, at: at(1) } as const;
  logins.addRecord({ ...login, terminal: "pts/17" }, at(1));
  logins.addRecord({ ...login, terminal: "tty1" }, at(1));
  logins.addLine(SSHD, { ...login, rule: "accepted", repeated: 1, line: "" }, at(1));
  assert.deepEqual(
    logins.recordsOf(SSHD).map(({ outcome, isLogged }) => [outcome, isLogged]),
    [["succeeded", true]],
  );
});

test("a jail whose lines account for nothing while another's do is not the witness's", () => {
  const { line, record, logged } = compare(SSHD, OTHER);
  record(1);
  assert.deepEqual(logged(OTHER), [false], "it may be of either");
  line(1);
  assert.deepEqual(logged(OTHER), []);
  record(2);
  assert.deepEqual(logged(OTHER), []);
  assert.deepEqual(logged(SSHD), [true, false]);
  line(1, "192.0.2.1", OTHER);
  line(2, "192.0.2.1", OTHER);
  assert.deepEqual(logged(OTHER), [true, true]);
  assert.deepEqual(logged(SSHD), [true]);
});

test("what is missing shows a line of the same address at another time", () => {
  const { logins, line, record } = compare(SSHD);
  line(-3600);
  record(1);
  assert.equal(logins.recordsOf(SSHD)[0]?.lineAt, at(-3600));
});

test("a jail that restarts forgets its lines", () => {
  const { logins, line, record, logged } = compare(SSHD);
  line(1);
  logins.begin(SSHD, { since: at(0), terminals, recordedRules });
  record(1);
  assert.deepEqual(logged(), [false]);
  logins.end(SSHD);
  line(2);
  assert.deepEqual(logged(), []);
});

test("the newest records are kept", () => {
  const { record, logged } = compare(SSHD);
  for (let n = 0; n < 5000; n++) record(1);
  assert.ok(logged().length > 1500 && logged().length <= 2048);
});

test("lines of recorded rules have a record of their address within a minute, or none", () => {
  const { logins, line, record } = compare(SSHD);
  line(1);
  line(2, "192.0.2.66");
  record(40);
  logins.settle(at(5));
  const lines = logins.recordedLines(SSHD);
  assert.equal(lines?.wasRecorded, true);
  assert.deepEqual(lines?.unrecordedSince(at(0)), [], "its record may be on the way");
  logins.settle(at(12));
  assert.deepEqual(lines?.unrecordedSince(at(0)), [{ ip: "192.0.2.66", at: at(2) }]);
  assert.equal(logins.findRecord("192.0.2.1" as Ip, at(100)), "recorded");
  assert.equal(logins.findRecord("192.0.2.1" as Ip, at(101)), "missing");
});

test("after a stepped clock records and lines of the new time are compared", () => {
  for (const step of [-604_800, 604_800]) {
    const { logins, line, record, logged } = compare(SSHD);
    line(1);
    record(1);
    logins.shift(step * 1000);
    line(step + 40);
    record(step + 40);
    record(step + 200);
    assert.deepEqual(logged(), [true, true, false]);
  }
});

test("records from before the clock was set back are not compared", () => {
  const { logins, logged } = compare(SSHD);
  logins.shift(-86_400_000);
  const terminal = "ssh:notty";
  logins.addRecord({ outcome: "failed", ip: "192.0.2.1" as Ip, at: at(5), terminal }, at(-86_390));
  assert.deepEqual(logged(), []);
});
