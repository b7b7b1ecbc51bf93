/** Lists in the documents are complete: every folder of src/, every decision. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { planProgram } from "../../tools/pages/command-tree.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Commands that change nothing. */
const READING: readonly string[] = [
  ...["status", "doctor", "drift", "verify", "bans", "why", "history", "follow", "breaker"],
  "metrics",
  ...["get", "check", "assess", "scan", "replay", "tune", "quality", "stats", "import", "version"],
];

function missingIn(document: string, names: readonly string[]): readonly string[] {
  const text = readFileSync(join(ROOT, document), "utf8");
  return names.filter((name) => !text.includes(name));
}

test("the table of the layout lists every folder of src/", () => {
  const rooms = globSync("src/*/", { cwd: ROOT }).map((path) => `| \`${basename(path)}/\` |`);
  assert.ok(rooms.length > 10, "src/ was not read");
  assert.deepEqual(missingIn("ARCHITECTURE.md", rooms), []);
});

test("README names the reading commands that have no --json", () => {
  const without = planProgram().commands.filter(
    ({ name, options }) => READING.includes(name) && !options.some(({ long }) => long === "--json"),
  );
  assert.ok(without.length < READING.length, "the options were not read");
  const line = readFileSync(join(ROOT, "README.md"), "utf8")
    .split("\n")
    .find((text) => text.startsWith("Every reading command"));
  assert.deepEqual(
    without.map(({ name }) => name).filter((name) => line?.includes(`\`${name}\``) !== true),
    [],
  );
});

test("the list of decisions names every page", () => {
  const pages = globSync("docs/adr/[0-9]*.md", { cwd: ROOT }).map((path) => `(${basename(path)})`);
  assert.ok(pages.length > 10, "docs/adr was not read");
  assert.deepEqual(missingIn("docs/adr/README.md", pages), []);
});
