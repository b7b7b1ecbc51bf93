import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { hang, visibleLength, wrapText } from "./wrap-text.ts";

test("a text is broken at blanks, and words stay whole", () => {
  assert.deepEqual(wrapText("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrapText("", 7), [""]);
  assert.deepEqual(wrapText("averylongword x", 7), ["averylongword", "x"]);
  assert.equal(
    hang({ head: "to do: ", text: "one two three", width: 14 }),
    "to do: one two\n       three",
  );
  assert.equal(hang({ head: "", text: "one two three", width: 8, indent: 2 }), "one two\n  three");
  assert.equal(hang({ head: "", text: "  one two", width: 7, indent: 4 }), "  one\n    two");
  assert.equal(visibleLength("\u001b[32mgood\u001b[39m"), 4);
});

test("a setting in TOML stays on one line, so that it can be copied", () => {
  const setting = 'source = { journal = ["_COMM=sshd _UID=0", "_COMM=sshd-auth _UID=0"] }';
  assert.deepEqual(wrapText(`set it: [jails.sshd] ${setting} (see above)`, 24), [
    "set it: [jails.sshd]",
    setting,
    "(see above)",
  ]);
  assert.deepEqual(wrapText('ports = [22, 2222], or ports = "all"', 20), [
    "ports = [22, 2222],",
    'or ports = "all"',
  ]);
});

test("no line is wider than the screen unless a single word is", () => {
  const text = fc.array(fc.stringMatching(/^[a-z]{1,30}$/)).map((words) => words.join(" "));
  fc.assert(
    fc.property(text, fc.integer({ min: 20, max: 100 }), fc.nat(15), (words, width, indent) => {
      const lines = hang({ head: "  head  ", text: words, width, indent }).split("\n");
      for (const line of lines)
        assert.ok(line.length <= width || line.trim().split(" ").length <= 2);
      assert.equal(lines.join(" ").replaceAll(/ +/g, " ").trim(), `head ${words}`.trim());
    }),
    fuzzRuns(100),
  );
});
