/** Fails when the size limits of .oxlintrc.json are not applied, or a file is exempt from them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "../..");
const SIZE_RULES = ["eslint/max-lines", "eslint/max-lines-per-function", "eslint/max-depth"];

interface Override {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

test("the size limits apply to all of src", (t) => {
  const overrides = readOverrides();
  const limits = overrides.find(({ files }) => files.includes("src/**/*.ts"));
  assert.ok(limits !== undefined, "the limits are in .oxlintrc.json");
  const folder = mkdtempSync(join(tmpdir(), "bailiff-sizes-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const long = join(folder, "long.ts");
  writeFileSync(long, "export {};\n".repeat(301));
  const config = join(folder, "sizes.json");
  writeFileSync(
    config,
    JSON.stringify({ categories: { correctness: "off" }, rules: limits.rules }),
  );
  assert.match(lint(config, long), /long\.ts:.*max-lines/);
});

test("no file is exempt from the size limits", () => {
  const exempt = readOverrides().filter(({ rules }) =>
    SIZE_RULES.some((rule) => rules[rule] !== undefined && !Array.isArray(rules[rule])),
  );
  assert.deepEqual(exempt, []);
});

function readOverrides(): readonly Override[] {
  const text = readFileSync(join(ROOT, ".oxlintrc.json"), "utf8");
  const withoutComments = text.replaceAll(/^\s*\/\/.*$/gm, "");
  const { overrides } = JSON.parse(withoutComments) as { readonly overrides: readonly Override[] };
  return overrides;
}

/** "FILE:LINE:COLUMN: MESSAGE" for each violation. */
function lint(config: string, path: string): string {
  const oxlint = join(ROOT, "node_modules/oxlint/bin/oxlint");
  const { stdout } = spawnSync(process.execPath, [oxlint, "-c", config, "-f", "unix", path], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return stdout;
}
