/** Rewritten and copied files: lines read before are not counted twice, and new lines are read. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { openFileSource } from "./file-source.ts";
import { type Reading, startReading } from "../reading.fixture.ts";

interface Stage extends Disposable {
  readonly folder: string;
  readonly log: string;
  readonly events: readonly TelemetryEvent[];
  start(pattern?: string): Reading;
  shell(script: string): void;
}

function open(): Stage {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-rewritten-${process.pid}-`));
  const log = join(folder, "auth.log");
  const events: TelemetryEvent[] = [];
  const saved = new Map<string, string>();
  return {
    folder,
    log,
    events,
    start: (pattern = "auth.log") => {
      const reading = startReading(
        openFileSource({
          patterns: [join(folder, pattern)],
          resume: (key) => saved.get(key),
          since: instant(Date.now() - 600_000),
          clock: systemClock,
          emit: (event) => void events.push(event),
        }),
      );
      const stop = reading.stop.bind(reading);
      return Object.assign(reading, {
        stop: async () => {
          await stop();
          for (const [key, value] of reading.cursors) saved.set(key, value);
        },
      });
    },
    shell: (script) => void execFileSync("sh", ["-ec", script], { cwd: folder }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

function line(n: number): string {
  const second = String(n % 60).padStart(2, "0");
  const minute = String(Math.floor(n / 60)).padStart(2, "0");
  return `Nov 23 04:${minute}:${second} web1 sshd[${n}]: Failed password for root from 192.0.2.7 port ${n} ssh2`;
}

function lines(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, i) => line(from + i));
}

function write(path: string, text: readonly string[]): void {
  appendFileSync(path, text.map((one) => `${one}\n`).join(""));
}

const REWRITES: Readonly<Record<string, string>> = {
  "the first line deleted by sed": "sed -i 1d auth.log",
  "the first line deleted by sed, with a backup": "sed -i.bak 1d auth.log",
  "lines deleted in the middle": "sed -i 3,8d auth.log",
  "the last line deleted": "sed -i '$d' auth.log",
  "the last lines written back in place": "tail -n 5 auth.log > t; cat t > auth.log",
  "the last line written back in place": "tail -n 1 auth.log > t; cat t > auth.log",
  "the last lines moved over it": "tail -n 5 auth.log > t; mv t auth.log",
  "written back slowly":
    "tail -n 9 auth.log > t; head -n 4 t > auth.log; sleep 0.2; tail -n +5 t >> auth.log",
  "deleted and copied back": "cp auth.log t; rm auth.log; sleep 0.1; cp t auth.log",
  "something put before it": "{ echo header; cat auth.log; } > t; cat t > auth.log",
};

for (const [what, script] of Object.entries(REWRITES)) {
  test(`${what}: live and while no reader runs`, async () => {
    for (const live of [true, false]) {
      using stage = open();
      write(stage.log, lines(0, 20));
      let reading = stage.start();
      try {
        assert.deepEqual(await reading.until(20), lines(0, 20));
        if (!live) await reading.stop();
        stage.shell(script);
        if (!live) reading = stage.start();
        write(stage.log, lines(20, 23));
        await reading.untilTrue(() => reading.lines.at(-1) === line(22), "the new lines");
        write(stage.log, lines(23, 24));
        await reading.untilTrue(() => reading.lines.at(-1) === line(23), "the last line");
        if (live) assert.deepEqual(reading.lines, lines(0, 24));
        else assertNew(reading, lines(20, 24));
      } finally {
        await reading.stop();
      }
    }
  });
}

/** The last lines read are these; lines before them are marked as possibly read before. */
function assertNew(reading: Reading, expected: readonly string[]): void {
  assert.deepEqual(reading.lines.slice(-expected.length), expected);
  const unmarked = reading.batches
    .filter(({ rewritten }) => rewritten === undefined)
    .flatMap(({ text }) => text.trimEnd().split("\n"));
  assert.deepEqual(
    unmarked.filter((one) => !expected.includes(one)),
    [],
  );
}

test("a log capped at ten lines and rewritten for each new one", async () => {
  for (const how of ["cat t > auth.log", "mv t auth.log"]) {
    using stage = open();
    write(stage.log, lines(0, 10));
    await using reading = stage.start();
    await reading.until(10);
    for (let n = 10; n < 30; n++) {
      stage.shell(`{ cat auth.log; echo '${line(n)}'; } | tail -n 10 > t; ${how}`);
      if (n % 3 === 0) await reading.until(n + 1);
    }
    await reading.until(30);
    assert.deepEqual(reading.lines, lines(0, 30), how);
  }
});

test("copies of a log under a name that the pattern matches", async () => {
  for (const script of [
    "cp auth.log auth-copy.log",
    "tail -n 4 auth.log > auth-end.log",
    "grep sshd auth.log > auth-sshd.log",
  ]) {
    using stage = open();
    write(stage.log, lines(0, 20));
    let reading = stage.start("auth*.log");
    await reading.until(20);
    stage.shell(script);
    write(stage.log, lines(20, 21));
    await reading.until(21);
    await reading.stop();
    assert.deepEqual(reading.lines, lines(0, 21), script);
    stage.shell("cp auth.log auth-another.log");
    reading = stage.start("auth*.log");
    write(stage.log, lines(21, 22));
    await reading.until(1);
    write(join(stage.folder, "auth-another.log"), lines(30, 31));
    await reading.until(2);
    await reading.stop();
    assert.deepEqual(reading.lines, [line(21), line(30)], script);
  }
});

test("a log that was emptied is read from its beginning, and so is another one moved to its path", async () => {
  using stage = open();
  write(stage.log, lines(0, 20));
  await using reading = stage.start();
  await reading.until(20);
  writeFileSync(stage.log, "");
  write(stage.log, lines(20, 22));
  await reading.until(22);
  stage.shell("rm auth.log");
  write(stage.log, lines(22, 24));
  await reading.until(24);
  assert.deepEqual(reading.lines, lines(0, 24));
});

test("rotated logs are read when the file that was read last is gone, and what was not found is reported", async () => {
  using stage = open();
  write(stage.log, lines(0, 3));
  let reading = stage.start();
  await reading.until(3);
  await reading.stop();
  const old = new Date(Date.now() - 3_600_000);
  write(`${stage.log}.4`, lines(50, 51));
  utimesSync(`${stage.log}.4`, old, old);
  stage.shell("rm auth.log");
  for (const [i, name] of ["auth.log.3", "auth.log.2", "auth.log.1", "auth.log"].entries())
    write(join(stage.folder, name), lines(10 * (i + 1), 10 * (i + 1) + 3));
  stage.shell("gzip -k auth.log.2 && rm auth.log.2");
  assert.ok(existsSync(`${stage.log}.2.gz`) && statSync(`${stage.log}.1`).size > 0);
  reading = stage.start();
  await reading.until(12);
  await reading.stop();
  assert.deepEqual(
    reading.lines,
    [10, 20, 30, 40].flatMap((n) => lines(n, n + 3)),
  );
  const said = stage.events.flatMap((event) =>
    event.event === "lines-missed" ? event.reason : [],
  );
  assert.match(
    said.join("\n"),
    /the file read last is gone, and its lines after \S+Z were not found; 3 newer/,
  );
});
