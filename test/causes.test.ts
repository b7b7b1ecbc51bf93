/** Each cause must occur in an end-to-end test, so that it is known to be detected. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CAUSES } from "../src/domain/proof.ts";

/** Causes that end-to-end tests cannot produce, with the test that covers each. */
const ELSEWHERE = new Map([
  [
    "open-connections-pass",
    "needs flowtables, which not every kernel has: src/health/judge/judge-path.test.ts",
  ],
  [
    "enforcer-full",
    "needs an enforcer with a limited capacity: src/health/checks/check-firewall.test.ts",
  ],
  ["proof-too-old", "takes a quarter of an hour of real time: src/health/judge/jail-state.test.ts"],
]);

const ROOT = join(import.meta.dirname, "..");

test("each cause occurs in an end-to-end test", () => {
  const texts = globSync(["{src,test}/**/*.e2e.test.ts", "test/e2e/**/*.ts"], { cwd: ROOT }).map(
    (path) => readFileSync(join(ROOT, path), "utf8"),
  );
  assert.ok(texts.length > 20, "the end-to-end tests were found");
  const untested = Object.keys(CAUSES).filter((cause) => {
    if (ELSEWHERE.has(cause)) return false;
    const word = new RegExp(`["'\`/]${cause}["'\`/]|\\b${cause}\\b`);
    return !texts.some((text) => word.test(text));
  });
  assert.deepEqual(untested, []);
});
