import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../../domain/instant.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import { openBook } from "../../record/open-book.ts";
import { createBreaker } from "./breaker.ts";
import { createStateStore, type StateStore } from "../../record/state-store.ts";

const clock = { now: () => instant(1_800_000_000_000), monotonic: () => 0 };

function jail(text: string): JailName {
  const name = parseJailName(text);
  assert.ok(name !== undefined);
  return name;
}

async function withStateStore(work: (stateStore: StateStore) => void): Promise<void> {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  work(createStateStore(book));
}

const [SSHD, NGINX] = [jail("sshd"), jail("nginx")];
const because = { since: clock.now(), reason: "it ran wild" };

test("an open breaker refuses bans of its rule only, and counts them", async () => {
  await withStateStore((stateStore) => {
    const breaker = createBreaker(stateStore);
    assert.equal(breaker.refuseIfTripped(SSHD, "a"), undefined);
    breaker.open({ jail: SSHD, rule: "a", ...because });
    assert.equal(breaker.refuseIfTripped(SSHD, "b"), undefined);
    assert.equal(breaker.refuseIfTripped(NGINX, "a"), undefined);
    assert.equal(breaker.refuseIfTripped(SSHD, "a")?.spared, 2);
    assert.equal(breaker.refuseIfTripped(SSHD, "a")?.spared, 3);
    assert.deepEqual(breaker.list(NGINX), []);
  });
});

test("a breaker stays open over a restart until it is reset, alone, with its jail, or with all", async () => {
  await withStateStore((stateStore) => {
    const first = createBreaker(stateStore);
    for (const rule of ["a", "b"]) first.open({ jail: SSHD, rule, ...because });
    first.open({ jail: NGINX, rule: "a", ...because });
    const second = createBreaker(stateStore);
    assert.deepEqual(
      second.list().map(({ rule, reason, spared }) => [rule, reason, spared]),
      [
        ["a", "it ran wild", 1],
        ["b", "it ran wild", 1],
        ["a", "it ran wild", 1],
      ],
    );
    assert.equal(second.reset({ jail: SSHD, rule: "b" }).length, 1);
    assert.equal(createBreaker(stateStore).list().length, 2);
    assert.equal(second.reset({ jail: SSHD }).length, 1);
    assert.deepEqual(second.reset({ jail: SSHD }), []);
    assert.equal(second.reset({}).length, 1);
    assert.deepEqual(createBreaker(stateStore).list(), []);
  });
});

test("an unreadable stored state counts as missing", async () => {
  await withStateStore((stateStore) => {
    for (const text of ["", "{", "7", "[1, null, {}]", '[{"jail":"a b","rule":"x","since":1}]']) {
      stateStore.save("breaker", text);
      assert.deepEqual(createBreaker(stateStore).list(), [], text);
    }
  });
});

test("the number of breakers is bounded", async () => {
  await withStateStore((stateStore) => {
    const breaker = createBreaker(stateStore);
    for (let i = 0; i < 500; i++) breaker.open({ jail: SSHD, rule: `r${i}`, ...because });
    assert.equal(breaker.list().length, 100);
  });
});
