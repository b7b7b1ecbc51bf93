import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { launcherFlags } from "./launcher-flags.ts";

const LAUNCHER = join(import.meta.dirname, "../../tools/with-node.sh");

test("every flag of the launcher is recognized once", () => {
  const lines = readFileSync(LAUNCHER, "utf8").match(/^flags=.*$/gm) ?? [];
  const given = lines.flatMap((line) => line.match(/--[\w=-]+/g) ?? []);
  assert.ok(given.length >= 3);
  assert.deepEqual(launcherFlags([...given, ...given]), given);
});

test("flags of the test runner and their arguments are left out", () => {
  const told = [
    "--test",
    "--test-name-pattern",
    "ban",
    "--test-name-pattern=x",
    "--test-timeout=1",
  ];
  const own = ["--inspect-port=127.0.0.1:9229", "--max-semi-space-size=8", "--import", "./x.ts"];
  assert.deepEqual(launcherFlags([...told, ...own]), ["--max-semi-space-size=8"]);
});
