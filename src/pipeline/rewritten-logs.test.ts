/** In rewritten and copied logs, each failure counts exactly once. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withAutoJails } from "../config/auto-jails.ts";
import { parseConfig } from "../config/parse-config.ts";
import { instant } from "../domain/instant.ts";
import { parseJailName } from "../domain/jail-name.ts";
import type { LineBatch } from "../domain/line-batch.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { systemClock } from "../host/system-clock.ts";
import { createWakeUp } from "../host/wake-up.ts";
import { openBook } from "../record/open-book.ts";
import { openFileSource } from "../source/file/file-source.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { Allow } from "./allow/allow.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { compileJails } from "../jails/compile-jails.ts";
import { LineFollower } from "./follow-lines.ts";
import type { Jail } from "../jails/jail.ts";
import { openLibrary } from "../jails/load-filters.ts";
import { restoreWindows } from "./restore-windows.ts";
import { createForwardingPeers } from "./forwarding-peers.ts";
import { createStateStore } from "../record/state-store.ts";

enableLinearRegex();

interface Stage extends AsyncDisposable {
  /** Appends lines of sshd, each so many seconds old. */
  fail(ip: string, ages: readonly number[], file?: string, now?: number): void;
  /** Lets so many seconds pass. */
  pass(seconds: number): void;
  write(text: string, file?: string): void;
  shell(script: string): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  count(ip: string): number;
  until(condition: () => boolean, what: string): Promise<void>;
  untilCount(ip: string, count: number): Promise<void>;
  readonly events: readonly TelemetryEvent[];
}

async function sshdJail(): Promise<Jail> {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const compile = await loadFilterCompiler(filters.values());
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([], { paths, ports: new Map() });
  const name = parseJailName("sshd");
  assert.ok(config.ok && name !== undefined);
  const all = withAutoJails(config.value, [name]).jails.map((jail) => ({
    ...jail,
    maxretry: 1000,
  }));
  const { jails } = compileJails(all, { filters, compile }, []);
  const jail = jails.find((compiled) => compiled.jail.name === name)?.jail;
  assert.ok(jail !== undefined);
  return jail;
}

/** The stamp of a line that is so many seconds old. */
function stamp(age: number, now = Date.now()): string {
  // Whole seconds, as in most logs.
  return `${new Date(now - age * 1000).toISOString().slice(0, 19)}Z`;
}

