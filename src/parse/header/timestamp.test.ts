import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { instant } from "../../domain/instant.ts";
import { scanStamp } from "./scan-stamp.ts";
import { type Stamp, createStamp } from "./stamp.ts";
import { type LocalOffset, createStampClock, resolveStamp } from "./timestamp.ts";

const HOUR = 3_600_000;
const utc: LocalOffset = () => 0;

/** As in Berlin: summer time from the last Sunday of March to that of October, both at 01:00 UTC. */
const berlin: LocalOffset = (at) => {
  const year = new Date(at).getUTCFullYear();
  return at >= lastSunday(year, 2) && at < lastSunday(year, 9) ? 2 * HOUR : HOUR;
};

function lastSunday(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month + 1, 0, 1));
  return last.getTime() - last.getUTCDay() * 24 * HOUR;
}

function stampOf(text: string): Stamp {
  const stamp = createStamp();
  assert.ok(scanStamp(`${text}\n`, 0, text.length, stamp) > 0, text);
  return stamp;
}

function resolve(text: string, now: string, offset: LocalOffset = utc): string | undefined {
  const at = resolveStamp(stampOf(text), instant(Date.parse(now)), offset);
  return at === undefined ? undefined : new Date(at).toISOString().replace(".000Z", "Z");
}

const YEARS: readonly (readonly [string, string, string | undefined])[] = [
  ["Nov 23 04:00:00", "2026-11-23T12:00:00Z", "2026-11-23T04:00:00Z"],
  ["Nov 24 04:00:00", "2026-11-23T12:00:00Z", "2026-11-24T04:00:00Z"],
  ["Nov 25 04:00:00", "2026-11-23T12:00:00Z", "2025-11-25T04:00:00Z"],
  ["Dec 31 23:59:59", "2027-01-01T00:00:01Z", "2026-12-31T23:59:59Z"],
  ["Jan  1 00:00:01", "2026-12-31T23:59:59Z", "2027-01-01T00:00:01Z"],
  ["Jan  1 00:00:01", "2027-01-01T00:00:02Z", "2027-01-01T00:00:01Z"],
  ["Jan  2 12:00:00", "2026-12-31T23:59:59Z", "2026-01-02T12:00:00Z"],
  ["Feb 29 12:00:00", "2028-03-01T00:00:00Z", "2028-02-29T12:00:00Z"],
  ["Feb 29 12:00:00", "2027-03-01T00:00:00Z", "2024-02-29T12:00:00Z"],
  ["Feb 29 12:00:00", "2028-02-01T00:00:00Z", "2024-02-29T12:00:00Z"],
  ["Feb 29 12:00:00", "2103-03-01T00:00:00Z", "2096-02-29T12:00:00Z"],
  ["Feb 30 12:00:00", "2026-03-01T00:00:00Z", undefined],
  ["Dez 31 12:00:00", "2026-03-01T00:00:00Z", undefined],
];

test("a missing year is the latest in which the time exists and is not in the future", () => {
  for (const [text, now, at] of YEARS) assert.equal(resolve(text, now), at, `${text} at ${now}`);
});

test("the year is that of local time", () => {
  assert.equal(resolve("Jan  1 00:30:00", "2026-12-31T23:31:00Z", berlin), "2026-12-31T23:30:00Z");
  assert.equal(resolve("Dec 31 23:30:00", "2026-12-31T23:31:00Z", berlin), "2026-12-31T22:30:00Z");
});

