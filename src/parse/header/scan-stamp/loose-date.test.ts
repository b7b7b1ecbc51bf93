import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../../test/fuzz-rounds.ts";
import { scanStamp } from "../scan-stamp.ts";
import { readStamp, stampAt } from "./read-stamp.fixture.ts";

const AT = "2026-11-28T09:19:59.000Z";
const FINE = "2026-11-28T09:19:59.123Z";
const NO_SECONDS = "2026-11-28T09:19:00.000Z";
const EVENING = "2026-11-28T21:19:59.000Z";
const EAST = "2026-11-28T08:19:59.000Z";
const FINE_EAST = "2026-11-28T08:19:59.123Z";

/** Separators between date and time, as docs/filters.md says; a colon not after a date that could continue with it. */
const SEPARATORS = ["T", "_", "-", "@", ",", ", ", " ", "  "];
const COLON_DATES = ["2026-11-28", "2026/11/28", "28.11.2026", "28-Nov-2026", "Nov 28, 2026"];
const OTHER_DATES = ["20261128", "261128", "Nov-28-26"];
const YEARLESS_DATES = ["Nov 28", "28 Nov"];

test("the documented separators between date and time are accepted", () => {
  for (const date of [...COLON_DATES, ...OTHER_DATES])
    for (const separator of SEPARATORS)
      assert.deepEqual(readStamp(`${date}${separator}09:19:59 x`), [AT, " x"], date + separator);
  for (const date of COLON_DATES)
    assert.deepEqual(readStamp(`${date}:09:19:59 x`), [AT, " x"], date);
  for (const date of OTHER_DATES) assert.equal(readStamp(`${date}:09:19:59 x`), undefined, date);
});

test("a date without a year is followed by blanks", () => {
  for (const date of YEARLESS_DATES) {
    for (const separator of [" ", "  "])
      assert.deepEqual(readStamp(`${date}${separator}09:19:59 x`), [AT, " x"], date + separator);
    for (const separator of ["T", "_", "-", ":", "@", ","])
      assert.equal(readStamp(`${date}${separator}09:19:59 x`), undefined, date + separator);
  }
});

