import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { instant } from "../../../domain/instant.ts";
import { fuzzRuns } from "../../../../test/fuzz-rounds.ts";
import { createStamp } from "../stamp.ts";
import { compileTimeFormat } from "./time-format.ts";
import { resolveStamp } from "../timestamp.ts";

const NOW = instant(Date.parse("2026-12-01T12:00:00Z"));

function read(form: string, line: string): string {
  const format = compileTimeFormat(form);
  assert.ok(format.ok, form);
  const stamp = createStamp();
  const end = format.value.scan(`${line}\n`, 0, line.length, stamp);
  if (end < 0) return "none";
  const at = resolveStamp(stamp, NOW, () => 0);
  return `${at === undefined ? "impossible" : new Date(at).toISOString()}|${line.slice(end)}`;
}

test("stated forms", () => {
  const cases = [
    ["%d.%m.%y %H.%M.%S", "28.11.26 09.19.59 rest", "2026-11-28T09:19:59.000Z| rest"],
    ["[%m/%d/%Y %I:%M:%S %p]", "[11/28/2026 9:19:59 PM] x", "2026-11-28T21:19:59.000Z| x"],
    ["%p %I:%M %d-%b-%Y", "am 12:05 1-Nov-2026", "2026-11-01T00:05:00.000Z|"],
    [
      "%a, %d %B %Y %H:%M:%S.%f %z",
      "Sat, 28 November 2026 09:19:59.123456 +0100: x",
      "2026-11-28T08:19:59.123Z|: x",
    ],
    ["%e/%m %H:%M", " 7/11 09:19", "2026-11-07T09:19:00.000Z|"],
    ["%Y%m%d%H%M%S", "20261128091959,x", "2026-11-28T09:19:59.000Z|,x"],
    ["%d/%m/%y %H:%M %Z", "28/11/69 09:19 CET", "1969-11-28T08:19:00.000Z|"],
    ["t=%s.%f", "t=1795857599.5 x", "2026-11-28T09:19:59.500Z| x"],
    ["%d.%m.%Y %% %H:%M", "31.02.2026 % 09:19", "impossible|"],
    // Other times than the stated one.
    ["%d.%m.%Y %H:%M", "2026-11-28 09:19", "none"],
    ["%d.%m.%Y %H:%M", "28.11.2026 25:19", "none"],
    ["%d.%m.%Y %H:%M", "28.11.2026 09:195", "none"],
    ["%d.%m.%Y %H:%M", "28.11.2026", "none"],
    ["%d.%m.%Y %H:%M", "28.11.26 09:19", "none"],
  ] as const;
  for (const [form, line, expected] of cases)
    assert.equal(read(form, line), expected, `${form}: ${line}`);
});

test("a form that says no instant is refused", () => {
  const refused = [
    ["%d.%m.%Y", "day, month, hour and minute"],
    ["%H:%M:%S", "day, month, hour and minute"],
    ["%d.%m. %I:%M", "day, month, hour and minute"],
    ["%d.%m. %H:%M %p", "day, month, hour and minute"],
    ["%s %H", "%s alone"],
    ["%d.%m. %H:%M %q", "one of %Y"],
    ["%d.%m. %H:%M %", "one of %Y"],
    ["%d.%d.%m %H:%M", "each part once"],
    [`%d.%m %H:%M${"x".repeat(100)}`, "at most 100"],
  ] as const;
  for (const [form, expected] of refused) {
    const format = compileTimeFormat(form);
    assert.ok(!format.ok, form);
    assert.ok(format.error.expected.includes(expected), `${form}: ${format.error.expected}`);
  }
});

test("any line: a scan ends within it, and no time touches the end of a longer number", () => {
  const forms = [
    "%d.%m.%Y %H:%M:%S",
    "%s",
    "%b %e %H:%M",
    "%y%m%d %I%M%p %f",
    "%a %d %b %Y %H:%M %Z",
  ];
  const piece = fc.oneof(
    fc.stringMatching(/^[0-9 .:/+-]{0,12}$/),
    fc.string(),
    fc.constantFrom("Nov", "Sat", "AM", "UTC", "\u0000"),
  );
  fc.assert(
    fc.property(fc.constantFrom(...forms), fc.array(piece), fc.nat(40), (form, pieces, cut) => {
      const format = compileTimeFormat(form);
      assert.ok(format.ok);
      const line = pieces.join("");
      const to = Math.min(cut, line.length);
      const end = format.value.scan(line, 0, to, createStamp());
      assert.ok(end === -1 || (end > 0 && end <= to));
      if (end > 0) assert.doesNotMatch(line.slice(end - 1, end + 1), /\d\d/);
    }),
    fuzzRuns(1000),
  );
});
