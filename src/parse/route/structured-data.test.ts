import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import { instant } from "../../domain/instant.ts";
import { compileFilter } from "../filter/compile-filter.ts";
import { readFilter } from "../filter/read-filter.ts";
import { createLineRouter } from "./line-router.ts";

const FILTER = `name = "f"
programs = ["app"]
[[rule]]
id = "message"
is = "neutral"
line = "all is well"
[[rule]]
id = "data"
is = "failure"
sd = { "app@1.ip" = "{ip}", "app@1.user?" = "{user}", message = "login failed{*}" }`;

function matchesOf(lines: readonly string[]): readonly string[] {
  const read = readFilter(parse(FILTER), "f.toml");
  assert.ok(read.ok, JSON.stringify(read));
  const filter = compileFilter(read.value, "normal");
  assert.ok(filter.ok);
  const router = createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
  const found = lines.map(() => "none");
  const text = lines.map((line) => `${line}\n`).join("");
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  router.route(batch, instant(Date.parse("2026-11-30T12:00:00Z")), {
    matched(_, { rule, ip, user, at }, { number }) {
      found[number] = `${rule} ${ip} ${user} ${new Date(at).toISOString().slice(11, 16)}`;
    },
    unrecognized() {},
  });
  return found;
}

const HEAD = "<38>1 2026-11-30T09:00:00Z web1";
const DATA = '[app@1 user="al \\"x\\]" ip="192.0.2.7"]';

test("rules about structured data, beside others", () => {
  const lines = [
    `${HEAD} app 7 login ${DATA} login failed`,
    `${HEAD} - - - ${DATA} login failed: x`,
    `${HEAD} app 7 - [other a="b"] all is well`,
    // Another program, another message, none of the data, the same text as a message, a cut line.
    `${HEAD} other 7 - ${DATA} login failed`,
    `${HEAD} app 7 - ${DATA} login of another kind`,
    `${HEAD} app 7 - - login failed`,
    `${HEAD} app 7 - - ${DATA} login failed`,
    `${HEAD} app 7 - ${DATA} login failed\0`,
    `Nov 30 09:00:00 web1 app[7]: ${DATA} login failed`,
  ];
  const data = 'data 192.0.2.7 al "x] 09:00';
  const none = "none";
  assert.deepEqual(matchesOf(lines), [
    ...[data, data, "message undefined undefined 09:00"],
    ...[none, none, none, none, none, none],
  ]);
});
