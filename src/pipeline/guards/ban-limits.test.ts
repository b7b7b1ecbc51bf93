import assert from "node:assert/strict";
import test from "node:test";
import type { BanBook } from "../../domain/ban-book.ts";
import { instant } from "../../domain/instant.ts";
import { type Ip, ipFromBits } from "../../domain/ip.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { openBook } from "../../record/open-book.ts";
import { sampleBan } from "../../record/sample-entries.fixture.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { createStateStore } from "../../record/state-store.ts";
import type { Jail } from "../../jails/jail.ts";
import { BanLimits } from "./ban-limits.ts";
import { MAX_WAITING, type WaitingOffense } from "./waiting-offenses.ts";
import { systemClock } from "../../host/system-clock.ts";

const START = 1_800_000_000_000;
const RULE = "failed";

function address(n: number): Ip {
  return ipFromBits(BigInt(0x0a000000 + n), "ipv4");
}

/** The parts of a jail that the limits read. */
function jailWith(perMinute: number): Jail {
  const name = parseJailName("sshd");
  return { name, config: { bans_per_minute: perMinute } } as unknown as Jail;
}

type Offense = Pick<WaitingOffense, "subject" | "failures" | "at">;

interface Stage {
  readonly limits: BanLimits;
  readonly book: BanBook;
  readonly events: TelemetryEvent[];
  readonly banned: Ip[];
  /** How many waited for the first limited rule whenever a change was reported. */
  readonly waitingAtChange: readonly (number | undefined)[];
  readonly jail: Jail;
  readonly now: () => number;
  /** Advances by seconds, with one release in each. */
  readonly pass: (seconds: number) => void;
  /** An address reached maxretry. */
  readonly offend: (n: number, failures?: number) => void;
  readonly fails: (n: number) => boolean;
}

async function withLimits(perMinute: number, work: (stage: Stage) => void): Promise<void> {
  let now = START;
  const clock = { ...systemClock, now: () => instant(now), monotonic: () => now };
  const events: TelemetryEvent[] = [];
  const emit = (event: TelemetryEvent): void => void events.push(event);
  await using book = openBook({ path: ":memory:", clock, emit });
  const waitingAtChange: (number | undefined)[] = [];
  const limits: BanLimits = new BanLimits({
    ...{ book, stateStore: createStateStore(book), clock, emit },
    onChange: () => waitingAtChange.push(limits.limited()[0]?.waiting),
  });
  const jail = jailWith(perMinute);
  const banned: Ip[] = [];

  // An offense that waited keeps the time of its line.
  function decide({ subject, failures, at }: Offense): void {
    const from = clock.now();
    const ban = {
      ...{ subject, jail: jail.name, scope: "all", from, until: instant(from + 3_600_000) },
      ...{ origin: "detected", reason: "", rule: RULE, failures, escalation: 0 },
    } as Parameters<BanLimits["admit"]>[1];
    const facts = { at, failures, accounts: [] };
    if (limits.admit(jail, ban, facts, conclude) === undefined) banned.push(subject as Ip);
  }
  function conclude(offenses: readonly WaitingOffense[]): void {
    for (const offense of offenses) decide(offense);
  }

  work({
    ...{ limits, book, events, banned, jail, waitingAtChange },
    now: () => now,
    pass: (seconds) => {
      for (let i = 0; i < seconds; i++) {
        now += 1000;
        limits.release();
      }
    },
    offend: (n, failures = 5) => decide({ subject: address(n), failures, at: clock.now() }),
    fails: (n) => limits.countMore(jail, { subject: address(n), rule: RULE }, 1, clock.now()),
  });
  limits.close();
}

test("a rule at its limit is reported, and the first offender already waits", async () => {
  await withLimits(2, ({ offend, waitingAtChange }) => {
    for (let n = 0; n < 3; n++) offend(n);
    assert.deepEqual(waitingAtChange, [1]);
  });
});

