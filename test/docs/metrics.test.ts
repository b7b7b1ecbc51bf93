/** The page about monitoring has every metric, as the catalog describes it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { METRICS } from "../../src/telemetry/metrics.ts";

const ROOT = join(import.meta.dirname, "../..");

test("the table of metrics is that of the catalog", () => {
  const page = readFileSync(join(ROOT, "docs/monitoring.md"), "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("| `bailiff_"));
  const expected = Object.entries(METRICS).map(([name, { type, labels, help }]) => {
    const named = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${named} | ${help} |`;
  });
  assert.deepEqual(rows, expected);
});
