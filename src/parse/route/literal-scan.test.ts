import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { createLiteralScan } from "./literal-scan.ts";

test("exactly the literals in a text are found, also overlapping ones", () => {
  const letters = fc.constantFrom("a", "b", "(", "$", "|");
  const literals = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4, unit: letters }), {
    maxLength: 12,
  });
  const texts = fc.array(fc.string({ maxLength: 20, unit: letters }), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(literals, texts, (wanted, several) => {
      fc.pre(wanted.length > 0);
      const scan = createLiteralScan(wanted);
      for (const text of several) {
        assert.equal(
          scan.search(text),
          wanted.some((literal) => text.includes(literal)),
        );
        for (const [i, literal] of wanted.entries())
          assert.equal(scan.holds(i), text.includes(literal), `${literal} in ${text}`);
      }
    }),
    fuzzRuns(100),
  );
});
