/** Numbers over fail2ban's protocol are bounded, never cause a crash, and are not kept over a restart. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fuzzSample } from "../../../test/fuzz-rounds.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { MAX_DURATION } from "../../domain/duration.ts";
import type { PickleValue } from "./pickle-value.ts";
import { pythonText } from "./python-text.ts";
import { proceed } from "./transmitter.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { createFail2banAnswer } from "./answer-fail2ban.ts";
import { type Daemon, openDaemon } from "../../daemon/daemon.ts";
import { openFail2banLog } from "./fail2ban-log.ts";
import { loadAll } from "../../jails/load-all.ts";

enableLinearRegex();

type Command = readonly PickleValue[];

interface Asked {
  readonly daemon: Daemon;
  /** Resolves with 0 and the answer, or 1 and the error. */
  readonly ask: (command: Command) => Promise<readonly [number, PickleValue]>;
}

class Host implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), `bailiff-numbers-${process.pid}-`));
  readonly bugs: TelemetryEvent[] = [];

  constructor() {
    writeFileSync(join(this.folder, "auth.log"), "");
    writeFileSync(
      join(this.folder, "bailiff.toml"),
      `[daemon]
state = "${this.folder}/state"
socket = "${this.folder}/socket"
[defaults]
enforcer = "memory"
canary = "0s"
[jails.sshd]
source = { file = ["${this.folder}/auth.log"] }
`,
    );
  }

  /** Runs `work` with a daemon, from its start to its end. */
  async live(work: (asked: Asked) => Promise<void>): Promise<void> {
    const path = join(this.folder, "bailiff.toml");
    const load = () => loadAll({ path, env: {}, uid: process.getuid?.() ?? 0 });
    const loaded = await load();
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const emit = (event: TelemetryEvent): void => {
      if (event.event === "bug") this.bugs.push(event);
    };
    const opened = await openDaemon({ load, emit }, loaded.value);
    assert.ok(opened.ok);
    await using daemon = opened.value;
    const log = openFail2banLog({ path: undefined, clock: systemClock, emit });
    const options = { clock: systemClock, log, stop: () => undefined };
    const port = createFail2banAnswer(daemon, options).portFor("test");
    const { signal } = new AbortController();
    await work({
      daemon,
      ask: async (command) => {
        const caller = { who: "test", argv: [] };
        const { items } = await proceed(command, { port, caller, signal });
        const [code, answer = null] = items;
        assert.ok(code === 0 || code === 1);
        return [code, answer];
      },
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

const ABSURD: readonly PickleValue[] = [
  ...["1e18", "1e308", "1e999", "9".repeat(30), "-5", "-1e18", "nan", "inf", "-inf", "0x10", ""],
  ...["99999999999w", "1e18y", "2**99", "0", "0.0001"],
  ...[1e18, 1e308, Number.NaN, Number.POSITIVE_INFINITY, -5, 0, Number.MAX_SAFE_INTEGER],
];
const OPTIONS: readonly string[] = [
  ...["bantime", "findtime", "maxretry", "maxmatches", "maxlines"],
  ...["bantime.maxtime", "bantime.rndtime", "bantime.factor", "bantime.multipliers"],
];

function assertBounded({ daemon }: Asked, what: string): void {
  const jail = daemon.jails[0]?.jail;
  assert.ok(jail !== undefined, what);
  const { maxretry, findtime, bantime, increment } = jail.config;
  assert.ok(Number.isInteger(maxretry) && maxretry >= 1 && maxretry <= 1000, what);
  const lengths = [findtime, bantime === "forever" ? findtime : bantime];
  for (const length of [...lengths, increment.maxtime, increment.jitter])
    assert.ok(length >= 0 && length <= MAX_DURATION, `${what}: ${length}`);
  assert.ok(findtime > 0 && bantime !== 0, what);
  for (const factor of increment.multipliers)
    assert.ok(Number.isFinite(factor) && factor > 0, `${what}: ${factor}`);
}

test("no option can be set to a number out of bounds over fail2ban's protocol", async () => {
  using host = new Host();
  const pairs = OPTIONS.flatMap((option) => ABSURD.map((value) => [option, value] as const));
  await host.live(async (asked) => {
    for (const [option, value] of fuzzSample(pairs, 50)) {
      const what = `set sshd ${option} ${pythonText(value)}`;
      await asked.ask(["set", "sshd", option, value]);
      assertBounded(asked, what);
    }
    for (const value of ABSURD) await asked.ask(["set", "dbpurgeage", value]);
    for (const value of ABSURD) await asked.ask(["set", "dbmaxmatches", value]);
    for (const value of ABSURD) await asked.ask(["set", "loglevel", value]);
    assert.equal((await asked.ask(["get", "sshd", "maxretry"]))[0], 0);
  });
  assert.deepEqual(host.bugs, []);
});

test("a value out of bounds is refused, and the option keeps its value", async () => {
  using host = new Host();
  await host.live(async ({ ask }) => {
    for (const [option, value] of [
      ["bantime", "1e18"],
      ["maxretry", "1e18"],
      ["maxretry", 1e18],
      ["maxretry", "-1"],
      ["findtime", "-5"],
      ["findtime", "0"],
      ["findtime", "99999999999w"],
      ["bantime.maxtime", "1e18"],
    ] as const) {
      const before = await ask(["get", "sshd", option]);
      const [code] = await ask(["set", "sshd", option, value]);
      assert.equal(code, 1, `${option} ${value}`);
      assert.deepEqual(await ask(["get", "sshd", option]), before, `${option} ${value}`);
    }
  });
});

test("bans with the longest duration survive a restart, options set at run time do not", async () => {
  using host = new Host();
  await host.live(async ({ ask }) => {
    for (const bantime of ["36500d", "-1", "3153600000"]) {
      await ask(["set", "sshd", "bantime", bantime]);
      const [code, answer] = await ask([
        "set",
        "sshd",
        "banip",
        `203.0.113.20${bantime.length % 10}`,
      ]);
      assert.equal(code, 0, `${bantime}: ${JSON.stringify(answer)}`);
    }
    await ask(["set", "sshd", "maxretry", "7"]);
  });
  await host.live(async ({ ask, daemon }) => {
    assert.deepEqual(await ask(["get", "sshd", "maxretry"]), [0, 5]);
    assert.deepEqual(await ask(["get", "sshd", "bantime"]), [0, 3600]);
    const now = systemClock.now();
    const bans = [...daemon.book.activeBans({})];
    assert.deepEqual(bans.map(({ subject }) => subject).sort(), [
      "203.0.113.200",
      "203.0.113.202",
      "203.0.113.206",
    ]);
    for (const { until } of bans)
      assert.ok(until === "forever" || (until > now && until <= now + 2 * MAX_DURATION));
    const [code, answer] = await ask(["get", "sshd", "banip", "--with-time"]);
    assert.equal(code, 0);
    assert.ok(Array.isArray(answer) && answer.length === 3);
  });
  assert.deepEqual(host.bugs, []);
});

test("times to wait, indexes of expressions and addresses are validated too", async () => {
  using host = new Host();
  await host.live(async ({ ask, daemon }) => {
    for (const command of [
      ["sleep", "nan"],
      ["sleep", "-1"],
      ["set", "sshd", "delfailregex", 1e18],
      ["set", "sshd", "banip", "1e18"],
      ["set", "sshd", "banip", 1e18],
      ["set", "sshd", "banip", "192.0.2.1/99"],
      ["set", "sshd", "attempt", "1e18"],
      ["set", "sshd", "action", "memory", "timeout", "1e18"],
    ] satisfies readonly Command[])
      assert.equal((await ask(command))[0], 1, command.map(pythonText).join(" "));
    assert.deepEqual([...daemon.book.activeBans({})], []);
  });
  assert.deepEqual(host.bugs, []);
});

test("reported failures count one for each line, and one without any; the newest lines are kept", async () => {
  using host = new Host();
  await host.live(async ({ ask, daemon }) => {
    assert.equal((await ask(["set", "sshd", "maxretry", "100"]))[0], 0);
    for (const [ip, count, kept] of [
      ["203.0.113.1", 0, [""]],
      ["203.0.113.2", 3, ["line 0", "line 1", "line 2"]],
      ["203.0.113.3", 30, Array.from({ length: 20 }, (_, n) => `line ${n + 10}`)],
    ] as const) {
      const lines = Array.from({ length: count }, (_, n) => `line ${n}`);
      assert.equal((await ask(["set", "sshd", "attempt", ip, ...lines]))[0], 0);
      const subject = parseSubject(ip);
      assert.ok(subject !== undefined);
      const failures = daemon.book.recentFailures(subject, 100).toReversed();
      assert.deepEqual(
        failures.map(({ line }) => line),
        kept,
      );
      const weights = failures.reduce((sum, { weight }) => sum + weight, 0);
      assert.equal(weights, Math.max(1, count), ip);
      const counted = daemon.jails[0]?.jail.window.countOf(subject, systemClock.now());
      assert.equal(counted, Math.max(1, count), ip);
    }
  });
  assert.deepEqual(host.bugs, []);
});
