import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { duration } from "../domain/duration.ts";
import { CUT_MARK } from "../domain/line-batch.ts";
import { systemClock } from "../host/system-clock.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { openCommandSource } from "./command-source.ts";
import { lineSourceContract } from "./line-source.contract.ts";
import { startReading } from "./reading.fixture.ts";

lineSourceContract({
  name: "command",
  cursor: "none",
  longLines: "passed",
  bench: async () => {
    const folder = mkdtempSync(join(tmpdir(), `bailiff-command-${process.pid}-`));
    const file = join(folder, "out");
    writeFileSync(file, "");
    return {
      open: (emit) =>
        openCommandSource({
          argv: ["tail", "--lines=+1", "--follow", file],
          clock: systemClock,
          emit,
        }),
      write: (lines) => {
        for (const line of lines) appendFileSync(file, Buffer.concat([Buffer.from(line), NEWLINE]));
      },
      close: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
});

const NEWLINE = Buffer.from("\n");

test("command: restarted when it ends, and its end reported", async () => {
  const events: TelemetryEvent[] = [];
  const source = openCommandSource({
    argv: ["sh", "-c", "echo once; echo broken >&2; exit 3"],
    firstWait: duration(10),
    longestWait: duration(20),
    clock: systemClock,
    emit: (event) => events.push(event),
  });
  await using reading = startReading(source);
  assert.deepEqual((await reading.until(3)).slice(0, 3), ["once", "once", "once"]);
  await reading.stop();
  const failure = events.find(({ event }) => event === "source-failed");
  assert.equal(
    failure?.event === "source-failed" && failure.reason,
    "sh ended with exit code 3: broken",
  );
});

test("command: one that keeps failing without a line is never shown as read (invariant 11)", async () => {
  const states = new Set<string>();
  let failures = 0;
  const source = openCommandSource({
    argv: ["sh", "-c", "sleep 0.05; echo boom >&2; exit 3"],
    firstWait: duration(1),
    longestWait: duration(2),
    steadyAfter: duration(60_000),
    clock: systemClock,
    emit: ({ event }) => {
      assert.notEqual(event, "source-started");
      if (event === "source-failed") failures++;
      reading.recheck();
    },
  });
  await using reading = startReading(source);
  const watch = setInterval(() => states.add(source.status().state), 5);
  try {
    await reading.untilTrue(() => failures >= 5, "five failures");
  } finally {
    clearInterval(watch);
  }
  assert.deepEqual([...states], ["opening", "failed"]);
  const { reason = "" } = source.status();
  assert.match(reason, /^sh ended with exit code 3: boom \([5-9] times in a row\)$/);
  await reading.stop();
});

test("command: a quiet one is read once it has run for long enough", async () => {
  const source = openCommandSource({
    argv: ["sleep", "60"],
    steadyAfter: duration(50),
    clock: systemClock,
    emit: () => reading.recheck(),
  });
  await using reading = startReading(source);
  assert.equal(source.status().state, "opening");
  await reading.untilTrue(() => source.status().state === "reading", "reading");
  await reading.stop();
});

test("command: a missing program makes a failed source that says what to do", async () => {
  const events: TelemetryEvent[] = [];
  const source = openCommandSource({
    argv: ["no-such-program-here"],
    clock: systemClock,
    emit: (event) => {
      events.push(event);
      reading?.recheck();
    },
  });
  await using reading = startReading(source);
  await reading.untilTrue(() => source.status().state === "failed", "failed");
  assert.match(source.status().reason ?? "", /no-such-program-here is missing/);
  await reading.stop();
});

test("command: a slow reader blocks the writer, and abort ends the whole process group", async () => {
  const source = openCommandSource({
    argv: ["sh", "-c", "yes 'an endless line' | cat"],
    clock: systemClock,
    emit: () => undefined,
  });
  const end = new AbortController();
  let seen = 0;
  for await (const batch of source.batches(end.signal)) {
    assert.ok(batch.text.length <= 300_000, "a batch is bounded");
    if (++seen === 50) end.abort();
  }
  assert.equal(source.status().state, "ended");
});

test("command: a last line without a newline is emitted as a cut line", async () => {
  const source = openCommandSource({
    argv: ["printf", "first\\nlast"],
    clock: systemClock,
    emit: () => undefined,
  });
  await using reading = startReading(source);
  assert.deepEqual((await reading.until(2)).slice(0, 2), ["first", `last${CUT_MARK}`]);
  await reading.stop();
});
