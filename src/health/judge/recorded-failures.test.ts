import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import { RecordedFailures } from "./recorded-failures.ts";

const at = (seconds: number): Instant => instant(seconds * 1000);
const ATTACKER = "192.0.2.34" as Ip;

function flood(failures: RecordedFailures, seconds: number, addresses: number): void {
  for (let n = 0; n < addresses; n++)
    failures.add(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` as Ip, at(seconds));
}

test("a failure has a record of its address within a minute", () => {
  const failures = new RecordedFailures();
  for (const seconds of [1000, 1100, 2000]) failures.add(ATTACKER, at(seconds));
  const found = [939, 940, 1050, 1160, 1161, 1940, 2060, 2061].map((seconds) =>
    failures.find(ATTACKER, at(seconds)),
  );
  const [recorded, missing] = ["recorded", "missing"] as const;
  assert.deepEqual(found, [
    ...[missing, recorded, recorded, recorded, missing],
    ...[recorded, recorded, missing],
  ]);
  assert.equal(failures.find("192.0.2.0/24" as never, at(1000)), "recorded");
  assert.equal(failures.find("198.51.100.0/24" as never, at(1000)), "missing");
});

test("records are remembered during an attack from thousands of addresses", () => {
  const failures = new RecordedFailures();
  failures.add(ATTACKER, at(1000));
  for (let second = 0; second < 10; second++) flood(failures, 1010 + second, 4000);
  assert.equal(failures.find(ATTACKER, at(1000)), "recorded");
  assert.equal(failures.find("192.0.2.66" as Ip, at(1000)), "missing", "forged");
});

test("what is older than the oldest remembered record is unknown", () => {
  const failures = new RecordedFailures();
  failures.add(ATTACKER, at(1000));
  flood(failures, 1100, 20_000);
  assert.equal(failures.find(ATTACKER, at(1000)), "unknown");
  assert.equal(failures.find("192.0.2.66" as Ip, at(1161)), "missing", "forged later");
});

test("while records were not read, nothing is missing", () => {
  const failures = new RecordedFailures();
  failures.addGap(at(1000), at(1030));
  assert.deepEqual(
    [939, 940, 1090, 1091].map((seconds) => failures.find(ATTACKER, at(seconds))),
    ["missing", "unknown", "unknown", "missing"],
  );
  failures.shift(-500_000);
  assert.equal(failures.find(ATTACKER, at(515)), "unknown");
  assert.equal(failures.find(ATTACKER, at(1015)), "missing");
});

test("an address with many bursts of failures keeps all of them", () => {
  const failures = new RecordedFailures();
  for (let n = 0; n < 100; n++) failures.add(ATTACKER, at(n * 1000));
  for (let n = 0; n < 100; n++)
    assert.equal(failures.find(ATTACKER, at(n * 1000)), "recorded", `${n}`);
});
