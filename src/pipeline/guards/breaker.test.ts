import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../../domain/instant.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import { openBook } from "../../record/open-book.ts";
import { createBreaker } from "./breaker.ts";
import { createMemo, type Memo } from "../../record/memo.ts";

const clock = { now: () => instant(1_800_000_000_000), monotonic: () => 0 };

function jail(text: string): JailName {
  const name = parseJailName(text);
  assert.ok(name !== undefined);
  return name;
}

async function withMemo(work: (memo: Memo) => void): Promise<void> {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  work(createMemo(book));
}

const [SSHD, NGINX] = [jail("sshd"), jail("nginx")];
const because = { since: clock.now(), reason: "it ran wild" };

test("an open breaker spares offenses of its rule alone, and counts them", async () => {
  await withMemo((memo) => {
    const breaker = createBreaker(memo);
    assert.equal(breaker.spares(SSHD, "a"), undefined);
    breaker.open({ jail: SSHD, rule: "a", ...because });
    assert.equal(breaker.spares(SSHD, "b"), undefined);
    assert.equal(breaker.spares(NGINX, "a"), undefined);
    assert.equal(breaker.spares(SSHD, "a")?.spared, 1);
    assert.equal(breaker.spares(SSHD, "a")?.spared, 2);
    assert.deepEqual(breaker.list(NGINX), []);
  });
});

test("it stays open over a restart until it is reset: one, those of a jail, or all", async () => {
  await withMemo((memo) => {
    const first = createBreaker(memo);
    for (const rule of ["a", "b"]) first.open({ jail: SSHD, rule, ...because });
    first.open({ jail: NGINX, rule: "a", ...because });
    const second = createBreaker(memo);
    assert.deepEqual(
      second.list().map(({ rule, reason, spared }) => [rule, reason, spared]),
      [
        ["a", "it ran wild", 0],
        ["b", "it ran wild", 0],
        ["a", "it ran wild", 0],
      ],
    );
    assert.equal(second.reset({ jail: SSHD, rule: "b" }).length, 1);
    assert.equal(createBreaker(memo).list().length, 2);
    assert.equal(second.reset({ jail: SSHD }).length, 1);
    assert.deepEqual(second.reset({ jail: SSHD }), []);
    assert.equal(second.reset({}).length, 1);
    assert.deepEqual(createBreaker(memo).list(), []);
  });
});

test("what cannot be read is as good as never written", async () => {
  await withMemo((memo) => {
    for (const text of ["", "{", "7", "[1, null, {}]", '[{"jail":"a b","rule":"x","since":1}]']) {
      memo.remember("breaker", text);
      assert.deepEqual(createBreaker(memo).list(), [], text);
    }
  });
});

test("there is a bound", async () => {
  await withMemo((memo) => {
    const breaker = createBreaker(memo);
    for (let i = 0; i < 500; i++) breaker.open({ jail: SSHD, rule: `r${i}`, ...because });
    assert.equal(breaker.list().length, 100);
  });
});