/** A line, the instant it names, and what follows the time. */
const FORMS: readonly (readonly [string, string, string])[] = [
  // The year first
  ["2026-11-28 9:19:59 x", AT, " x"],
  ["2026-11-28  9:19:59 1234 [Warning]", AT, " 1234 [Warning]"],
  ["2026-11-28 09:19 x", NO_SECONDS, " x"],
  ["2026-11-28 9:19", NO_SECONDS, ""],
  ["2026-11-28T09:19Z x", NO_SECONDS, " x"],
  ["2026-11-28T09:19+01:00 x", "2026-11-28T08:19:00.000Z", " x"],
  ["2026-11-28_09:19:59 x", AT, " x"],
  ["2026-11-28-09:19:59 x", AT, " x"],
  ["2026-11-28:09:19:59 x", AT, " x"],
  ["2026/11/28-09:19:59 x", AT, " x"],
  ["2026/11/28 09:19:59 [error] x", AT, " [error] x"],
  ["2026.11.28 09:19:59 LOG5[1]: x", AT, " LOG5[1]: x"],
  ["2026-1-5 9:19:59 x", "2026-01-05T09:19:59.000Z", " x"],
  ["2026-11-28, 09:19:59 x", AT, " x"],
  ["2026-11-28 - 09:19:59 x", AT, " x"],
  ["2026-11-28T09:19:59,123+0100 x", FINE_EAST, " x"],
  ["2026-11-28 09:19:59.123 +01:00 x", FINE_EAST, " x"],
  ["2026-11-28t09:19:59z x", AT, " x"],
  ["2026-11-28 09:19:59z x", AT, " x"],
  ["2026-11-28 09:19:59: (mod_auth.c.525) x", AT, ": (mod_auth.c.525) x"],
  ["20261128-09:19:59 x", AT, " x"],
  ["20261128 09:19:59.123 x", FINE, " x"],
  ["20261128_091959 x", AT, " x"],
  ["20261128T091959Z x", AT, " x"],
  ["261128  9:19:59 [Warning] x", AT, " [Warning] x"],
  ["261128 09:19:59 x", AT, " x"],
  ["26/11/28 09:19:59 INFO x", AT, " INFO x"],
  // The day first
  ["28.11.2026 09:19:59 x", AT, " x"],
  ["28/11/2026 09:19:59 x", AT, " x"],
  ["28-11-2026 09:19:59 +0100 x", EAST, " x"],
  ["28/11/26 09:19:59 x", AT, " x"],
  ["[28/11/2026:09:19:59 +0100] x", EAST, " x"],
  ["28 Nov 2026 09:19:59 x", AT, " x"],
  ["28 Nov 2026 09:19:59,123 INFO x", FINE, " INFO x"],
  ["28 November 2026 09:19 x", NO_SECONDS, " x"],
  ["28 Nov 09:19:59.123 # x", FINE, " # x"],
  ["28-Nov-2026 09:19:59.123 client x", FINE, " client x"],
  ["28-Nov-26 09:19:59 x", AT, " x"],
  ["28-NOV-2026 09:19:59 * x", AT, " * x"],
  ["28-Nov-2026::09:19:59 === x", AT, " === x"],
  ["28/Nov/2026 09:19:59 x", AT, " x"],
  ["[28/Nov/2026:09:19:59 +0100] x", EAST, " x"],
  ["[28-Nov-2026 09:19:59 UTC] PHP x", AT, " PHP x"],
  ["[28-Nov-2026 09:19:59 Europe/Berlin] PHP x", AT, " PHP x"],
  ["[28-Nov-2026 09:19:59 America/Argentina/Ushuaia] PHP x", AT, " PHP x"],
  ["[28-Nov-2026 09:19:59 +0100]: x", EAST, ": x"],
  ["Sat, 28 Nov 2026 09:19:59 +0100 (CET) x", EAST, " x"],
  ["Sat, 28 Nov 2026 09:19:59 GMT", AT, ""],
  ["Sat 28 Nov 09:19:59 CET 2026 x", EAST, " x"],
  ["Saturday, 28 November 2026 09:19:59 x", AT, " x"],
  // The month first
  ["11/28/2026 09:19:59 x", AT, " x"],
  ["11/28/2026 9:19:59 AM x", AT, " x"],
  ["11/28/2026, 9:19:59 PM x", EVENING, " x"],
  ["11/28/2026-09:19:59.123456  [**] x", FINE, "  [**] x"],
  ["11/28-09:19:59.123456  [**] x", FINE, "  [**] x"],
  ["11/28/26 09:19:59 x", AT, " x"],
  ["<11/28/26@09:19:59> x", AT, " x"],
  ["Nov 28, 2026 9:19:59 AM x", AT, " x"],
  ["Nov 28, 2026, 9:19:59 PM x", EVENING, " x"],
  ["Nov 28, 2026, 9:19:59\u202fPM x", EVENING, " x"],
  ["Nov 28, 2026 12:19:59 a.m. x", "2026-11-28T00:19:59.000Z", " x"],
  ["Nov 28, 2026 12:19:59 PM x", "2026-11-28T12:19:59.000Z", " x"],
  ["Nov 28, 2026 21:19:59 PM x", EVENING, " x"],
  ["November 28, 2026 09:19 x", NO_SECONDS, " x"],
  ["November 28, 2026 09:19: x", NO_SECONDS, ": x"],
  ["Nov-28-2026 09:19:59 x", AT, " x"],
  ["Nov-28-26 09:19:59 x", AT, " x"],
  ["Nov 28 9:19:59 x", AT, " x"],
  ["NOV 28 09:19:59 x", AT, " x"],
  ["Sat Nov 28 09:19:59 2026 [pid 2] x", AT, " [pid 2] x"],
  ["Sat Nov 28 09:19:59 CET 2026 x", EAST, " x"],
  ["Saturday, November 28, 2026 9:19:59 PM x", EVENING, " x"],
  ["CET Nov 28 09:19:59 x", EAST, " x"],
  ["[CET Nov 28 09:19:59] error x", EAST, " error x"],
  // Services with unusual forms
  ["[2026/11/28 09:19:59.123456,  0] ../auth.c:1(f)", FINE, " ../auth.c:1(f)"],
  ["[2026/11/28 09:19:59,  2, pid=7, effective(0, 0)] x", AT, " x"],
  ["I1128 09:19:59.123456   12345 auth.go:7] x", FINE, "   12345 auth.go:7] x"],
  ["E20261128 09:19:59.123456 12345 auth.cc:7] x", FINE, " 12345 auth.cc:7] x"],
  ["*Nov 28 09:19:59.123: %SEC_LOGIN-4-LOGIN_FAILED: x", FINE, " %SEC_LOGIN-4-LOGIN_FAILED: x"],
  ["*Nov 28 09:19:59 x", AT, " x"],
  [".Nov 28 2026 09:19:59.123 UTC: %SYS-5-CONFIG: x", FINE, " %SYS-5-CONFIG: x"],
  ["Nov 28 09:19:59.123 CET: %SYS-5-CONFIG: x", FINE_EAST, " %SYS-5-CONFIG: x"],
  ["Nov 28 09:19:59: %SYS-5-CONFIG: x", AT, " %SYS-5-CONFIG: x"],
  ["000045: *Nov 28 09:19:59.123: %SYS-5-CONFIG: x", FINE, " %SYS-5-CONFIG: x"],
  ["0045: *Nov 28 09:19:59.123 gmt: %SYS-5-CONFIG: x", FINE, " %SYS-5-CONFIG: x"],
  [".Nov 28 09:19:59.123 cet: %SYS-5-CONFIG: x", FINE_EAST, " %SYS-5-CONFIG: x"],
  ["*Nov 28 09:19:59.123 here: %SYS-5-CONFIG: x", FINE, " %SYS-5-CONFIG: x"],
  ["[GIN] 2026/11/28 - 09:19:59 | 401 | x", AT, " | 401 | x"],
  ["W, [2026-11-28T09:19:59.123456 #7]  WARN -- : x", FINE, "  WARN -- : x"],
  ["<W>2026-11-28 09:19:59.123 1 => x", FINE, " 1 => x"],
  ["[Sat Nov 28 09:19:59.123456 2026] [core:error] x", FINE, " [core:error] x"],
  ["[1795857599] x", AT, " x"],
];

