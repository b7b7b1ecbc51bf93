import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parsePattern } from "./pattern.ts";
import { writePattern } from "./write-pattern.ts";

const FILTERS = join(import.meta.dirname, "../../../filters");

test("every part is written as it is read", () => {
  const texts = [
    "login of {user:name} from {ip} port {port}{?: {*}}",
    "{{literal}} | braces",
    "{a{}}b|c{|}d} then {?e|f{ip}}{?{g|h} i}",
    "{id:until={}}{|}{{]} {*:short} [{what:until=]}]",
    '"{request:unescaped="{}}}" {status}',
  ];
  for (const text of texts) {
    const parts = parsePattern(text);
    assert.ok(parts.ok, text);
    assert.equal(writePattern(parts.value), text);
  }
});

test("every pattern of the library is read again as the same pattern", () => {
  let count = 0;
  for (const file of globSync("**/*.toml", { cwd: FILTERS }))
    for (const [, text = ""] of readFileSync(join(FILTERS, file), "utf8").matchAll(
      /^line = '(.*)'$/gm,
    )) {
      const parts = parsePattern(text);
      if (!parts.ok) continue;
      count++;
      assert.deepEqual(parsePattern(writePattern(parts.value)), parts, text);
    }
  assert.ok(count > 50, `${count} patterns`);
});
