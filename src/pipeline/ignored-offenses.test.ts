import assert from "node:assert/strict";
import test from "node:test";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { ipFromBits } from "../domain/ip.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { openBook } from "../record/open-book.ts";
import { createIgnoredOffenses } from "./ignored-offenses.ts";
import { createStateStore, type StateStore } from "../record/state-store.ts";

const DAY = 86_400_000;
const at = (ms: number): Instant => instant(1_800_000_000_000 + ms);

async function withStateStore(work: (stateStore: StateStore) => void): Promise<void> {
  const clock = { now: () => at(0), monotonic: () => 0 };
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  work(createStateStore(book));
}

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function offense(n: number, entry = "ignoreip 198.51.0.0/16") {
  const jail = parseJailName("sshd");
  assert.ok(jail !== undefined);
  return { jail, subject: ipFromBits(BigInt(0xc6330000 + n), "ipv4"), entry };
}

test("offenses of one subject add up, with the entry that exempts it now, newest first", async () => {
  await withStateStore((stateStore) => {
    const ignored = createIgnoredOffenses(stateStore);
    ignored.note(offense(7), at(0));
    ignored.note(offense(8), at(1));
    ignored.note(offense(7, "x".repeat(1000)), at(2));
    const [newest, older] = ignored.overlapping(subject("198.51.0.0/24"));
    assert.deepEqual([newest?.offenses, newest?.firstAt, newest?.lastAt], [2, at(0), at(2)]);
    assert.equal(newest?.entry.length, 160);
    assert.equal(older?.subject, "198.51.0.8");
    assert.equal(ignored.ofJail(offense(0).jail).length, 2);
    assert.deepEqual(ignored.overlapping(subject("192.0.2.1")), []);
    ignored.shift(DAY);
    assert.equal(ignored.overlapping(subject("198.51.0.8"))[0]?.lastAt, at(DAY + 1));
  });
});

test("ignored offenses survive a restart, bounded in number and age; unreadable ones are skipped", async () => {
  await withStateStore((stateStore) => {
    const ignored = createIgnoredOffenses(stateStore);
    for (let n = 0; n < 1500; n++) ignored.note(offense(n), at(n));
    assert.equal(ignored.ofJail(offense(0).jail).length, 1024);
    assert.deepEqual(ignored.overlapping(offense(475).subject), []);
    ignored.save(at(DAY));
    const later = createIgnoredOffenses(stateStore);
    assert.equal(later.ofJail(offense(0).jail).length, 100);
    assert.equal(later.overlapping(offense(1499).subject).length, 1);
    later.note(offense(2000), at(40 * DAY));
    assert.equal(later.ofJail(offense(0).jail).length, 1);
    const good = {
      jail: "sshd",
      subject: "198.51.0.9",
      entry: "x",
      offenses: 1,
      firstAt: 1,
      lastAt: 2,
    };
    const bad = [
      { ...good, lastAt: 1e18 },
      { ...good, offenses: 1.5 },
      { ...good, subject: "x" },
      { ...good, jail: "" },
      null,
    ];
    stateStore.save("ignored-offenses", JSON.stringify([...bad, good]));
    assert.equal(createIgnoredOffenses(stateStore).ofJail(offense(0).jail).length, 1);
  });
});