test("after 20,000 simultaneous offenders, the rule bans at its rate until none waits", async () => {
  await withLimits(1000, ({ limits, banned, offend, pass, events }) => {
    for (let n = 0; n < 20_000; n++) offend(n);
    assert.equal(banned.length, 1000);
    const [limited] = limits.limited();
    assert.equal(limited?.waiting, 19_000);
    for (let minute = 1; minute < 20; minute++) {
      pass(61);
      assert.equal(banned.length, 1000 * (minute + 1));
    }
    pass(61);
    assert.deepEqual(limits.limited(), []);
    assert.equal(new Set(banned).size, 20_000);
    const names = events.map(({ event }) => event);
    assert.deepEqual(names, ["ban-rate-reached", "ban-rate-recovered"]);
  });
});

test("an attacker who continues after the flood is banned within a minute, before those who stopped", async () => {
  await withLimits(1000, ({ banned, offend, fails, pass }) => {
    for (let n = 0; n < 20_000; n++) offend(n);
    offend(50_000);
    assert.ok(fails(50_000), "it waits, and its failures count for its turn");
    assert.ok(!fails(60_000), "an address that did not offend does not");
    pass(61);
    assert.equal(banned[1000], address(50_000));
  });
});

test("of subjects with equal failures, the latest one is next", async () => {
  await withLimits(1, ({ banned, offend, pass }) => {
    for (const n of [1, 2, 3, 4]) offend(n);
    pass(61);
    pass(61);
    assert.deepEqual(banned, [1, 4, 3].map(address));
  });
});

test("a full queue drops offenders with the fewest failures, and counts them", async () => {
  await withLimits(1, ({ limits, banned, offend, pass }) => {
    offend(0);
    offend(1, 50);
    for (let n = 2; n < MAX_WAITING + 10; n++) offend(n);
    const [limited] = limits.limited();
    assert.ok(limited !== undefined && limited.waiting <= MAX_WAITING);
    assert.equal(limited.waiting + limited.dropped, MAX_WAITING + 9);
    pass(61);
    assert.deepEqual(banned, [0, 1].map(address));
  });
});

test("a raised limit releases waiting offenders immediately; a removed jail drops its waiting ones", async () => {
  await withLimits(2, ({ limits, jail, offend, banned, pass }) => {
    for (let n = 0; n < 10; n++) offend(n);
    Object.assign(jail.config, { bans_per_minute: 100 });
    limits.use([{ ...jail }]);
    pass(1);
    assert.equal(banned.length, 10);
    Object.assign(jail.config, { bans_per_minute: 2 });
    for (let n = 20; n < 30; n++) offend(n);
    assert.equal(limits.limited().length, 1);
    limits.use([]);
    assert.deepEqual(limits.limited(), []);
  });
});

test("reset gives only the named rule a new budget", async () => {
  await withLimits(3, ({ limits, jail, offend, banned }) => {
    for (let n = 0; n < 10; n++) offend(n);
    assert.deepEqual(limits.reset({ jail: jail.name, rule: "other" }, "root").limited, []);
    assert.equal(banned.length, 3);
    assert.equal(limits.reset({ jail: jail.name }, "root").limited.length, 1);
    assert.equal(banned.length, 6);
    assert.equal(limits.waiting(address(0)).length, 0);
    assert.equal(limits.waiting(address(3)).length, 1);
  });
});

test("a rule is at its limit until another ban is possible, even if no offender waits", async () => {
  await withLimits(1, ({ limits, banned, offend, pass }) => {
    for (const n of [1, 2]) offend(n);
    pass(61);
    assert.equal(banned.length, 2);
    assert.equal(limits.limited()[0]?.waiting, 0);
    offend(3);
    assert.equal(banned.length, 2, "it waits as well");
    pass(61);
    pass(61);
    assert.equal(banned.length, 3);
    assert.deepEqual(limits.limited(), []);
  });
});

test("after a restart, the rule's own bans of the last minute count, including its edge", async () => {
  await withLimits(3, ({ limits, book, jail, banned, offend, now }) => {
    const ban = (n: number, ago: number, origin: "detected" | "manual") =>
      sampleBan(n, { rule: RULE, from: instant(now() - ago), until: "forever", origin });
    const steps = [
      ban(1, 60_000, "detected"),
      ban(2, 0, "detected"),
      ban(3, 60_001, "detected"),
      ban(4, 0, "manual"),
    ];
    book.commit({ steps, cursors: [] });
    limits.countMade(jail);
    limits.countMade(jail);
    for (const n of [10, 11]) offend(n);
    assert.deepEqual(banned, [address(10)]);
  });
});
