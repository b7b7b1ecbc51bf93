/** The unit that mails the weekly report runs a command that exists. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "../..");

test("the unit runs the command that mails a report, and only that", () => {
  const unit = readFileSync(join(ROOT, "packaging/systemd/bailiff-report.service"), "utf8");
  const starts = unit.match(/^Exec.*$/gm);
  assert.deepEqual(starts, ["ExecStart=/usr/local/sbin/bailiff report --since 7d --mail"]);
  const reference = readFileSync(join(ROOT, "docs/reference/cli.md"), "utf8");
  const [section = ""] = /^## report$[^]+?^## /m.exec(reference) ?? [];
  for (const option of ["--since", "--mail"]) assert.ok(section.includes(`\`${option} `), option);
});
