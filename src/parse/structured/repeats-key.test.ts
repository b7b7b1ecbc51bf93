import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRecordKey } from "./record-path.ts";
import { repeatsKey } from "./repeats-key.ts";

const repeats = (json: string, key: string): boolean => {
  JSON.parse(json);
  const parsed = parseRecordKey(key);
  assert.ok(parsed.ok);
  return repeatsKey(json, parsed.value.paths);
};

test("a key twice in one object is found, however it is written", () => {
  assert.ok(repeats('{"ip":"a","ip":"b"}', "ip"));
  assert.ok(repeats('{"ip" :"a", "\\u0069p"\n: "b"}', "ip"));
  assert.ok(repeats('{"a/b":1,"a\\/b":2}', '"a/b"'));
  assert.ok(repeats('{"client":{"ip":"a"},"client":{"ip":"b"}}', "client.ip"));
  assert.ok(repeats('{"client.ip":"a","client.ip":"b"}', "client.ip"));
  assert.ok(repeats('{"a":{"b.c":1,"b.c":2}}', "a.b.c"));
  assert.ok(repeats('[{"x":{"ip":1,"y":{"ip":2},"ip":3}}]', "other|x.ip"));
});

test("the same key in different objects, other keys and values are none", () => {
  assert.ok(!repeats('{"ip":"a","client":{"ip":"b"},"list":[{"ip":1},{"ip":2}]}', "ip"));
  assert.ok(!repeats('{"level":"a","level":"b","ip":"c"}', "ip"));
  assert.ok(!repeats('{"ip":"ip","a":"{\\"ip\\":1,\\"ip\\":2}","b":"\\\\","c":"ip"}', "ip"));
});
