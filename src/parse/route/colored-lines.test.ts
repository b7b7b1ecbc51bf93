import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { compileFilter } from "../filter/compile-filter.ts";
import { readFilter } from "../filter/read-filter.ts";
import { createLineRouter } from "./line-router.ts";

test("the time of a colored line that does not begin with it", () => {
  const line = '{ip} - - [{at:until=]"}] {request:quoted} 401 {*}';
  const read = readFilter({ name: "f", rule: [{ id: "r", is: "failure", line }] }, "f.toml");
  assert.ok(read.ok);
  const filter = compileFilter(read.value, "normal");
  assert.ok(filter.ok);
  const request = '192.0.2.7 - - [30/Nov/2026:09:00:00 +0000] "GET / HTTP/1.1" 401 52';
  const text = `${"x".repeat(200)}\n\u001b[32m${request}\u001b[0m\n`;
  const found: string[] = [];
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0).route(
    batch,
    instant(Date.parse("2026-11-30T12:00:00Z")),
    { matched: (_, { at }) => found.push(new Date(at).toISOString()), unrecognized() {} },
  );
  assert.deepEqual(found, ["2026-11-30T09:00:00.000Z"]);
});