const NONE: readonly string[] = [
  "28.11.2026",
  "2026-11-28 09:19:5",
  "2026-11-28 09:19x",
  "2026-11-28 9",
  "2026-11-28 24:00:00",
  "2026.11-28 09:19:59",
  "2026-11-31x09:19:59",
  "28/13/2026 09:19:59",
  "31/02/2026 09:19:59",
  "28.11.26.09:19:59",
  "28/11/126 09:19:59",
  "28 11 2026 09:19:59",
  "28 Foo 2026 09:19:59",
  "32 Nov 2026 09:19:59",
  "28-Nov/2026 09:19:59",
  "261328  9:19:59",
  "991128 09:19:59",
  "123456 10:11:12",
  "Nov 28 09:19 x",
  "28 Nov 09:19 x",
  "Sat, hello to you",
  "Saturday night fever",
  "CET is a zone here",
  "EST hello to you",
  "I1128 09:19:59",
  "X1128 09:19:59.123",
  "I1328 09:19:59.123",
  "* Nov 28 09:19:59",
  "*2026-11-28 09:19:59",
  "45: hello to you",
  "[2026/11/28 09:19:59, x] y",
  "[28-Nov-2026 09:19:59 somewhere] y",
  "W, [hello to you",
  "[GIN] hello to you",
  "<W>hello to you",
  "<11/28/26@09:19:59 x",
  "192.0.2.7 09:19:59",
  "10.11.2026.1 09:19:59",
];

