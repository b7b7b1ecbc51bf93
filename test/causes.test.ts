/** Everything that can be found wrong is made for real somewhere: a cause that no end-to-end test names is only a word. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CAUSES } from "../src/domain/proof.ts";

/** What cannot be made for real here, and where it is held instead. */
const ELSEWHERE = new Map([
  [
    "open-connections-pass",
    "needs flowtables, which not every kernel has: src/health/judge/judge-path.test.ts",
  ],
  ["proof-too-old", "takes a quarter of an hour of real time: src/health/judge/jail-state.test.ts"],
]);

const ROOT = join(import.meta.dirname, "..");

test("each cause occurs in an end-to-end test", () => {
  const texts = globSync("{src,test}/**/*.e2e.test.ts", { cwd: ROOT }).map((path) =>
    readFileSync(join(ROOT, path), "utf8"),
  );
  assert.ok(texts.length > 20, "the end-to-end tests were found");
  const untested = Object.keys(CAUSES).filter((cause) => {
    if (ELSEWHERE.has(cause)) return false;
    const word = new RegExp(`["'\`/]${cause}["'\`/]|\\b${cause}\\b`);
    return !texts.some((text) => word.test(text));
  });
  assert.deepEqual(untested, []);
});
