import assert from "node:assert/strict";
import { test } from "node:test";
import { isColored, stripColors } from "./strip-colors.ts";

const ESC = "\u001b";

for (const [text, plain] of [
  [`${ESC}[33mWARN${ESC}[0m denied`, "WARN denied"],
  [`${ESC}[1;38;2;255;0;0m[Nest] 7${ESC}[39m  - x${ESC}[m`, "[Nest] 7  - x"],
  // No colors: they move the cursor, are incomplete or longer than any.
  [`${ESC}[2Kx${ESC}[3`, `${ESC}[2Kx${ESC}[3`],
  [`${ESC}[${"1;".repeat(40)}mx`, `${ESC}[${"1;".repeat(40)}mx`],
  [`a${ESC}${ESC}[0mb`, `a${ESC}b`],
  ["", ""],
] as const)
  test(`stripping colors of ${JSON.stringify(text).slice(0, 60)}`, () => {
    assert.equal(stripColors(text), plain);
  });

test("only a line that begins with a color is colored", () => {
  assert.equal(isColored(`${ESC}[33mx`, 0), true);
  assert.equal(isColored(`x${ESC}[33mx`, 1), true);
  assert.equal(isColored(`x${ESC}[33mx`, 0), false);
  assert.equal(isColored(`${ESC}[2Kx`, 0), false);
});
