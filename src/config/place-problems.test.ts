import assert from "node:assert/strict";
import test from "node:test";
import { locateKeys } from "./locate-keys.ts";
import { placeProblems } from "./place-problems.ts";

const TEXT = `name = "x"
[[rule]]
id = "a"
json = { msg = "m" }
[[rule]]
id = "b"
line = ["one", "two"]
a."b c".d = 1
`;

test("keys, values, list entries and array tables have positions", async () => {
  const locate = await locateKeys(TEXT);
  assert.deepEqual(locate(["name"], "key"), { line: 1, column: 1 });
  assert.deepEqual(locate(["name"], "value"), { line: 1, column: 8 });
  assert.deepEqual(locate(["rule", 0, "json", "msg"], "value"), { line: 4, column: 16 });
  assert.deepEqual(locate(["rule", 1], "key"), { line: 5, column: 3 });
  assert.deepEqual(locate(["rule", 1, "line", 1], "value"), { line: 7, column: 16 });
  assert.deepEqual(locate(["rule", 1, "a", "b c"], "key"), { line: 8, column: 3 });
  assert.deepEqual(locate(["rule", 1, "a", "b c", "d"], "value"), { line: 8, column: 13 });
});

test("a missing key has the position of its table; text that is not TOML has no positions", async () => {
  const locate = await locateKeys(TEXT);
  assert.deepEqual(locate(["rule", 1, "is"], "value"), { line: 5, column: 1 });
  assert.equal(locate(["absent"], "key"), undefined);
  assert.equal((await locateKeys("[[["))(["a"], "key"), undefined);
});

test("a problem gets the position of its key, unless it already has one", async () => {
  const problem = { path: "x.toml", got: "a", expected: "b" };
  const placed = await placeProblems(TEXT, [
    { ...problem, key: "rule.1.line.0" },
    { ...problem, key: "rule.0.id", line: 99, column: 1 },
    problem,
  ]);
  assert.deepEqual(
    placed.map(({ line, column }) => [line, column]),
    [
      [7, 9],
      [99, 1],
      [undefined, undefined],
    ],
  );
});
