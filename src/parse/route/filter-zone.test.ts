/** A filter's time_zone dates what its service writes without a zone, and nothing that a syslog daemon writes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import { instant } from "../../domain/instant.ts";
import { compileFilter } from "../filter/compile-filter.ts";
import { readFilter } from "../filter/read-filter.ts";
import { createLineRouter } from "./line-router.ts";

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));
const HOUR = 3_600_000;

function timesOf(zone: string, lines: readonly string[]): readonly string[] {
  const read = readFilter(
    parse(`name = "f"
programs = ["app"]
time_zone = "${zone}"
[[rule]]
id = "r"
is = "failure"
line = ["denied {ip}", "denied {ip} at {time}"]
[[rule]]
id = "j"
is = "failure"
json = { ip = "{ip}" }`),
    "f.toml",
  );
  assert.ok(read.ok, JSON.stringify(read));
  const filter = compileFilter(read.value, "normal");
  assert.ok(filter.ok);
  const router = createLineRouter(
    [{ filter: filter.value, accepts: undefined, owns: () => true }],
    () => 2 * HOUR,
  );
  const text = lines.map((line) => `${line}\n`).join("");
  const found: string[] = [];
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  router.route(batch, NOW, {
    matched: (_, { at }) => found.push(new Date(at).toISOString().slice(11, 16)),
    unrecognized() {},
  });
  return found;
}

test("the zone of a filter", () => {
  const lines = [
    "2026-11-30 09:00:00 denied 192.0.2.7",
    "2026-11-30 09:01:00 denied 192.0.2.7",
    "2026-11-30T09:02:00+01:00 denied 192.0.2.7",
    '{"time":"2026-11-30 09:03:00","ip":"192.0.2.7"}',
    "2026-11-30 05:00:00 denied 192.0.2.7 at 2026-11-30 09:04:00",
    // Of a syslog daemon, in local time.
    "Nov 30 09:05:00 web1 app[1]: denied 192.0.2.7",
    "Nov 30 05:00:00 web1 app[1]: denied 192.0.2.7 at 2026-11-30 09:06:00",
  ];
  assert.deepEqual(timesOf("UTC", lines), [
    ...["09:00", "09:01", "08:02", "09:03", "09:04", "07:05", "09:06"],
  ]);
  assert.deepEqual(timesOf("+01:00", lines), [
    ...["08:00", "08:01", "08:02", "08:03", "08:04", "07:05", "08:06"],
  ]);
  assert.deepEqual(timesOf("-01:30", lines.slice(0, 1)), ["10:30"]);
});

test("the zone of a filter by its name, and the form of its times", () => {
  const lines = ["2026-11-30 09:00:00 denied 192.0.2.7", "2026-07-30 09:01:00 denied 192.0.2.7"];
  assert.deepEqual(timesOf("Europe/Berlin", lines), ["08:00", "07:01"]);
  const stated = [
    "30.11.26 09.02.00 denied 192.0.2.7",
    '{"time":"30.11.26 09.03.00","ip":"192.0.2.7"}',
    "denied 192.0.2.7 at 30.11.26 09.04.00",
    // Of a syslog daemon, in its form and in local time.
    "Nov 30 09:05:00 web1 app[1]: denied 192.0.2.7",
    // In another form: when it is read.
    "2026-11-30 09:06:00 denied 192.0.2.7",
    '{"time":"2026-11-30 09:07:00","ip":"192.0.2.7"}',
    "denied 192.0.2.7",
  ];
  const times = ["08:02", "08:03", "08:04", "07:05", "12:00", "12:00", "12:00"];
  assert.deepEqual(timesOf('Europe/Berlin"\ntime_format = "%d.%m.%y %H.%M.%S', stated), times);
});

test("a word that is no zone is refused", () => {
  const rule = { id: "r", is: "failure", line: "{ip}" };
  for (const zone of ["CET", "Europe/Berln", "+2", "+25:00", "", 2]) {
    const read = readFilter({ name: "f", time_zone: zone, rule: [rule] }, "f.toml");
    assert.ok(!read.ok, String(zone));
    assert.equal(read.error[0]?.key, "time_zone");
    assert.match(read.error[0]?.expected ?? "", /"UTC", an offset/);
  }
});
