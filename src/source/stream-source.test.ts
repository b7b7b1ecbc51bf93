import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { CUT_MARK } from "../domain/line-batch.ts";
import type { LineSource } from "../domain/line-source.ts";
import { systemClock } from "../host/system-clock.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { lineSourceContract } from "./line-source.contract.ts";
import { startReading } from "./reading.fixture.ts";
import { openStreamSource } from "./stream-source.ts";

lineSourceContract({
  name: "stream",
  cursor: "none",
  longLines: "passed",
  bench: async () => {
    const stream = new PassThrough();
    return {
      open: (emit) => openStreamSource({ stream, where: "a stream", clock: systemClock, emit }),
      write: (lines) => {
        const newline = Buffer.from("\n");
        stream.write(Buffer.concat(lines.flatMap((line) => [Buffer.from(line), newline])));
      },
      close: async () => void stream.destroy(),
    };
  },
});

test("stream: its end ends the source, and a last line without newline is marked as cut", async () => {
  const events: TelemetryEvent[] = [];
  const source = openStreamSource({
    stream: Readable.from([Buffer.from("one\ntw"), Buffer.from("o")]),
    where: "a stream",
    clock: systemClock,
    emit: (event) => events.push(event),
  });
  await using reading = startReading(source);
  await reading.until(2);
  await reading.stop();
  assert.deepEqual(reading.lines, ["one", `two${CUT_MARK}`]);
  assert.equal(source.status().state, "ended");
  assert.deepEqual(events, [
    { event: "line-cut", source: "a stream", bytes: 3 },
    { event: "source-ended", source: "a stream" },
  ]);
});

test("stream: compressed data is read, or named where it is not", async () => {
  const open = (data: Buffer): LineSource =>
    openStreamSource({
      stream: Readable.from([data]),
      where: "a stream",
      clock: systemClock,
      emit: () => reading.recheck(),
    });
  let reading = startReading(open(gzipSync("one\ntwo\n")));
  await reading.until(2);
  await reading.stop();
  assert.deepEqual(reading.lines, ["one", "two"]);
  const xz = open(Buffer.from("\xfd7zXZ\0\0\0\0\0\0", "latin1"));
  reading = startReading(xz);
  await reading.untilTrue(() => xz.status().state === "failed", "failed");
  await reading.stop();
  assert.equal(xz.status().reason, "it is compressed with xz");
});

test("stream: an error in the middle makes a failed source with a reason", async () => {
  async function* broken(): AsyncIterable<Buffer> {
    yield Buffer.from("one\n");
    throw new Error("the pipe broke");
  }
  const source = openStreamSource({
    stream: Readable.from(broken()),
    where: "a stream",
    clock: systemClock,
    emit: () => reading.recheck(),
  });
  await using reading = startReading(source);
  await reading.untilTrue(() => source.status().state === "failed", "failed");
  assert.equal(source.status().reason, "the pipe broke");
});
