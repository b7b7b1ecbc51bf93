import assert from "node:assert/strict";
import test from "node:test";
import { wantsColor } from "./color.ts";

test("FORCE_COLOR takes precedence over NO_COLOR, and both over the terminal", () => {
  const terminal = { isTTY: true };
  const pipe = {};
  const cases = [
    [terminal, {}, true],
    [pipe, {}, false],
    [terminal, { NO_COLOR: "1" }, false],
    [terminal, { NO_COLOR: "" }, true],
    [pipe, { FORCE_COLOR: "1" }, true],
    [pipe, { FORCE_COLOR: "" }, false],
    [pipe, { FORCE_COLOR: "3", NO_COLOR: "1" }, true],
    [terminal, { FORCE_COLOR: "0" }, false],
    [terminal, { FORCE_COLOR: "false" }, false],
    [terminal, { TERM: "dumb" }, false],
    [pipe, { TERM: "dumb", FORCE_COLOR: "1" }, true],
  ] as const;
  for (const [output, env, color] of cases)
    assert.equal(wantsColor(output, env), color, JSON.stringify({ output, env }));
});
