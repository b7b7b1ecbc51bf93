import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { buildFilter } from "./build-filter.ts";
import { createRecapture } from "./recapture.ts";

const NOW = instant(Date.UTC(2026, 10, 29, 12));

function capture(...lines: readonly string[]): Readonly<Record<string, string>> {
  const built = buildFilter({
    rules: {
      failregex: ["^ ?<ADDR><F-MASK>/\\d+</F-MASK>$", "^ ?refused <F-USER>\\S+</F-USER> <ADDR>$"],
      ignoreregex: [],
      prefregex: undefined,
      datepattern: [],
      maxlines: 1,
      usedns: "no",
      logtimezone: undefined,
    },
    localOffset: () => 0,
  });
  assert.ok(built.ok);
  const recapture = createRecapture(built.value, {
    localOffset: () => 0,
    now: () => NOW,
    journalPrograms: [],
  });
  return Object.fromEntries(recapture(lines));
}

test("lines without a date give the groups that lines with one give", () => {
  const date = "2026-11-29 11:59:59 ";
  for (const lines of [["203.0.113.7/24"], [`${date}203.0.113.7/24`]])
    assert.equal(capture(...lines)["mask"], "/24", lines.join());
  assert.equal(capture("refused bob 203.0.113.7")["user"], "bob");
  // After a dated line as well as before one.
  const mixed = capture(`${date}203.0.113.7/24`, "refused bob 203.0.113.7");
  assert.deepEqual([mixed["mask"], mixed["user"]], ["/24", "bob"]);
});
