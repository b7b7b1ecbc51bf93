/** docs/dashboard.md lists every setting of web.toml, and its examples are valid. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseWebSettings, WEB_SETTINGS } from "../../src/web/web-settings.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/dashboard.md"), "utf8");

test("the page of the dashboard lists its settings, and no other", () => {
  const [, section = ""] = page.split("## Settings\n");
  const rows = [...section.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = ""]) => cell);
  const keys = rows.flatMap((cell) =>
    [...cell.matchAll(/`\[?([a-z_]+)/g)].map(([, key = ""]) => key),
  );
  assert.deepEqual(keys.toSorted(), WEB_SETTINGS.toSorted());
});

test("the examples of its settings are valid", async () => {
  const examples = [...page.matchAll(/^```toml\n([^]*?)^```$/gm)].map(([, text = ""]) => text);
  assert.equal(examples.length, 1);
  for (const text of examples) assert.ok((await parseWebSettings("web.toml", text)).ok, text);
});
