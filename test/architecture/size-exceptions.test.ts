/** Fails when a file that .oxlintrc.json exempts from the size limits meets them, or does not exist. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "../..");
const SIZE_RULES = ["eslint/max-lines", "eslint/max-lines-per-function", "eslint/max-depth"];

interface Override {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

test("every exception from the size limits is needed", (t) => {
  const overrides = readOverrides();
  const limits = overrides.find(({ rules }) =>
    SIZE_RULES.every((rule) => Array.isArray(rules[rule])),
  );
  assert.ok(limits !== undefined, "the limits are in .oxlintrc.json");
  const exceptions = overrides
    .filter(({ rules }) => SIZE_RULES.some((rule) => rules[rule] === "off"))
    .flatMap(({ files }) => files);
  const folder = mkdtempSync(join(tmpdir(), "bailiff-sizes-"));
  t.after(() => rmSync(folder, { recursive: true }));
  // Shows that the limits are applied at all.
  const long = join(folder, "long.ts");
  writeFileSync(long, "export {};\n".repeat(301));
  const config = join(folder, "sizes.json");
  writeFileSync(
    config,
    JSON.stringify({ categories: { correctness: "off" }, rules: limits.rules }),
  );
  const report = lint(config, [long, ...exceptions]);
  assert.match(report, /long\.ts:.*max-lines/);
  for (const path of exceptions) {
    assert.ok(
      existsSync(join(ROOT, path)),
      `${path} does not exist: remove it from .oxlintrc.json`,
    );
    assert.ok(
      report.includes(`${path}:`),
      `${path} meets the limits: remove it from .oxlintrc.json`,
    );
  }
});

function readOverrides(): readonly Override[] {
  const text = readFileSync(join(ROOT, ".oxlintrc.json"), "utf8");
  const withoutComments = text.replaceAll(/^\s*\/\/.*$/gm, "");
  const { overrides } = JSON.parse(withoutComments) as { readonly overrides: readonly Override[] };
  return overrides;
}

/** "FILE:LINE:COLUMN: MESSAGE" for each violation. */
function lint(config: string, paths: readonly string[]): string {
  const oxlint = join(ROOT, "node_modules/oxlint/bin/oxlint");
  const { stdout } = spawnSync(process.execPath, [oxlint, "-c", config, "-f", "unix", ...paths], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return stdout;
}
