import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { instant } from "../../domain/instant.ts";
import { scanStamp } from "./scan-stamp.ts";
import { createStamp, setMoment, type Stamp } from "./stamp.ts";
import { resolveStamp } from "./timestamp.ts";

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const utc = (): number => 0;

function stampAt(now: number): Stamp {
  const stamp = createStamp();
  setMoment(stamp.context, now);
  return stamp;
}

/** The timestamp at the start of a line, and the rest. */
function read(
  line: string,
  stamp: Stamp = stampAt(NOW),
): readonly [string | undefined, string] | undefined {
  const end = scanStamp(`${line}\n`, 0, line.length, stamp);
  if (end < 0) return undefined;
  const at = resolveStamp(stamp, NOW, utc);
  return [at === undefined ? undefined : new Date(at).toISOString(), line.slice(end)];
}

const AT = "2026-11-23T04:11:05.000Z";
const FINE = "2026-11-23T04:11:05.123Z";

const READ: readonly (readonly [string, string | undefined, string])[] = [
  ["Nov 23 04:11:05 x", AT, " x"],
  ["Nov 23 04:11:05.123456 x", FINE, " x"],
  ["Nov  3 04:11:05 x", "2026-11-03T04:11:05.000Z", " x"],
  ["Nov 3 04:11:05 x", "2026-11-03T04:11:05.000Z", " x"],
  ["Nov 23 2026 04:11:05 x", AT, " x"],
  ["Nov 23 04:11:05 2026 x", AT, " x"],
  ["Nov 23 04:11:05 2026: x", AT, ": x"],
  ["Nov 23 04:11:05 2026", AT, ""],
  ["Nov 23 04:11:05 20261 x", AT, " 20261 x"],
  ["Nov 23 04:11:05 2001:db8::1 x", AT, " 2001:db8::1 x"],
  ["Nov 23 04:11:05 1234 x", AT, " 1234 x"],
  ["Mon Nov 23 04:11:05 2026 x", AT, " x"],
  ["Mon, Nov 23 04:11:05 x", AT, " x"],
  ["[Mon Nov 23 04:11:05.123456 2026] x", FINE, " x"],
  ["[Mon Nov 23 04:11:05 2026, x", undefined, ""],
  ["2026-11-23T04:11:05Z x", AT, " x"],
  ["2026-11-23T04:11:05.123Z x", FINE, " x"],
  ["2026-11-23t04:11:05,123Z x", FINE, " x"],
  ["2026-11-23 04:11:05 x", AT, " x"],
  ["2026-11-23 04:11:05.1 x", "2026-11-23T04:11:05.100Z", " x"],
  ["2026-11-23 04:11:05. x", AT, ". x"],
  ["2026/11/23 04:11:05 x", AT, " x"],
  ["2026-11-23T05:11:05+01:00 x", AT, " x"],
  ["2026-11-23T05:11:05+0100 x", AT, " x"],
  ["2026-11-23T05:11:05+01 x", AT, " x"],
  ["2026-11-23 05:11:05 +0100 x", AT, " x"],
  ["2026-11-23T05:11:05+01", AT, ""],
  ["23/Nov/2026:04:11:05x", AT, "x"],
  ["2026-11-22T23:41:05-04:30 x", AT, " x"],
  ["2026-11-23 04:11:05 -x", AT, " -x"],
  ["2026-11-23 04:11:05 -99 x", AT, " -99 x"],
  ["2026-11-23T04:11:05-", AT, "-"],
  ["20261123T041105Z x", AT, " x"],
  ["20261123T041105.123Z x", FINE, " x"],
  ["20261123T051105+0100 x", AT, " x"],
  ["23-Nov-2026 04:11:05 x", AT, " x"],
  ["23-Nov-2026 04:11:05.123 x", FINE, " x"],
  ["23/Nov/2026:05:11:05 +0100 x", AT, " x"],
  ["[23/Nov/2026:04:11:05 +0000] x", AT, " x"],
  ["1795407065 x", AT, " x"],
  ["1795407065.123456 x", FINE, " x"],
  ["1795407065123 x", FINE, " x"],
  ["@400000006b03bce30754d4c0 x", "2026-11-23T04:11:05.123Z", " x"],
  // A timestamp without a known time: a month in another language, or a day that does not exist.
  ["Dez 31 11:59:59 x", undefined, " x"],
  ["Févr. 03 11:59:59 x", undefined, " x"],
  ["Feb 31 04:11:05 x", undefined, " x"],
  ["2026-02-30T04:11:05Z x", undefined, " x"],
  ["2026-11-23T23:59:60Z x", "2026-11-24T00:00:00.000Z", " x"],
];

