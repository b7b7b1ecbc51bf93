import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { duration } from "../../domain/duration.ts";
import { instant } from "../../domain/instant.ts";
import { ipv4FromNumber } from "../../domain/ip.ts";
import { DecayingScores } from "./decaying-scores.ts";

const HOUR = 3_600_000;
const START = 1_800_000_000_000;

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

const A = subject("192.0.2.7");
const B = subject("192.0.2.8");

function at(hours: number): ReturnType<typeof instant> {
  return instant(START + hours * HOUR);
}

test("a score halves with each half-life", () => {
  const scores = new DecayingScores(duration(HOUR));
  assert.equal(scores.add(A, at(0), 4), 4);
  assert.equal(scores.add(A, at(1), 1), 3);
  assert.equal(scores.add(A, at(3), 1), 1.75);
  assert.equal(scores.add(B, at(3), 1), 1);
});

test("a late line counts as if it came with the newest", () => {
  const scores = new DecayingScores(duration(HOUR));
  scores.add(A, at(2), 2);
  assert.equal(scores.add(A, at(1), 2), 4);
  assert.equal(scores.add(A, at(3), 0), 2);
});

test("a step of the clock does not age a score", () => {
  for (const step of [-100 * HOUR, 100 * HOUR]) {
    const scores = new DecayingScores(duration(HOUR));
    scores.add(A, at(0), 4);
    scores.shift(step);
    assert.equal(scores.add(A, instant(at(1) + step), 0), 2);
  }
});

test("a forgotten subject starts from zero", () => {
  const scores = new DecayingScores(duration(HOUR));
  scores.add(A, at(0), 4);
  scores.forget(A);
  scores.forget(B);
  assert.equal(scores.add(A, at(0), 1), 1);
});

function numbered(n: number): Subject {
  return ipv4FromNumber(0xc612_0000 + n);
}

test("a table that grows keeps its scores", () => {
  const scores = new DecayingScores(duration(HOUR));
  for (let n = 0; n < 20_000; n++) scores.add(numbered(n), at(0), 2);
  let kept = 0;
  for (let n = 0; n < 20_000; n++) kept += scores.add(numbered(n), at(1), 0) === 1 ? 1 : 0;
  // Two of 20,000 subjects share a hash of 32 bits with a probability of 5%.
  assert.ok(kept >= 19_996, `${kept} kept`);
  assert.equal(scores.evicted, 0);
});

test("half a million subjects take 6.3 MB, and a high score outlives a flood of low ones", () => {
  const scores = new DecayingScores(duration(HOUR));
  scores.add(A, at(0), 9);
  for (let n = 0; n < 600_000; n++) scores.add(numbered(n), at(0), 1);
  assert.ok(scores.evicted > 0);
  assert.equal(scores.bytes, 12 * 2 ** 19);
  assert.equal(scores.add(A, at(0), 1), 10);
});

test("the slot of a forgotten subject is free again", () => {
  const scores = new DecayingScores(duration(HOUR));
  const { bytes } = scores;
  for (let n = 0; n < 5000; n++) {
    const one = subject(`198.18.${n >> 8}.${n & 255}`);
    scores.add(one, at(0), 1);
    scores.forget(one);
  }
  assert.equal(scores.bytes, bytes);
});
