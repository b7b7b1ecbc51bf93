import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import { instant } from "../../domain/instant.ts";
import { compileFilter } from "../filter/compile-filter.ts";
import { readFilter } from "../filter/read-filter.ts";
import { withTimes } from "../filter/stated-times.ts";
import { createLineRouter } from "./line-router.ts";

const FILTER = `name = "f"
columns = ["date", "time", "c-ip", "cs-username"]
[[rule]]
id = "r"
is = "failure"
w3c = { "c-ip" = "{ip}", "cs-username?" = "{user}" }
[[rule]]
id = "j"
is = "failure"
json = { "c-ip" = "{ip}" }`;

function matchesOf(text: string, zone?: string): readonly string[] {
  const read = readFilter(parse(FILTER), "f.toml");
  assert.ok(read.ok, JSON.stringify(read));
  const filter = compileFilter(read.value, "normal");
  assert.ok(filter.ok);
  const timed = withTimes(filter.value, { time_zone: zone }, "log");
  const router = createLineRouter(
    [{ filter: timed, accepts: undefined, owns: () => true }],
    () => 0,
  );
  const found: string[] = [];
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  router.route(batch, instant(Date.parse("2026-11-30T12:00:00Z")), {
    matched: (_, { rule, ip, user, at, isTimed }) =>
      found.push(`${rule} ${ip} ${user} ${isTimed ? new Date(at).toISOString() : "untimed"}`),
    unrecognized: (_, { number }) => found.push(`unrecognized ${number}`),
  });
  return found;
}

const FIELDS = "#Fields: date time c-ip cs-username\n";

test("lines by their directive, in UTC", () => {
  const line = "2026-11-30 09:00:00 192.0.2.7 al";
  const lines = `${line}\n#Version: 1.0\n${FIELDS}${line}\n2026-11-30 x 192.0.2.8\n`;
  assert.deepEqual(matchesOf(lines), [
    "unrecognized 0",
    "r 192.0.2.7 al 2026-11-30T09:00:00.000Z",
    "unrecognized 4",
  ]);
  assert.deepEqual(matchesOf(FIELDS + line + "\n", "+02:00"), [
    "r 192.0.2.7 al 2026-11-30T07:00:00.000Z",
  ]);
  assert.deepEqual(
    matchesOf(`#Date: 2026-11-30 08:00:00\n#Fields: time c-ip\n09:00:00 192.0.2.7\n`),
    ["r 192.0.2.7 undefined 2026-11-30T09:00:00.000Z"],
  );
});

test("a line that is JSON itself, and a cut one, are none of these lines", () => {
  assert.deepEqual(matchesOf(`${FIELDS}{"c-ip":"192.0.2.7"}\n`), ["j 192.0.2.7 undefined untimed"]);
  assert.deepEqual(matchesOf(`${FIELDS}2026-11-30 09:00:00 192.0.2.7 al\0\n`), ["unrecognized 1"]);
});

test("w3c without columns, and with another one, are refused", () => {
  for (const [from, to] of [
    [/columns.*\n/, ""],
    ['"cs-username?"', '"cs-user"'],
  ] as const) {
    const read = readFilter(parse(FILTER.replace(from, to)), "f.toml");
    const compiled = read.ok ? compileFilter(read.value, "normal") : read;
    assert.ok(!compiled.ok);
    assert.match(compiled.error[0]?.expected ?? "", /columns = |one of date, time/);
  }
});
