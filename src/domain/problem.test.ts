import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem, type Problem } from "./problem.ts";

const PLACE = { path: "/a.toml", line: 2, column: 3 };

for (const [problem, expected] of [
  [
    { ...PLACE, key: "jails.web.ports.0", got: "80.5", expected: "a port", hint: "write 80" },
    "/a.toml:2:3: jails.web.ports, entry 1: found 80.5, expected a port (write 80)",
  ],
  [
    { ...PLACE, key: "jails.0.actions.1.ban", got: "1", expected: "a text" },
    "/a.toml:2:3: jails.0.actions 2, ban: found 1, expected a text",
  ],
  [
    { path: "/a.toml", got: "no such file (from --config)" },
    "/a.toml: no such file (from --config)",
  ],
] as readonly (readonly [Problem, string])[]) {
  test(expected, () => assert.equal(formatProblem(problem), expected));
}
