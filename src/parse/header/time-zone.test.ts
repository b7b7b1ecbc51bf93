import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { createStamp } from "./stamp.ts";
import { parseTimeZone } from "./time-zone.ts";
import { type LocalOffset, resolveStamp } from "./timestamp.ts";

const HOUR = 3_600_000;

function zoneOf(name: string): LocalOffset {
  const read = parseTimeZone(name);
  assert.ok(read.ok, name);
  return read.value;
}

function offsetAt(name: string, at: string): number {
  return zoneOf(name)(Date.parse(at)) / HOUR;
}

test("an offset holds all year, and a name has its daylight saving time", () => {
  assert.equal(offsetAt("UTC", "2026-07-01T00:00:00Z"), 0);
  assert.equal(offsetAt("-03:30", "2026-07-01T00:00:00Z"), -3.5);
  assert.equal(offsetAt("Europe/Berlin", "2026-07-01T00:00:00Z"), 2);
  assert.equal(offsetAt("Europe/Berlin", "2026-12-01T00:00:00Z"), 1);
  assert.equal(offsetAt("America/Argentina/Ushuaia", "2026-12-01T00:00:00Z"), -3);
  assert.equal(offsetAt("Etc/GMT+5", "2026-12-01T00:00:00Z"), -5);
  assert.equal(offsetAt("Asia/Kathmandu", "2026-12-01T00:00:00Z"), 5.75);
});

test("many instants, of which only some are remembered, and a year with seconds in its offset", () => {
  const zone = zoneOf("Europe/Berlin");
  for (let day = 0; day < 600; day++)
    assert.equal(zone(Date.UTC(1975, 0, 1 + day)), HOUR, "no daylight saving time in these years");
  assert.equal(zone(Date.UTC(1880, 0, 1)), 53 * 60_000 + 28_000);
});

test("what is no zone is refused, with the likely one", () => {
  for (const zone of ["CET", "EST", "+2", "+25:00", "", "Mars/Olympus", "utc"])
    assert.equal(parseTimeZone(zone).ok, false, zone);
  const near = parseTimeZone("Europe/Berln");
  assert.equal(near.ok ? "" : near.error, 'did you mean "Europe/Berlin"?');
});

test("the hour that occurs twice is the last one that is not in the future", () => {
  const zone = zoneOf("Europe/Berlin");
  const stamp = Object.assign(createStamp(), {
    year: 2026,
    month: 10,
    day: 25,
    hour: 2,
    minute: 30,
  });
  const read = (now: string): string =>
    new Date(resolveStamp(stamp, instant(Date.parse(now)), zone) ?? 0).toISOString();
  assert.equal(read("2026-10-25T00:31:00Z"), "2026-10-25T00:30:00.000Z");
  assert.equal(read("2026-10-25T01:28:00Z"), "2026-10-25T00:30:00.000Z");
  assert.equal(read("2026-10-25T01:31:00Z"), "2026-10-25T01:30:00.000Z");
});
