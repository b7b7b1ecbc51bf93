/** docs/reference/errors.md lists every code the sources use, and no other. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ERROR_CODES } from "../../tools/pages/error-codes.ts";

const SOURCES = join(import.meta.dirname, "../../src");

/** Codes thrown to the user, sent by the socket to refuse a client, or sent as an answer. */
const USES = [
  /new CodedError\(\s*"([a-z-]+)"/g,
  /new Refusal\(\s*"([a-z-]+)"/g,
  /\bcode: "([a-z-]+)",\s*message\b/g,
];

test("every error code is documented, and every documented code is used", () => {
  const used = new Set<string>();
  for (const file of globSync("**/*.ts", { cwd: SOURCES })) {
    if (file.endsWith(".test.ts")) continue;
    const text = readFileSync(join(SOURCES, file), "utf8");
    for (const use of USES) {
      for (const [, code = ""] of text.matchAll(use)) used.add(code);
    }
  }
  assert.ok(used.size > 10, "the sources were not read");
  assert.deepEqual(ERROR_CODES.map(({ code }) => code).toSorted(), [...used].toSorted());
});

test("only the client may throw a code from a variable", () => {
  const files = globSync("**/*.ts", { cwd: SOURCES }).filter((file) => !file.endsWith(".test.ts"));
  const passing = files.filter((file) => {
    const text = readFileSync(join(SOURCES, file), "utf8");
    return /new CodedError\(\s*[^"\s]/.test(text);
  });
  // These pass on the code of another error or of the daemon.
  assert.deepEqual(passing.toSorted(), [
    "cli/ask.ts",
    "cli/commands/order.ts",
    "control/client.ts",
  ]);
});
