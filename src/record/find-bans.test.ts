import assert from "node:assert/strict";
import { test } from "node:test";
import type { BanQuery } from "../domain/ban-query.ts";
import { literalSubject } from "../domain/cidr.ts";
import { systemClock } from "../host/system-clock.ts";
import { openBook } from "./open-book.ts";
import { sampleAt, sampleBan, sampleJail, sampleSubject } from "./sample-entries.fixture.ts";

const QUERY: BanQuery = { sort: "address", descending: false, offset: 0, limit: 100 };

async function search(query: Partial<BanQuery>): Promise<readonly [number, readonly string[]]> {
  await using book = openBook({ path: ":memory:", clock: systemClock, emit: () => undefined });
  const of = (subject: string) => ({ subject: literalSubject(subject) });
  const steps = [
    sampleBan(0, { ...of("203.0.113.9"), from: sampleAt(3), until: "forever" }),
    sampleBan(0, { ...of("198.51.100.20"), from: sampleAt(1), origin: "manual", reason: "A Scan" }),
    sampleBan(0, { ...of("2001:db8::/64"), from: sampleAt(2), jail: sampleJail("web") }),
    sampleBan(0, { ...of("203.0.113.0/24"), from: sampleAt(4), until: sampleAt(60) }),
  ];
  book.commit({ steps, cursors: [] });
  const { found, bans } = await book.findBans({ ...QUERY, ...query });
  return [found, bans.map(({ subject }) => subject)];
}

test("bans are sorted by address, begin and end, in both directions", async () => {
  const byAddress = ["198.51.100.20", "203.0.113.0/24", "203.0.113.9", "2001:db8::/64"];
  assert.deepEqual(await search({}), [4, byAddress]);
  assert.deepEqual(await search({ descending: true }), [4, byAddress.toReversed()]);
  const byBegin = ["198.51.100.20", "2001:db8::/64", "203.0.113.9", "203.0.113.0/24"];
  assert.deepEqual(await search({ sort: "from" }), [4, byBegin]);
  const [, byEnd] = await search({ sort: "until" });
  assert.deepEqual([byEnd[0], byEnd[3]], ["203.0.113.0/24", "203.0.113.9"]);
});

test("a page is a part of the order, and the number is that of all pages", async () => {
  assert.deepEqual(await search({ offset: 1, limit: 2 }), [4, ["203.0.113.0/24", "203.0.113.9"]]);
  assert.deepEqual(await search({ offset: 4 }), [4, []]);
});

test("bans are selected by text, overlap, jail and origin, and by several of them", async () => {
  assert.deepEqual(await search({ text: "100.2" }), [1, ["198.51.100.20"]]);
  assert.deepEqual(await search({ text: "a scan" }), [1, ["198.51.100.20"]]);
  assert.deepEqual(await search({ text: "%" }), [0, []]);
  assert.deepEqual(await search({ text: "failed-password", limit: 1 }), [4, ["198.51.100.20"]]);
  assert.deepEqual(await search({ near: literalSubject("203.0.113.9") }), [
    2,
    ["203.0.113.0/24", "203.0.113.9"],
  ]);
  assert.deepEqual(await search({ jail: sampleJail("web") }), [1, ["2001:db8::/64"]]);
  assert.deepEqual(await search({ origin: "manual" }), [1, ["198.51.100.20"]]);
  assert.deepEqual(await search({ origin: "manual", jail: sampleJail("web") }), [0, []]);
  const near = literalSubject("203.0.113.9");
  assert.deepEqual(await search({ jail: sampleJail("sshd"), near }), [
    2,
    ["203.0.113.0/24", "203.0.113.9"],
  ]);
  assert.deepEqual(await search({ text: "scan", near: literalSubject("203.0.113.9") }), [0, []]);
});

test("a search for a wide network counts every ban in it, with and without other conditions", async () => {
  await using book = openBook({ path: ":memory:", clock: systemClock, emit: () => undefined });
  const count = 3000;
  const steps = Array.from({ length: count }, (_, n) => sampleBan(n, { from: sampleAt(n) }));
  const outside = { subject: literalSubject("2001:db8::1"), from: sampleAt(0) };
  book.commit({ steps: [...steps, sampleBan(count, outside)], cursors: [] });
  const near = literalSubject("0.0.0.0/0");
  for (const more of [{}, { jail: sampleJail("sshd") }, { text: "failures" }]) {
    const query = { ...QUERY, near, ...more, sort: "from", descending: true, limit: 2 } as const;
    const { found, bans } = await book.findBans(query);
    assert.equal(found, count);
    const subjects = bans.map(({ subject }) => subject);
    assert.deepEqual(subjects, [sampleSubject(count - 1), sampleSubject(count - 2)]);
  }
});

test("a search over many steps keeps its order on every page, and counts all", async () => {
  await using book = openBook({ path: ":memory:", clock: systemClock, emit: () => undefined });
  const [count, last] = [11_000, 10_999];
  const steps = Array.from({ length: count }, (_, n) => sampleBan(n, { from: sampleAt(n) }));
  book.commit({ steps, cursors: [] });
  const query = { ...QUERY, text: "failures", sort: "from", descending: true, limit: 2 } as const;
  const first = await book.findBans(query);
  assert.equal(first.found, count);
  const subjectsOf = (n: number) => [sampleSubject(n), sampleSubject(n - 1)];
  assert.deepEqual(
    first.bans.map(({ subject }) => subject),
    subjectsOf(last),
  );
  const later = await book.findBans({ ...query, offset: 9000 });
  assert.deepEqual(
    later.bans.map(({ subject }) => subject),
    subjectsOf(last - 9000),
  );
});
