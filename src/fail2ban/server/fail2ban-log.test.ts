/** Events as lines of fail2ban's log. Tests in test/e2e/fail2ban compare them with lines of a real fail2ban. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Ban } from "../../domain/ban.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { duration } from "../../domain/duration.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { openBook } from "../../record/open-book.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { openFail2banLog } from "./fail2ban-log.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-foreign-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

/** Local time, so that the test is independent of the time zone. */
const NOW = instant(new Date(2026, 10, 23, 3, 58, 50, 134).getTime());
const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };
const ban: TelemetryEvent & { readonly event: "ban" } = {
  event: "ban",
  jail: "sshd",
  ip: "192.0.2.1",
  reason: "5 failures",
  origin: "detected",
  until: instant(NOW + 600_000),
  length: duration(600_000),
};

function said(...events: readonly TelemetryEvent[]): readonly string[] {
  const path = join(folder, `${Math.random()}.log`);
  const log = openFail2banLog({ path, clock, emit: () => undefined });
  for (const event of events) log.observe(event);
  log.close();
  return readFileSync(path, "utf8").replaceAll(`[${process.pid}]`, "[1]").split("\n").slice(0, -1);
}

const LINES: readonly (readonly [TelemetryEvent, string])[] = [
  [ban, "fail2ban.actions        [1]: NOTICE  [sshd] Ban 192.0.2.1"],
  [
    { ...ban, origin: "restored" },
    "fail2ban.actions        [1]: NOTICE  [sshd] Restore Ban 192.0.2.1",
  ],
  [
    { event: "unban", jail: "sshd", ip: "192.0.2.1", reason: "", who: "daemon" },
    "fail2ban.actions        [1]: NOTICE  [sshd] Unban 192.0.2.1",
  ],
  [
    { event: "ignored", jail: "sshd", ip: "192.0.2.1", reason: "already-banned: 5 failures" },
    "fail2ban.actions        [1]: WARNING [sshd] 192.0.2.1 already banned",
  ],
  [
    { event: "ignored", jail: "sshd", ip: "192.0.2.1", reason: "allow-listed: ignoreip 192.0.2.1" },
    "fail2ban.filter         [1]: INFO    [sshd] Ignore 192.0.2.1 by ip",
  ],
  [
    {
      ...{ event: "failure", jail: "sshd", ip: "2001:db8::5", user: undefined, rule: "r" },
      ...{ count: 1, of: 5, at: instant(NOW - 1000) },
    },
    "fail2ban.filter         [1]: INFO    [sshd] Found 2001:db8::5 - 2026-11-23 03:58:49",
  ],
  [
    { event: "jail-started", jail: "sshd", source: "/x", policy: "" },
    "fail2ban.jail           [1]: INFO    Jail 'sshd' started",
  ],
  [
    { event: "jail-stopped", jail: "sshd" },
    "fail2ban.jail           [1]: INFO    Jail 'sshd' stopped",
  ],
];

for (const [event, line] of LINES)
  test(`the log line: ${line}`, () => {
    assert.deepEqual(said(event), [`2026-11-23 03:58:50,134 ${line}`]);
  });

test("a self-test is not logged as a ban", () => {
  assert.deepEqual(
    said({ ...ban, origin: "canary" }, { event: "record-recovered", saved: 1 }, ban).length,
    1,
  );
});

test("a lengthened ban is logged with count and end; bans from before the start as restored", async () => {
  const path = join(folder, "grown.log");
  const year = duration(365 * 86_400_000);
  await using book = openBook({
    ...{ path: ":memory:", clock, emit: () => undefined },
    retention: { audit: year, history: year },
  });
  const booked: Ban = {
    subject: subjectNamed("192.0.2.1"),
    jail: jailNamed("sshd"),
    scope: ALL_PORTS,
    from: NOW,
    until: instant(NOW + 4_800_000),
    reason: "",
    rule: "",
    failures: 5,
    origin: "detected",
    escalation: 1,
  };
  book.commit({ steps: [{ kind: "ban", ban: booked, who: "daemon" }], cursors: [] });
  const log = openFail2banLog({ path, clock, emit: () => undefined });
  log.useBook(book);
  log.observe({ ...ban, until: booked.until });
  log.close();
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  assert.deepEqual(
    lines.map((line) => line.slice(line.indexOf("]: ") + 3)),
    [
      "NOTICE  [sshd] Restore Ban 192.0.2.1",
      "NOTICE  [sshd] Ban 192.0.2.1",
      "NOTICE  [sshd] Increase Ban 192.0.2.1 (2 # 1h 20m -> 2026-11-23 05:18:50)",
    ],
  );
});

test("a higher level logs less, and without a file nothing is logged", () => {
  const path = join(folder, "level.log");
  const log = openFail2banLog({ path: undefined, clock, emit: () => undefined });
  assert.equal(log.target, "STDERR");
  log.observe(ban);
  assert.ok(log.setTarget(path));
  log.setLevel("WARNING", 30);
  log.observe(ban);
  log.observe({ event: "ignored", jail: "sshd", ip: "192.0.2.1", reason: "already-banned: x" });
  log.close();
  assert.equal(readFileSync(path, "utf8").split("\n").length, 2);
  assert.ok(log.setTarget("syslog"));
  assert.equal(log.target, "SYSLOG");
  assert.ok(!log.setTarget("nowhere"));
});

function subjectNamed(text: string): Subject {
  const subject = parseSubject(text);
  assert.ok(subject !== undefined);
  return subject;
}

function jailNamed(text: string): JailName {
  const name = parseJailName(text);
  assert.ok(name !== undefined);
  return name;
}
