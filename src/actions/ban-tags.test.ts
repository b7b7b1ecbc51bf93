import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubject } from "../domain/cidr.ts";
import { type BanFacts, banTag } from "./ban-tags.ts";

function factsAt(time: number): BanFacts {
  return {
    jail: "j",
    subject: parseSubject("192.0.2.7"),
    time,
    bantime: 600,
    failures: 5,
    restored: false,
    bancount: () => 1,
    matches: () => ["one", "two"],
    captured: () => new Map(),
    history: () => ({ failures: 0, lines: [] }),
    tally: () => ({ banned: 0, bannedTotal: 0, found: 0, foundTotal: 0 }),
    host: () => ({ full: "h", short: "h" }),
  };
}

test("the time of a ban is a number with a fraction, as Python writes it", () => {
  for (const [time, text] of [
    [1_700_000_000, "1700000000.0"],
    [1_700_000_000.25, "1700000000.25"],
    [0, "0.0"],
  ] as const)
    assert.equal(banTag(factsAt(time), "inet4", "time"), text);
});
