/** What does not mend itself is not started again by systemd, and what may mend itself is. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EXIT, exitCodeOf } from "../../src/cli/exit-code.ts";

const UNITS = new URL("../../packaging/systemd/", import.meta.url);

/** Error codes of each unit's command, beside those of its command line and configuration. */
const CODES = {
  "bailiff.service": {
    lasting: ["bad-config", "state-unsafe", "record-foreign", "record-newer", "usage"],
    passing: [
      "already-running",
      "control-unavailable",
      "record-unavailable",
      "system-error",
      "bug",
    ],
  },
  "bailiff-web.service": {
    lasting: ["web-misconfigured", "web-as-root", "permission-denied", "usage"],
    passing: ["web-unavailable", "system-error", "bug"],
  },
  "bailiff-report.service": {
    lasting: ["bad-config", "permission-denied", "usage"],
    passing: ["not-running", "unreachable", "bug"],
  },
} as const;

for (const [unit, { lasting, passing }] of Object.entries(CODES))
  test(`${unit} restarts after errors that may pass, and after no others`, () => {
    const text = readFileSync(new URL(unit, UNITS), "utf8");
    const [, codes = ""] = /^RestartPreventExitStatus=(.*)$/m.exec(text) ?? [];
    const ending = codes.split(" ").map(Number);
    assert.match(text, /^Restart=on-failure$/m);
    // Problems of the settings are printed without an error code.
    for (const exit of [EXIT.config, ...lasting.map(exitCodeOf)])
      assert.ok(ending.includes(exit), `${exit} of ${lasting.join(", ")}`);
    assert.equal(ending.includes(EXIT.no), unit === "bailiff-report.service", "1: partly sent");
    for (const code of passing) assert.ok(!ending.includes(exitCodeOf(code)), code);
  });