test("dates in the forms that services and their libraries write", () => {
  for (const [line, at, rest] of FORMS) assert.deepEqual(readStamp(line), [at, rest], line);
});

test("brackets are not nested, however many a line opens", () => {
  for (const opening of [
    "[",
    "<W>",
    "W, [",
    "[GIN] ",
    "Sat, ",
    "CET ",
    "*",
    "1: *",
    "[W, [GIN] ",
  ]) {
    const line = `${opening.repeat(16_384 / opening.length)}2026-11-28 09:19:59]`;
    assert.equal(readStamp(line), undefined, opening);
  }
});

test("similar text is not a date", () => {
  for (const line of NONE) assert.equal(readStamp(line), undefined, line);
});

const pad = (value: number, width = 2): string => String(value).padStart(width, "0");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Writers of the same instant in UTC, with a year and whole seconds. */
const WRITERS: readonly ((at: Date) => string)[] = (
  [
    "{Y}-{m}-{d} {h}:{M}:{S}",
    "{Y}.{m}.{d}_{H}:{M}:{S}",
    "{Y}{m}{d}-{H}:{M}:{S}",
  ] as readonly string[]
)
  .concat("{Y}/{m}/{d}-{H}:{M}:{S} UTC", "{d}.{m}.{Y} {H}:{M}:{S}", "{D} {b} {Y} {H}:{M}:{S}")
  .concat("{d}-{b}-{Y} {H}:{M}:{S}", "{b} {D}, {Y} {I}:{M}:{S} {p}", "{b} {d} {H}:{M}:{S} UTC {Y}")
  .concat("[{d}/{b}/{Y}:{H}:{M}:{S} +0000]", "<{Y}-{m}-{d}@{H}:{M}:{S}>", "{y}{m}{d} {h}:{M}:{S}")
  .map((form) => (at: Date) => {
    const [hour, month] = [at.getUTCHours(), at.getUTCMonth()];
    const parts: Readonly<Record<string, string>> = {
      ...{ Y: String(at.getUTCFullYear()), y: pad(at.getUTCFullYear() % 100) },
      ...{ m: pad(month + 1), b: MONTHS[month] ?? "", d: pad(at.getUTCDate()) },
      ...{ D: String(at.getUTCDate()), H: pad(hour), h: String(hour), M: pad(at.getUTCMinutes()) },
      ...{ S: pad(at.getUTCSeconds()), I: String(hour % 12 || 12), p: hour < 12 ? "AM" : "PM" },
    };
    return form.replaceAll(/\{(\w)\}/g, (_, name: string) => parts[name] ?? "");
  });

test("an instant is parsed back from each format", () => {
  const seconds = fc.integer({ min: Date.UTC(2001, 8, 10) / 1000, max: Date.UTC(2099, 0) / 1000 });
  fc.assert(
    fc.property(seconds, fc.constantFrom(...WRITERS), (second, write) => {
      const at = new Date(second * 1000);
      const line = `${write(at)} x`;
      assert.deepEqual(readStamp(line, stampAt(at.getTime())), [at.toISOString(), " x"], line);
    }),
    fuzzRuns(100),
  );
});

test("no line is read past its end", () => {
  const piece = fc.constantFrom(
    ..."0123456789:-/.,+[]<>@TZI* ",
    ...["Nov", "Sat,", "28", "2026", "09:19:59", " AM", " CET", "  ", "/Berlin]", ",  0]", "GMT+"],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(8), (pieces, cut) => {
      const text = `${pieces.join("")}\n28 Nov 09:19:59 CET 2026 x\n`;
      const to = Math.max(0, text.indexOf("\n") - cut);
      const end = scanStamp(text, 0, to, stampAt());
      assert.ok(end >= -1 && end <= text.indexOf("\n"), text);
    }),
    fuzzRuns(100),
  );
});