const ZONES: readonly (readonly [string, string, string])[] = [
  ["2026-01-15 12:00:00", "2026-01-15T12:00:00Z", "2026-01-15T11:00:00Z"],
  ["2026-07-15 12:00:00", "2026-07-15T12:00:00Z", "2026-07-15T10:00:00Z"],
  ["2026-07-15 12:00:00+05:30", "2026-07-15T12:00:00Z", "2026-07-15T06:30:00Z"],
  ["2026-07-15 12:00:00-0330", "2026-07-15T12:00:00Z", "2026-07-15T15:30:00Z"],
  // 29 March 2026: 02:00 to 03:00 never happens.
  ["2026-03-29 01:59:59", "2026-03-29T02:00:00Z", "2026-03-29T00:59:59Z"],
  ["2026-03-29 02:30:00", "2026-03-29T02:00:00Z", "2026-03-29T01:30:00Z"],
  ["2026-03-29 03:00:00", "2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z"],
  // 25 October 2026: 02:00 to 03:00 happens twice; the later one unless that is still ahead.
  ["2026-10-25 01:59:59", "2026-10-25T03:00:00Z", "2026-10-24T23:59:59Z"],
  ["2026-10-25 02:30:00", "2026-10-25T00:30:05Z", "2026-10-25T00:30:00Z"],
  ["2026-10-25 02:30:00", "2026-10-25T01:30:05Z", "2026-10-25T01:30:00Z"],
  ["2026-10-25 02:30:00", "2026-11-01T00:00:00Z", "2026-10-25T01:30:00Z"],
  ["2026-10-25 03:00:00", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z"],
  ["2026-10-25 14:00:00", "2026-10-25T13:00:00Z", "2026-10-25T13:00:00Z"],
  ["2026-10-24 14:00:00", "2026-10-25T13:00:00Z", "2026-10-24T12:00:00Z"],
];

test("local time through the changes of summer time", () => {
  for (const [text, now, at] of ZONES)
    assert.equal(resolve(text, now, berlin), at, `${text} at ${now}`);
});

test("every instant except those of the repeated hour is parsed back from local time", () => {
  const minutes = fc.integer({ min: Date.UTC(2020, 0) / 60_000, max: Date.UTC(2030, 0) / 60_000 });
  fc.assert(
    fc.property(minutes, (minute) => {
      const at = minute * 60_000;
      const wall = new Date(at + berlin(at)).toISOString().replace("T", " ").slice(0, 19);
      const read = Date.parse(resolve(wall, new Date(at + 1000).toISOString(), berlin) ?? "");
      assert.equal(read, at);
    }),
    fuzzRuns(100),
  );
});

test("caching in the clock does not change a result", () => {
  const stamps = [
    "Oct 25 02:14:59",
    "Oct 25 02:15:00",
    "Oct 25 02:16:00.5",
    "Dez 31 12:00:00",
    "Dez 31 12:01:00",
    "Feb 31 12:00:00",
    "2026-10-25 02:15:00+01:00",
    "2026-10-25 02:16:00+01:00",
    "2026-10-25 02:16:00Z",
    "1795407065",
    "1795407066",
    "Jan  1 00:00:00",
  ];
  const nows = [
    "2026-10-25T00:20:00Z",
    "2026-10-25T01:13:30Z",
    "2026-10-25T01:14:30Z",
    "2026-10-25T01:20:00Z",
    "2026-10-25T08:20:00Z",
    "2026-11-25T08:20:00Z",
    "2026-10-25T01:36:00Z",
    "2027-01-01T00:00:00Z",
  ];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...stamps), fc.constantFrom(...nows)), { minLength: 2 }),
      (asked) => {
        const clock = createStampClock(berlin);
        for (const [text, now] of asked) {
          const at = instant(Date.parse(now));
          assert.equal(
            clock.resolve(stampOf(text), at),
            resolveStamp(stampOf(text), at, berlin),
            `${text} at ${now}`,
          );
        }
      },
    ),
    fuzzRuns(100),
  );
});

test("a timestamp beyond the range of dates is not a time", () => {
  const stamps = ["@4fffffffffffffffffffffff", "9999-12-31T23:59:59-14:00"];
  for (const text of stamps) {
    const stamp = createStamp();
    assert.ok(scanStamp(text, 0, text.length, stamp) > 0, text);
    assert.equal(
      resolveStamp(stamp, instant(0), () => 0),
      undefined,
      text,
    );
  }
});

test("earlier timestamps do not change how a timestamp is parsed", () => {
  const now = Date.UTC(2026, 10, 22, 12);
  const base = {
    ...{ year: 2026, month: 11, day: 22, hour: 10, minute: 7, second: 8, millisecond: 9 },
    ...{ offset: Number.NaN, epoch: Number.NaN },
  };
  const others = [
    ...[
      { year: 2025 },
      { year: 0 },
      { month: 10 },
      { month: 2, day: 31 },
      { day: 21 },
      { day: 23 },
    ],
    ...[{ hour: 11 }, { minute: 14 }, { minute: 15 }, { second: 59 }, { millisecond: 0 }],
    ...[{ offset: 0 }, { offset: 60 }, { epoch: now }],
  ].map((change) => ({ ...base, ...change }));
  const made = (fields: typeof base): Stamp => Object.assign(createStamp(), fields);
  for (const first of [base, ...others]) {
    for (const second of [base, ...others]) {
      for (const later of [0, 1000]) {
        const clock = createStampClock(berlin);
        clock.resolve(made(first), instant(now));
        const then = instant(now + later);
        const read = clock.resolve(made(second), then);
        const alone = resolveStamp(made(second), then, berlin);
        assert.equal(read, alone, JSON.stringify([first, second]));
      }
    }
  }
});
