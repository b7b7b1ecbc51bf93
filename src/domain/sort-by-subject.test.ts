import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { sortBySubject } from "./sort-by-subject.ts";

test("numeric, not alphabetic: IPv4 before IPv6, a network before its addresses", () => {
  const sorted = [
    "9.0.0.1",
    "10.0.0.0/8",
    "10.0.0.0",
    "10.0.0.9",
    "10.0.0.10",
    "192.0.2.0/24",
    "192.0.2.0/25",
    "192.0.2.3",
    "::1",
    "2001:db8::/32",
    "2001:db8::/64",
    "2001:db8::9",
    "2001:db8::10",
    "2001:db8:a::",
    "no address",
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (mixed) => {
      assert.deepEqual(
        sortBySubject(mixed, (text) => text),
        sorted,
      );
    }),
    fuzzRuns(100),
  );
});
