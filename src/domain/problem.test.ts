import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "./problem.ts";

test("a problem is one line with its location as far as known", () => {
  const plain = { path: "a.toml", got: "x", expected: "y" };
  assert.equal(formatProblem(plain), "a.toml: found x, expected y");
  assert.equal(
    formatProblem({ ...plain, line: 3, column: 7, key: "jail.sshd", hint: "try z" }),
    "a.toml:3:7: jail.sshd: found x, expected y (try z)",
  );
  assert.equal(formatProblem({ ...plain, line: 3 }), "a.toml:3: found x, expected y");
});
