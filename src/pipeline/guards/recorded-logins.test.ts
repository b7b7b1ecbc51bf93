/** Offenses with and without records in a btmp that the test writes. */
import assert from "node:assert/strict";
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Ban } from "../../domain/ban.ts";
import type { CountedFailure } from "../../domain/ban-book.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import { instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { utmpRecord } from "../../host/logins/utmp-record.fixture.ts";
import type { Jail } from "../../jails/jail.ts";
import { LoginRecords } from "../login-records.ts";
import { RecordedLogins } from "./recorded-logins.ts";
import type { WaitingOffense } from "./waiting-offenses.ts";

const START = Date.parse("2026-11-23T12:00:00Z");
const SSHD = "sshd" as JailName;
const JAIL = {
  name: SSHD,
  config: { maxretry: 3 },
  filter: { programs: ["no-such-sshd"] },
} as unknown as Jail;

/** `startedAt`: when sshd started, in milliseconds after START; undefined: unknown. */
function openGuard(context: TestContext, startedAt?: number) {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-recorded-${process.pid}-`));
  context.after(() => rmSync(folder, { recursive: true }));
  const paths = { failed: join(folder, "btmp"), succeeded: join(folder, "wtmp") };
  writeFileSync(paths.failed, "", { mode: 0o600 });
  let passed = 0;
  let ring = (): unknown => undefined;
  let rings = Number.POSITIVE_INFINITY;
  const clock: AlarmClock = {
    now: () => instant(START + passed),
    monotonic: () => passed,
    sleep: async () => "elapsed",
    alarm: (onRing) => {
      ring = onRing;
      return {
        set: (milliseconds) => void (rings = passed + milliseconds),
        clear: () => void (rings = Number.POSITIVE_INFINITY),
      };
    },
  };
  const stateStore = { load: () => undefined, save: () => undefined };
  const logins = new LoginRecords(stateStore, { ...paths, owner: process.getuid?.() ?? 0 }, () =>
    startedAt === undefined ? undefined : passed - startedAt,
  );
  logins.read(clock.now());
  logins.comparison.begin(SSHD, {
    since: instant(START - 60_000),
    terminals: { failed: ["ssh:notty"], succeeded: [] },
    recordedRules: new Set(["failed"]),
  });
  const guard = new RecordedLogins({ clock, logins });
  const concluded: WaitingOffense[] = [];
  const review = (ip: string, rule = "failed") => {
    const failure = { subject: ip as Ip, jail: SSHD, at: clock.now(), weight: 1, rule, line: "" };
    const failures = [failure, failure, failure] as unknown as readonly CountedFailure[];
    const ban = { subject: ip as Ip, rule, failures: 3 } as Ban;
    return guard.review(
      JAIL,
      { ban, at: clock.now(), listFailures: () => failures },
      (offenses) => {
        concluded.push(...offenses);
        verdicts.push(review(ip, rule)?.kind ?? "ban");
      },
    );
  };
  const verdicts: string[] = [];
  return {
    ...{ guard, review, concluded, verdicts, paths },
    line: (ip: string) =>
      logins.comparison.addLine(
        SSHD,
        { outcome: "failed", ip: ip as Ip, at: clock.now(), rule: "failed", repeated: 1, line: "" },
        clock.now(),
      ),
    record: (ip: string) => appendFileSync(paths.failed, utmpRecord({ ip, at: clock.now() })),
    pass: (milliseconds: number) => {
      passed += milliseconds;
      if (passed < rings) return;
      rings = Number.POSITIVE_INFINITY;
      ring();
    },
  };
}

test("nothing is questioned before btmp has confirmed a line", (context) => {
  const { review, line, record } = openGuard(context);
  assert.equal(review("192.0.2.66"), undefined);
  line("192.0.2.1");
  record("192.0.2.1");
  assert.equal(review("192.0.2.1"), undefined, "its own record confirms it");
  assert.equal(review("192.0.2.66")?.kind, "wait");
});

test("an offense whose records come late is a ban, another is refused and explained", (context) => {
  const { guard, review, line, record, pass, verdicts, concluded } = openGuard(context);
  line("192.0.2.1");
  record("192.0.2.1");
  assert.equal(review("192.0.2.2")?.kind, "wait");
  assert.equal(review("192.0.2.66")?.kind, "wait");
  assert.equal(guard.countMore(SSHD, "192.0.2.66" as Ip, 4, instant(START + 1000)), true);
  assert.equal(guard.countMore(SSHD, "192.0.2.67" as Ip, 4, instant(START + 1000)), false);
  record("192.0.2.2");
  pass(4999);
  assert.deepEqual(verdicts, []);
  pass(1);
  assert.deepEqual(verdicts, ["ban", "ignore"]);
  assert.deepEqual(
    concluded.map(({ failures }) => failures),
    [3, 7],
  );
  assert.deepEqual(
    guard.refused("192.0.2.66" as Ip).map(({ jail, reason }) => [jail, reason]),
    [
      [
        "sshd",
        "btmp has no record of 3 of these failed logins: another process may have written the lines",
      ],
    ],
  );
  assert.deepEqual(guard.refused("192.0.2.2" as Ip), []);
});

function failure(at: number): CountedFailure {
  const failed = { subject: "192.0.2.1", at, weight: 1, rule: "failed", line: "" };
  return failed as unknown as CountedFailure;
}

test("failures with a record are kept when others of the offense have none", (context) => {
  const { guard, line, record, pass } = openGuard(context);
  line("192.0.2.1");
  record("192.0.2.1");
  pass(200_000);
  record("192.0.2.1");
  const failures = [failure(START), failure(START + 100_000), failure(START + 200_000)];
  const ban = { subject: "192.0.2.1", rule: "failed", failures: 3 } as unknown as Ban;
  const offense = { ban, at: instant(START + 200_000), listFailures: () => failures };
  const decisions: unknown[] = [];
  assert.equal(
    guard.review(JAIL, offense, () => {
      decisions.push(guard.review(JAIL, offense, () => undefined));
    })?.kind,
    "wait",
  );
  pass(5000);
  const entry =
    "btmp has no record of 1 of these failed logins: another process may have written the lines";
  const kept = [failures[0], failures[2]];
  assert.deepEqual(decisions, [{ kind: "ignore", reason: "unrecorded", entry, kept }]);
});

test("what a detector found needs as many recorded failures as it takes", (context) => {
  const { guard, line, record, pass } = openGuard(context);
  pass(200_000);
  line("192.0.2.1");
  record("192.0.2.1");
  // Three of now have a record, and three of earlier have none.
  const failures = [200_000, 200_000, 200_000, 0, 50_000, 100_000].map((at) => failure(START + at));
  const ban = { subject: "192.0.2.1", rule: "failed", failures: 6 } as unknown as Ban;
  const because = "slow: 6 failures in 3 days, at most 6 an hour";
  const judge = (needed: number) => {
    const found = { subject: ban.subject, mode: "act", failures: 6, because, needed } as const;
    const offense = { ban, at: instant(START + 200_000), listFailures: () => failures, found };
    return guard.review(JAIL, offense, () => undefined)?.kind;
  };
  assert.equal(judge(3), undefined);
  assert.equal(judge(4), "wait");
});

test("lines of other rules need no record", (context) => {
  const { review, line, record } = openGuard(context);
  line("192.0.2.1");
  record("192.0.2.1");
  assert.equal(review("192.0.2.66", "too-many"), undefined);
});

test("forged lines do not end the comparison, unless sshd may have been restarted since its last record", (context) => {
  for (const [startedAt, expected] of [
    [-60_000, "wait"],
    [60_000, undefined],
    [undefined, undefined],
  ] as const) {
    const { review, line, record, pass } = openGuard(context, startedAt);
    line("192.0.2.1");
    record("192.0.2.1");
    assert.equal(review("192.0.2.1"), undefined);
    for (let n = 0; n < 5; n++) {
      pass(120_000);
      line("192.0.2.66");
      assert.equal(review("192.0.2.66")?.kind, "wait", `${n}`);
    }
    pass(700_000);
    assert.equal(review("192.0.2.66")?.kind, expected, `${startedAt}`);
  }
});

test("it gives way when btmp cannot be written", (context) => {
  const { review, line, record, paths } = openGuard(context);
  line("192.0.2.1");
  record("192.0.2.1");
  assert.equal(review("192.0.2.66")?.kind, "wait");
  rmSync(paths.failed);
  assert.equal(review("192.0.2.67"), undefined);
});

test("failures from while btmp was missing or unsafe are not questioned when it is there again", (context) => {
  const { review, line, record, pass, paths } = openGuard(context);
  line("192.0.2.1");
  record("192.0.2.1");
  assert.equal(review("192.0.2.1"), undefined);
  const hide = [
    [() => rmSync(paths.failed), () => writeFileSync(paths.failed, "", { mode: 0o600 })],
    [() => chmodSync(paths.failed, 0o666), () => chmodSync(paths.failed, 0o600)],
  ] as const;
  for (const [breakIt, mend] of hide) {
    breakIt();
    pass(300_000);
    assert.equal(review("192.0.2.66"), undefined);
    mend();
    assert.equal(review("192.0.2.66"), undefined, "it failed while nothing was recorded");
    pass(300_000);
    assert.equal(review("192.0.2.66")?.kind, "wait");
    pass(10_000);
  }
});

test("at most a thousand offenses wait; later ones are decided immediately", (context) => {
  const { guard, review, line, record } = openGuard(context);
  line("192.0.2.1");
  record("192.0.2.1");
  assert.equal(review("192.0.2.1"), undefined);
  for (let n = 0; n < 1000; n++)
    assert.equal(review(`198.51.${100 + (n >> 8)}.${n & 255}`)?.kind, "wait");
  assert.equal(review("203.0.113.1")?.kind, "ignore");
  guard.use([]);
  assert.equal(review("203.0.113.1")?.kind, "wait");
  guard.close();
});

test("a flood of other records does not make an attacker's failures unrecorded", (context) => {
  const { review, line, record } = openGuard(context);
  const guess = (ip: string): void => {
    line(ip);
    record(ip);
  };
  guess("192.0.2.34");
  assert.equal(review("192.0.2.34"), undefined);
  for (let n = 0; n < 2200; n++) {
    guess(`198.18.${n >> 8}.${n & 255}`);
    if (n % 200 === 0) review(`198.18.${n >> 8}.${n & 255}`);
  }
  assert.equal(review("192.0.2.34"), undefined);
  assert.equal(review("192.0.2.66")?.kind, "wait", "forged");
});

test("while records were skipped, none is missing; later forged lines are refused again", (context) => {
  const { review, line, record, pass, paths } = openGuard(context);
  line("192.0.2.1");
  record("192.0.2.1");
  assert.equal(review("192.0.2.66")?.kind, "wait");
  pass(1000);
  record("192.0.2.2");
  const su = utmpRecord({ ip: "0.0.0.0", terminal: "pts/0", at: START });
  appendFileSync(paths.failed, Buffer.concat(Array.from({ length: 11_000 }, () => su)));
  assert.equal(review("192.0.2.2"), undefined, "its record was skipped");
  pass(61_001);
  assert.equal(review("192.0.2.67")?.kind, "wait");
});
