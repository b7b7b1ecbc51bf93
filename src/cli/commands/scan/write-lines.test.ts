import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../../../test/any-character.ts";
import { fuzzRuns } from "../../../../test/fuzz-rounds.ts";
import type { ScannedLine } from "../../../pipeline/scan.ts";
import { formatInstant, instant } from "../../../domain/instant.ts";
import { createLineFormat } from "./write-lines.ts";

test("each printed line is the JSON of one object, whatever text the log contains", () => {
  const text = fc.option(fc.string({ unit: anyCharacter }));
  const matched = fc.record({
    line: fc.nat(),
    kind: fc.constantFrom("failure", "success", "neutral", "pending"),
    ip: text,
    user: text,
    at: fc.option(fc.integer({ min: 0, max: 4e12 }).map(instant)),
    rule: fc.constantFrom("failed-attempt", "accepted"),
    counts: fc.nat(),
  });
  const silent = fc.record({
    line: fc.nat(),
    kind: fc.constant("none"),
    ip: fc.constant(null),
    user: fc.constant(null),
    at: fc.constant(null),
    rule: fc.constant(null),
    counts: fc.constant(0),
  });
  const line: fc.Arbitrary<ScannedLine> = fc.oneof(matched, silent);
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const format = createLineFormat();
      for (const one of lines) {
        const at = one.at === null ? null : formatInstant(one.at);
        const written = format(one);
        assert.ok(written.endsWith("}\n") && written.indexOf("\n") === written.length - 1);
        assert.deepEqual(JSON.parse(written), { ...one, at });
      }
    }),
    fuzzRuns(30),
  );
});
