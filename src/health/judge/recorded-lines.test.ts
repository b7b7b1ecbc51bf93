import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import { RecordedLines } from "./recorded-lines.ts";

const at = (seconds: number): Instant => instant(seconds * 1000);
const lineOf = (ip: string, seconds: number) => ({ ip: ip as Ip, at: at(seconds) });

test("btmp is relied on from the first record of a line on", () => {
  const lines = new RecordedLines();
  lines.add(lineOf("192.0.2.1", 0), at(0));
  lines.settle(() => "missing", at(60));
  assert.equal(lines.isReliable(at(60)), false);
  lines.add(lineOf("192.0.2.1", 60), at(60));
  lines.settle(() => "recorded", at(60));
  assert.equal(lines.isReliable(at(60)), true);
  assert.deepEqual(lines.unrecordedSince(at(0)), [lineOf("192.0.2.1", 0)]);
});

test("it is no longer relied on after ten minutes with lines, and none of them recorded", () => {
  const lines = new RecordedLines();
  const read = (seconds: number, isRecorded: boolean): void => {
    lines.add(lineOf("192.0.2.1", seconds), at(seconds));
    lines.settle(() => (isRecorded ? "recorded" : "missing"), at(seconds + 10));
  };
  read(0, true);
  assert.equal(lines.isReliable(at(86_400)), true, "a quiet day is no reason");
  for (const seconds of [100, 200, 300, 400]) read(seconds, false);
  assert.equal(lines.isReliable(at(1000)), true, "four lines are few");
  read(500, false);
  assert.equal(lines.isReliable(at(709)), true);
  assert.equal(lines.isReliable(at(710)), false);
  read(720, true);
  assert.equal(lines.isReliable(at(730)), true, "a record shows that it is written again");
});

test("lines are bounded", () => {
  const lines = new RecordedLines();
  for (let n = 0; n < 5000; n++) {
    lines.add(lineOf("192.0.2.1", 0), at(0));
    if (n % 100 === 0) lines.settle(() => "missing", at(60));
  }
  assert.ok(lines.unrecordedSince(at(0)).length <= 512);
});
