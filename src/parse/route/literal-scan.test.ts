import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { LiteralScan, MIN_LENGTH } from "./literal-scan.ts";

const LETTERS = fc.constantFrom("a", "b", "(", "\u{1f600}", "7");

test("exactly the literals in a part of a text are found, also overlapping ones", () => {
  const literals = fc.uniqueArray(
    fc.string({ minLength: MIN_LENGTH, maxLength: 5, unit: LETTERS }),
    { maxLength: 12 },
  );
  const text = fc.string({ maxLength: 20, unit: LETTERS });
  const parts = fc.array(fc.tuple(text, fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(literals, parts, (wanted, several) => {
      const scan = new LiteralScan(wanted);
      for (const [whole, from, less] of several) {
        const end = Math.max(from, whole.length - less);
        const part = whole.slice(from, end);
        scan.search(whole, from, end);
        const found = new Set(scan.found.subarray(0, scan.count));
        assert.equal(found.size, scan.count);
        for (const [number, literal] of wanted.entries())
          assert.equal(found.has(number), part.includes(literal), `${literal} in ${part}`);
        for (let code = 0; code < 128; code++)
          if (part.includes(String.fromCharCode(code))) assert.ok(scan.mayContain(code));
        scan.forget();
      }
    }),
    fuzzRuns(100),
  );
});

test("a later part of a searched text has what the whole has, another text only its own", () => {
  const scan = new LiteralScan(["first", "second"]);
  scan.search("first second", 0, 12);
  scan.search("first second", 5, 12);
  assert.equal(scan.count, 2);
  scan.search("xxxxx second", 5, 12);
  assert.deepEqual([...scan.found.subarray(0, scan.count)], [1]);
  assert.ok(scan.mayContain("s".charCodeAt(0)) && !scan.mayContain("f".charCodeAt(0)));
});