const NO_STAMP: readonly string[] = [
  "",
  "x",
  "hello world, how are you",
  "Nov",
  "Nov 23",
  "Nov 23 04:11",
  "Nov 23 04:11:0",
  "Nov 32 04:11:05",
  "Nov 0 04:11:05",
  "Nov 23 24:11:05",
  "Nov 23 04:60:05",
  "Nov 23 04:11:61",
  "Nov 23 0x:11:05",
  "Nov 23 04-11-05",
  "Nov-23 04:11:05",
  "Nov 23x04:11:05",
  "Mon Foo 23 04:11:05",
  "Mon Nov",
  "2026-13-23T04:11:05Z",
  "2026-11-23x04:11:05Z",
  "2026-11-23T0:11:05Z",
  "1969-11-23T04:11:05Z",
  "20261323T041105Z",
  "20261123T04x105Z",
  "19691123T041105Z",
  "23-Foo-2026 04:11:05",
  "23-Nov-2026x04:11:05",
  "23-Nov-1960 04:11:05",
  "179540706 x",
  "17954070651 x",
  "17954070651234 x",
  "123456789012345678 x",
  "[Nov 23 04:11:05 x",
  "[x] hello there",
  "@400000006b03cb2",
  "@x00000006b03cb230754d4c0 x",
  "@500000006b03cb230754d4c0 x",
  "Dez. 31. 11:59:59 x",
  "élan vital du monde",
  "2026-11-23",
  "2026/11/23 04",
  '{"a": 1, "b": 2}',
];

test("the time is found at every position and in every format of logs", () => {
  for (const [line, at, rest] of READ) {
    if (at === undefined && rest === "") assert.equal(read(line), undefined, line);
    else assert.deepEqual(read(line), [at, rest], line);
  }
});

test("other text is not taken for a time", () => {
  for (const line of NO_STAMP) assert.equal(read(line), undefined, line);
});

test("every instant is parsed back from each complete format", () => {
  const formats: readonly ((at: Date) => string)[] = [
    (at) => at.toISOString(),
    (at) => at.toISOString().replace("T", " ").replace("Z", "+00:00"),
    (at) => at.toISOString().replaceAll("-", "").replaceAll(":", ""),
    (at) => String(at.getTime()),
    (at) => (at.getTime() / 1000).toFixed(3),
  ];
  const times = fc.date({
    min: new Date("2001-09-10T00:00:00Z"),
    max: new Date("2099-12-31T23:59:59Z"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(times, fc.constantFrom(...formats), (at, format) => {
      const stamp = stampAt(at.getTime());
      assert.deepEqual(read(`${format(at)} x`, stamp), [at.toISOString(), " x"]);
    }),
    fuzzRuns(100),
  );
});

test("a timestamp ends inside its line", () => {
  const piece = fc.constantFrom(
    ..."0123456789:-/.,+[]@TZ ",
    "Nov",
    "Mon",
    "Dez",
    "2026",
    "04:11:05",
    "400000006b03cb23",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(8), (pieces, cut) => {
      const text = `${pieces.join("")}\nNov 23 04:11:05 2026 x\n`;
      const to = Math.max(0, text.indexOf("\n") - cut);
      const end = scanStamp(text, 0, to, createStamp());
      assert.ok(end >= -1 && end <= text.indexOf("\n"), text);
    }),
    fuzzRuns(100),
  );
});
