import assert from "node:assert/strict";
import test from "node:test";
import type { BanBook } from "../domain/ban-book.ts";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import { openBook } from "./open-book.ts";
import { sampleAt, sampleBan, sampleJail, sampleSubject } from "./sample-entries.fixture.ts";

const ORDER = { who: "root (uid 0)", reason: "mistake" };
const jail = sampleJail("sshd");

function open(): BanBook {
  const clock = { now: () => sampleAt(1), monotonic: () => 0 };
  return openBook({ path: ":memory:", clock, emit: () => undefined });
}

function banMany(book: BanBook, count: number): void {
  const steps = Array.from({ length: count }, (_, n) => sampleBan(n, { until: "forever" }));
  book.commit({ steps, cursors: [] });
}

function network(text: string): Subject {
  const subject = parseSubject(text);
  assert.ok(subject !== undefined);
  return subject;
}

test("thousands of bans leave a few audit entries, each of which is found by any address it lists", async () => {
  await using book = open();
  banMany(book, 3000);
  assert.equal(book.audit({ limit: 100 }).length, 6);
  for (const n of [0, 1234, 2999]) {
    const [entry, ...more] = book.audit({ subject: sampleSubject(n), limit: 10 });
    assert.equal(entry?.action, "ban");
    assert.deepEqual(more, []);
  }
  assert.deepEqual(book.audit({ subject: sampleSubject(3000), limit: 10 }), []);
  assert.equal((await book.verifyAudit()).intact, true);
});

test("bans are closed together, those that ended in the meantime are skipped", async () => {
  await using book = open();
  banMany(book, 50);
  const bans = [...book.activeBans({})].slice(0, 20);
  assert.equal(book.close({ bans: bans.slice(0, 5) }, ORDER, sampleAt(2)).length, 5);
  assert.equal(book.close({ bans }, ORDER, sampleAt(3)).length, 15);
  assert.equal([...book.activeBans({})].length, 30);
  assert.equal(book.history({ limit: 100 }).length, 20);
});

test("allowances are added and removed together", async () => {
  await using book = open();
  const entries = Array.from({ length: 2000 }, (_, n) => ({
    ...{ subject: sampleSubject(n), until: "forever" as const, since: sampleAt(0) },
    ...{ who: "root (uid 0)", reason: "office" },
  }));
  book.addAllow(entries);
  assert.equal(book.allowEntries(sampleAt(1)).length, 2000);
  const absent = sampleSubject(9999);
  const removed = book.removeAllow([sampleSubject(7), absent], ORDER);
  assert.deepEqual(removed, [sampleSubject(7)]);
  assert.equal(book.audit({ limit: 100 }).length, 5);
});

test("a search by network finds every overlapping ban, in any number", async () => {
  await using book = open();
  banMany(book, 2500);
  book.commit({
    steps: [
      sampleBan(0, { subject: network("10.0.0.0/8"), jail: sampleJail("wide") }),
      sampleBan(0, { subject: network("2001:db8::/48") }),
    ],
    cursors: [],
  });
  assert.equal([...book.activeBans({ near: network("10.0.0.0/9") })].length, 2501);
  assert.equal([...book.activeBans({ near: network("10.0.0.0/9"), jail })].length, 2500);
  assert.deepEqual(
    book.bansOf(sampleSubject(3)).map(({ subject }) => subject),
    [network("10.0.0.0/8"), sampleSubject(3)],
  );
  for (const inside of ["2001:db8::7", "2001:db8:0:1::/64", "2001:db8::/32"])
    assert.equal(book.bansOf(network(inside)).length, 1, inside);
  assert.deepEqual(book.bansOf(network("2001:db8:1::7")), []);
});

test("a network with a new prefix length is found by its addresses", async () => {
  await using book = open();
  banMany(book, 1);
  const inside = network("198.51.100.7");
  assert.deepEqual(book.bansOf(inside), []);
  const wide = network("198.51.100.0/25");
  book.commit({ steps: [sampleBan(0, { subject: wide })], cursors: [] });
  assert.deepEqual(
    book.bansOf(inside).map(({ subject }) => subject),
    [wide],
  );
});
