import assert from "node:assert/strict";
import { test } from "node:test";
import type { Author } from "../domain/author.ts";
import { duration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { judgeRepairs, type Repair } from "./repair-tally.ts";

const NFT: Author = { program: "nft", pid: 812, unit: "nftables.service", parent: undefined };
const MINUTE = 60_000;
const NOW = instant(Date.UTC(2026, 0, 1, 12));

function repair(minutesAgo: number, by: Author | undefined = NFT): Repair {
  const at: Instant = instant(NOW - minutesAgo * MINUTE);
  return { at, by, missing: 4, structure: true, took: duration(20) };
}

test("one or two flushes, or three in an hour, are not a pattern", () => {
  assert.equal(judgeRepairs([], NOW, true), undefined);
  assert.equal(judgeRepairs([repair(2), repair(1)], NOW, true), undefined);
  assert.equal(judgeRepairs([repair(30), repair(20), repair(1)], NOW, true), undefined);
});

test("three in ten minutes name the program and what to do", () => {
  const found = judgeRepairs([repair(9), repair(5), repair(1)], NOW, true);
  assert.match(
    found?.evidence ?? "",
    /3 times within 10 minutes.*nft of nftables\.service \(3 times\)/,
  );
  assert.match(found?.fix ?? "", /systemctl cat nftables\.service/);
  assert.equal(found?.at, NOW - MINUTE);
});

test("an author known only by name does not hide others", () => {
  const ended: Author = { ...NFT, unit: undefined };
  const found = judgeRepairs([repair(9), repair(5), repair(1, ended)], NOW, true);
  assert.match(found?.fix ?? "", /systemctl cat nftables\.service/);
});

test("process ids do not distinguish authors, and the most frequent comes first", () => {
  const other: Author = {
    program: "firewalld",
    pid: 5,
    unit: undefined,
    parent: { program: "sh", pid: 4 },
  };
  const found = judgeRepairs(
    [repair(4, other), repair(3, { ...NFT, pid: 1 }), repair(2), repair(1)],
    NOW,
    true,
  );
  assert.match(
    found?.evidence ?? "",
    /nft of nftables\.service \(3 times\), firewalld started by sh/,
  );
});

test("without a known author, it says how to find out", () => {
  const nameless = [3, 2, 1].map((ago): Repair => ({ ...repair(ago), by: undefined }));
  const found = judgeRepairs(nameless, NOW, true);
  assert.match(found?.evidence ?? "", /did not name/);
  assert.match(found?.fix ?? "", /nft monitor/);
});

test("the finding expires by itself", () => {
  const repairs = [repair(3), repair(2), repair(1)];
  assert.notEqual(judgeRepairs(repairs, NOW, true), undefined);
  assert.equal(judgeRepairs(repairs, instant(NOW + 8 * MINUTE), true), undefined);
});

test("where changes are not observed, no program is accused and nft is not named", () => {
  const repairs = [3, 2, 1].map((ago): Repair => ({ ...repair(ago), by: undefined }));
  const found = judgeRepairs(repairs, NOW, false);
  assert.match(found?.evidence ?? "", /bans were missing 3 times.*who removes them is unknown/);
  assert.doesNotMatch(`${found?.evidence} ${found?.fix}`, /nft|kernel|other programs broke/);
});