async function openStage(pattern = "auth*.log"): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-rewritten-logs-${process.pid}-`));
  const events: TelemetryEvent[] = [];
  const wake = createWakeUp();
  const emit = (event: TelemetryEvent): void => {
    events.push(event);
    wake.ring();
  };
  let passed = 0;
  const clock = { ...systemClock, now: () => instant(systemClock.now() + passed) };
  const book = openBook({ path: ":memory:", clock, emit });
  let [stop, done, pid, port] = [new AbortController(), Promise.resolve(), 100, 1024];

  async function start(): Promise<void> {
    const jail = await sshdJail();
    restoreWindows([jail], book, clock.now());
    jail.read.settle("file:log");
    const allow = new Allow({ book, hostAddresses: () => [], resolveName: async () => [], emit });
    allow.rebuild([], clock.now());
    const watches = [{ jail, source: { kind: "file" as const, files: [pattern] } }];
    const silent = (): void => undefined;
    const follower = new LineFollower(watches, {
      forwarders: createForwardingPeers(createStateStore(book)),
      ...{ book, allow, clock, emit, localOffset: () => 0, chance: () => 0 },
      ...{
        enforce: async () => undefined,
        onBannedStillActive: silent,
        checkClock: silent,
        where: "log",
      },
    });
    stop = new AbortController();
    const source = openFileSource({
      patterns: [join(folder, pattern)],
      resume: (key) => book.cursor(key)?.value,
      since: instant(Date.now() - 600_000),
      clock,
      emit,
    });
    const read = async (batches: AsyncIterable<LineBatch>): Promise<void> => {
      for await (const batch of batches) {
        await follower.follow(batch, batch.cursor === undefined ? [] : [batch.cursor]);
        wake.ring();
      }
    };
    done = read(source.batches(stop.signal)).finally(() => wake.ring());
  }

  async function end(): Promise<void> {
    stop.abort();
    await done;
  }

  function count(ip: string): number {
    return events.filter((event) => event.event === "failure" && event.ip.startsWith(ip)).length;
  }

  async function until(condition: () => boolean, what: string): Promise<void> {
    const limit = AbortSignal.timeout(60_000);
    while (!condition()) {
      if (limit.aborted) assert.fail(`${what}; last: ${JSON.stringify(events.slice(-10))}`);
      await wake.wait(limit);
    }
  }

  function write(text: string, file = "auth.log"): void {
    appendFileSync(join(folder, file), text);
  }

  return {
    events,
    count,
    write,
    start,
    stop: end,
    pass: (seconds) => void (passed += seconds * 1000),
    fail: (ip, ages, file, now = clock.now()) => {
      const line = (age: number): string =>
        `${stamp(age, now)} lab sshd[${++pid}]: Failed password for root from ${ip} port ${++port} ssh2\n`;
      write(ages.map(line).join(""), file);
    },
    shell: (script) => void execFileSync("sh", ["-ec", script], { cwd: folder }),
    until,
    untilCount: (ip, wanted) => until(() => count(ip) >= wanted, `${wanted} failures of ${ip}`),
    [Symbol.asyncDispose]: async () => {
      await end();
      await book[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const INTRUDER = "198.51.100.23";
const OTHER = "203.0.113.9";
const LATER = "192.0.2.77";

/** `spread`: the last lines of the programs have different stamps. */
async function beginStage(spread: "same second" | "other seconds" = "same second"): Promise<Stage> {
  const stage = await openStage();
  const now = Date.now();
  const cron = (age: number): string =>
    `${stamp(age, now)} lab CRON[77]: session opened for user x\n`;
  const [intruder, other] = spread === "same second" ? [0, 0] : [2, 1];
  stage.write(cron(90));
  stage.fail(INTRUDER, [80, 40, intruder], undefined, now);
  stage.fail(OTHER, [60, other], undefined, now);
  stage.write(cron(0).repeat(6));
  await stage.start();
  await stage.untilCount(INTRUDER, 3);
  await stage.untilCount(OTHER, 2);
  return stage;
}

const REWRITES: Readonly<Record<string, string>> = {
  "a program's lines deleted by sed": "sed -i /CRON/d auth.log",
  "a program's lines deleted in place": "grep -v CRON auth.log > t; cat t > auth.log",
  "one intruder's lines deleted": `sed -i /${OTHER}/d auth.log`,
  "names changed": "sed -i s/lab/host1/ auth.log",
  "names changed, with a backup": "sed -i.bak s/lab/host1/ auth.log",
  "CRLF put in": "sed -i 's/$/\\r/' auth.log",
  "only the beginning kept": "head -n 4 auth.log > t; cat t > auth.log",
  "sorted backwards": "sort -r auth.log > t; cat t > auth.log",
  "stamps cut off": "cut -c 26- auth.log > t; cat t > auth.log",
};

for (const [what, script] of Object.entries(REWRITES)) {
  for (const live of [true, false]) {
    test(`${what}, ${live ? "live" : "while nobody reads"}: nothing counts twice`, async () => {
      await using stage = await beginStage();
      if (!live) await stage.stop();
      stage.shell(script);
      if (!live) await stage.start();
      stage.fail(LATER, [0, 0, 0]);
      await stage.untilCount(LATER, 3);
      stage.fail(LATER, [0]);
      await stage.untilCount(LATER, 4);
      assert.deepEqual(
        [INTRUDER, OTHER].map((ip) => stage.count(ip)),
        [3, 2],
      );
    });
  }
}

test("sorted backwards while nobody reads, the newest lines equal: nothing counts twice", async () => {
  await using stage = await beginStage("other seconds");
  await stage.stop();
  stage.shell("sort -r auth.log > t; cat t > auth.log");
  await stage.start();
  stage.fail(LATER, [0, 0, 0]);
  await stage.untilCount(LATER, 3);
  assert.deepEqual(
    [INTRUDER, OTHER].map((ip) => stage.count(ip)),
    [3, 2],
  );
});

const COPIES: Readonly<Record<string, string>> = {
  "sorted backwards": "sort -r auth.log > auth-copy.log",
  "stamps cut off": "cut -c 26- auth.log > auth-copy.log",
  "names changed": "sed s/lab/host1/ auth.log > auth-copy.log",
  "written twice": "cat auth.log auth.log > t; mv t auth-copy.log",
};

for (const [what, script] of Object.entries(COPIES)) {
  test(`a copy whose name matches the pattern, ${what}: nothing counts twice`, async () => {
    await using stage = await beginStage();
    stage.shell(script);
    stage.fail(LATER, [0]);
    await stage.untilCount(LATER, 1);
    stage.write(
      `${stamp(0)} lab sshd[9]: Failed password for root from ${LATER} port 9 ssh2\n`,
      "auth-copy.log",
    );
    await stage.untilCount(LATER, 2);
    assert.deepEqual(
      [INTRUDER, OTHER].map((ip) => stage.count(ip)),
      [3, 2],
    );
  });
}

for (const live of [true, false])
  test(`a line from the future, then a rewrite ${live ? "live" : "while nobody reads"}: new lines count`, async () => {
    await using stage = await openStage();
    stage.fail(INTRUDER, [40, -86_400]);
    await stage.start();
    await stage.untilCount(INTRUDER, 1);
    stage.fail(INTRUDER, [5]);
    await stage.untilCount(INTRUDER, 2);
    if (!live) await stage.stop();
    stage.shell("sort -r auth.log | head -n 1 > t; cat t > auth.log");
    stage.fail(LATER, [0, 0, 0]);
    if (!live) await stage.start();
    await stage.untilCount(LATER, 3);
    assert.equal(stage.count(INTRUDER), 2);
  });

test("the number of skipped lines is reported, with the reason", async () => {
  await using stage = await beginStage();
  stage.shell("{ sed -n 2p auth.log; cut -c 26- auth.log; } > t; cat t > auth.log");
  stage.fail(LATER, [0]);
  await stage.untilCount(LATER, 1);
  const [said, ...more] = stage.events.filter(({ event }) => event === "lines-passed-over");
  assert.ok(said?.event === "lines-passed-over" && more.length === 0);
  assert.ok(said.place.endsWith("/auth.log"));
  assert.deepEqual([said.read, said.unstamped], [1, 5]);
});

const ROTATIONS: Readonly<Record<string, string>> = {
  "moved and created": "mv auth.log auth.log.1; : > auth.log",
  "copied and truncated": "cp auth.log auth.log.1; : > auth.log",
  "moved and compressed": "mv auth.log auth.log.1; : > auth.log; gzip auth.log.1",
  "emptied without a copy": ": > auth.log",
  "deleted and created": "rm auth.log; : > auth.log",
};

for (const [what, script] of Object.entries(ROTATIONS)) {
  for (const live of [true, false]) {
    test(`${what}, ${live ? "live" : "while nobody reads"}: nothing is lost`, async () => {
      await using stage = await beginStage();
      if (!live) await stage.stop();
      stage.shell(script);
      // In the same second as lines that were already read.
      stage.fail(LATER, [0, 0]);
      stage.fail(INTRUDER, [0]);
      if (!live) await stage.start();
      await stage.untilCount(LATER, 2);
      await stage.untilCount(INTRUDER, 4);
    });
  }
}

for (const how of ["live", "live, after a new line", "while nobody reads"] as const) {
  test(`emptied, and later written back ${how}: each line counts once`, async () => {
    await using stage = await beginStage();
    stage.shell("cp auth.log auth.log.2; : > auth.log");
    const isEmptied = (): boolean =>
      stage.events.some((one) => one.event === "source-rotated" && /emptied/.test(one.how));
    await stage.until(isEmptied, "it is emptied");
    if (how === "live, after a new line") {
      stage.fail(LATER, [0]);
      await stage.untilCount(LATER, 1);
    }
    if (how === "while nobody reads") await stage.stop();
    stage.shell("cat auth.log.2 >> auth.log");
    // In the same second as lines that were already read.
    stage.fail(INTRUDER, [0]);
    if (how === "while nobody reads") await stage.start();
    await stage.untilCount(INTRUDER, 4);
    stage.fail(LATER, [0, 0]);
    await stage.untilCount(LATER, how === "live, after a new line" ? 3 : 2);
    assert.deepEqual(
      [INTRUDER, OTHER].map((ip) => stage.count(ip)),
      [4, 2],
    );
  });
}

/** How the old text in "t" comes back while nobody reads, where "n" holds new lines. */
const WRITTEN_BACK: Readonly<Record<string, string>> = {
  "behind new lines": "cat n t > auth.log",
  "its end behind new lines": "{ cat n; tail -n 3 t; } > auth.log",
  "a single line of it behind new lines": "{ cat n; tail -n 1 t; } > auth.log",
  "around new lines": "{ head -n 4 t; cat n; tail -n +5 t; } > auth.log",
  "before new lines": "{ tail -n 5 t; cat n; } > auth.log",
  "in a new file": "cat n t > u; mv u auth.log",
  "behind new lines, and rotated": "cat n t > auth.log; mv auth.log auth.log.1; : > auth.log",
};

for (const [what, script] of Object.entries(WRITTEN_BACK))
  test(`old lines written back ${what} while nobody reads: each line counts once`, async () => {
    await using stage = await openStage();
    stage.fail(INTRUDER, [80, 60, 50, 40, 30, 8]);
    stage.fail(OTHER, [7, 6]);
    await stage.start();
    await stage.untilCount(OTHER, 2);
    await stage.stop();
    stage.shell("cp auth.log t; : > auth.log");
    stage.fail(LATER, [1, 0]);
    stage.shell(`cp auth.log n; ${script}`);
    await stage.start();
    stage.fail(LATER, [0]);
    await stage.untilCount(LATER, 3);
    assert.deepEqual(
      [INTRUDER, OTHER, LATER].map((ip) => stage.count(ip)),
      [6, 2, 3],
    );
  });

test("new lines of a log that was edited while nobody reads count, although another log is newer", async () => {
  await using stage = await openStage();
  stage.fail(INTRUDER, [80, 60, 20]);
  stage.fail(OTHER, [30], "auth-other.log");
  await stage.start();
  await stage.untilCount(INTRUDER, 3);
  await stage.untilCount(OTHER, 1);
  await stage.stop();
  stage.pass(60);
  stage.shell("sed -i s/lab/host1/ auth.log auth-other.log");
  stage.fail(LATER, [0]);
  stage.fail(LATER, [30], "auth-other.log");
  await stage.start();
  await stage.untilCount(LATER, 2);
  assert.deepEqual([stage.count(INTRUDER), stage.count(OTHER)], [3, 1]);
});

test("lines of a log without timestamps are read after a rotation", async () => {
  await using stage = await openStage();
  const line = (ip: string): string => `sshd[7]: Failed password for root from ${ip} port 7 ssh2\n`;
  stage.write("");
  await stage.start();
  // A line from before the log is opened has no time.
  const isOpen = (): boolean => stage.events.some(({ event }) => event === "source-started");
  await stage.until(isOpen, "opened");
  stage.write(line(INTRUDER));
  await stage.untilCount(INTRUDER, 1);
  stage.shell("mv auth.log auth.log.1");
  stage.write(line(OTHER));
  await stage.untilCount(OTHER, 1);
  stage.shell("mv auth.log.1 auth.log.2; cp auth.log auth.log.1; : > auth.log");
  stage.write(line(LATER));
  await stage.untilCount(LATER, 1);
  stage.write(line(INTRUDER), "auth-new.log");
  await stage.untilCount(INTRUDER, 2);
});

/** Made while the daemon is down, of a log that was rotated before. */
const DOWN: Readonly<Record<string, string>> = {
  "a copy of the rotated log": "cp -p auth.log.1 auth.log.1.bak",
  "a copy with a name that sorts before it": "cp -p auth.log.1 auth.log-backup",
  "a copy of the live log": "cp -p auth.log auth.log.bak",
  "a compressed log, unpacked":
    "gzip -c auth.log.1 > auth.log.2.gz; gunzip -c auth.log.2.gz > auth.log.2",
  "the rotated log, moved on and copied":
    "mv auth.log.1 auth.log.2; cp -p auth.log.2 auth.log.1.bak",
};

for (const [what, script] of Object.entries(DOWN)) {
  for (const more of [true, false])
    test(`${what}, ${more ? "with" : "without"} lines since its rotation: nothing counts twice`, async () => {
      await using stage = await openStage("auth.log*");
      stage.write("");
      await stage.start();
      stage.fail(INTRUDER, [120, 60, 0]);
      stage.fail(OTHER, [60, 0]);
      await stage.untilCount(OTHER, 2);
      stage.shell("mv auth.log auth.log.1; : > auth.log");
      if (more) stage.fail(LATER, [0]);
      await stage.untilCount(LATER, more ? 1 : 0);
      await stage.stop();
      stage.shell(script);
      await stage.start();
      stage.fail(LATER, [0]);
      await stage.untilCount(LATER, more ? 2 : 1);
      assert.deepEqual([stage.count(INTRUDER), stage.count(OTHER)], [3, 2]);
    });
}
