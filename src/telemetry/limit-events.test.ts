import assert from "node:assert/strict";
import test from "node:test";
import type { Clock } from "../domain/clock.ts";
import { instant } from "../domain/instant.ts";
import type { TelemetryEvent } from "./events.ts";
import { limitEvents } from "./limit-events.ts";

const FAILURE: TelemetryEvent = {
  event: "failure",
  jail: "sshd",
  ip: "192.0.2.7",
  user: undefined,
  rule: "r",
  count: 1,
  of: 5,
  at: instant(0),
};
const BAN: TelemetryEvent = {
  event: "ban",
  jail: "sshd",
  ip: "192.0.2.7",
  until: "forever",
  reason: "r",
  origin: "detected",
  length: undefined,
};

function collect(): {
  seen: TelemetryEvent[];
  emit: (event: TelemetryEvent) => void;
  pass: (ms: number) => void;
} {
  const seen: TelemetryEvent[] = [];
  let now = 0;
  const clock: Clock = { now: () => instant(now), monotonic: () => now };
  const emit = limitEvents((event) => void seen.push(event), clock);
  return { seen, emit, pass: (ms) => void (now += ms) };
}

test("a ban that is part of a bulk-change is left out", () => {
  const { seen, emit } = collect();
  emit({ ...BAN, bulk: true });
  emit(BAN);
  assert.equal(seen.length, 1);
});

test("a flood of one kind is limited, counted and reported; bans never are", () => {
  const { seen, emit, pass } = collect();
  for (let i = 0; i < 1000; i++) emit(FAILURE);
  for (let i = 0; i < 1000; i++) emit(BAN);
  assert.equal(seen.filter(({ event }) => event === "failure").length, 100);
  assert.equal(seen.filter(({ event }) => event === "ban").length, 1000);
  pass(1000);
  emit(FAILURE);
  assert.deepEqual(seen.at(-2), { event: "events-suppressed", of: "failure", count: 900 });
  assert.equal(seen.at(-1), FAILURE);
});

test("a low rate is never limited", () => {
  const { seen, emit, pass } = collect();
  for (let i = 0; i < 500; i++) {
    emit(FAILURE);
    pass(60);
  }
  assert.equal(seen.length, 500);
});

test("omitted events are reported once", () => {
  const { seen, emit, pass } = collect();
  for (let i = 0; i < 150; i++) emit(FAILURE);
  pass(1000);
  for (let i = 0; i < 3; i++) emit(FAILURE);
  const told = seen.filter(({ event }) => event === "events-suppressed");
  assert.deepEqual(told, [{ event: "events-suppressed", of: "failure", count: 50 }]);
});

test("a continuing flood gets its rate per second", () => {
  const { seen, emit, pass } = collect();
  for (let second = 0; second < 60; second++) {
    for (let i = 0; i < 50; i++) {
      emit(FAILURE);
      pass(20);
    }
  }
  const through = seen.filter(({ event }) => event === "failure").length;
  assert.ok(through >= 100 + 59 * 20 && through <= 100 + 60 * 20, `${through}`);
});

test("a pause does not increase the burst", () => {
  const { seen, emit, pass } = collect();
  emit(FAILURE);
  pass(3_600_000);
  for (let i = 0; i < 1000; i++) emit(FAILURE);
  assert.equal(seen.length, 101);
});
