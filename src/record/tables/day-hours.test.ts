import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatHours, HOURS_A_DAY, parseHours } from "./day-hours.ts";

test("counts of a day are read as they were written", () => {
  const counts = fc.array(fc.oneof(fc.constant(0), fc.maxSafeNat()), { maxLength: HOURS_A_DAY });
  fc.assert(
    fc.property(counts, (hours) => {
      const read = parseHours(formatHours(hours)) ?? [];
      assert.deepEqual(
        Array.from({ length: HOURS_A_DAY }, (_, i) => read[i] ?? 0),
        Array.from({ length: HOURS_A_DAY }, (_, i) => hours[i] ?? 0),
      );
    }),
  );
  assert.equal(formatHours([0, 35, 36, undefined, 0]), " z 10");
});

test("another text is refused", () => {
  for (const text of ["-1", "1.5", "0", "A", "1,2", "1".repeat(12), " ".repeat(24)])
    assert.equal(parseHours(text), undefined, text);
});
