import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { parse } from "smol-toml";
import { tomlKey, tomlText } from "./toml-text.ts";

test("a shell text is parsed back unchanged, with its lines", () => {
  const script = "if [ -f 'x' ]; then\n\techo \"<ip>\\n\"\nfi";
  assert.equal(tomlText(script), `'''\n${script}'''`);
  assert.equal(tomlText('sed "s/\'//"'), "'''sed \"s/'//\"'''");
});

test("every text is parsed back unchanged", () => {
  const pieces = fc.constantFrom(
    "'",
    "'''",
    '"',
    '"""',
    "\\",
    "\n",
    "a",
    "\t",
    "\r",
    "\u0001",
    "é",
  );
  const texts = fc.array(pieces, { maxLength: 12 }).map((all) => all.join(""));
  fc.assert(
    fc.property(texts, texts, (key, text) => {
      const written = `${tomlKey(key)} = ${tomlText(text)}\n`;
      assert.deepEqual({ ...parse(written) }, { [key]: text });
    }),
    fuzzRuns(100),
  );
});
