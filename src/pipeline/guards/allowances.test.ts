import assert from "node:assert/strict";
import test from "node:test";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { ipFromBits } from "../../domain/ip.ts";
import { openBook } from "../../record/open-book.ts";
import { createStateStore, type StateStore } from "../../record/state-store.ts";
import { createAllowances, type GivenAllowance } from "./allowances.ts";

const T0 = 1_800_000_000_000;
const DAY = 86_400_000;
const at = (ms: number): Instant => instant(T0 + ms);

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

function given(n: number, change: Partial<GivenAllowance> = {}): GivenAllowance {
  const jail = parseJailName("sshd");
  assert.ok(jail !== undefined);
  const place = ipFromBits(BigInt(0xc6336400 + n), "ipv4");
  const times = { openedAt: at(0), until: at(3_600_000) };
  return { jail, subject: place, ...times, offenses: 1, evidence: "somebody", ...change };
}

test("an allowance is found by jail and overlapping subject, while it lasts", async () => {
  await withStateStore((stateStore) => {
    const allowances = createAllowances(stateStore);
    const one = given(7, { evidence: "x".repeat(1000) });
    allowances.give(one, at(0));
    assert.equal(allowances.of(one.jail, one.subject)?.evidence.length, 160);
    assert.equal(allowances.of(one.jail, subject("198.51.100.8")), undefined);
    assert.equal(allowances.overlapping(subject("198.51.100.0/24"), at(0)).length, 1);
    assert.deepEqual(allowances.overlapping(subject("198.51.101.0/24"), at(0)), []);
    assert.deepEqual(allowances.overlapping(one.subject, at(DAY)), []);
    assert.equal(allowances.open(one.jail, at(3_599_999)).length, 1);
    assert.deepEqual(allowances.open(one.jail, at(3_600_000)), []);
    allowances.shift(-DAY);
    assert.deepEqual(allowances.open(one.jail, at(-1)), []);
    assert.equal(allowances.open(one.jail, at(-DAY)).length, 1);
  });
});

test("allowances survive a restart, saved immediately and then once a minute", async () => {
  await withStateStore((stateStore) => {
    const known = (n: number): boolean => {
      const { jail, subject: place } = given(n);
      return createAllowances(stateStore).of(jail, place) !== undefined;
    };
    const allowances = createAllowances(stateStore);
    allowances.give(given(1), at(0));
    assert.ok(known(1));
    allowances.give(given(2), at(1000));
    assert.ok(!known(2));
    allowances.save(at(59_999));
    assert.ok(!known(2));
    allowances.save(at(60_000));
    assert.ok(known(2));
    for (let n = 10; n < 2000; n++) allowances.give(given(n), at(120_000 + n));
    allowances.save(at(300_000));
    assert.ok((stateStore.load("allowances")?.length ?? 0) < 32_768);
    assert.ok(known(1999));
    for (const text of ["", "[", "{}", '[{"jail":"sshd"}]']) {
      stateStore.save("allowances", text);
      assert.ok(!known(1999));
    }
  });
});

test("with too many allowances the oldest is dropped", async () => {
  await withStateStore((stateStore) => {
    const allowances = createAllowances(stateStore);
    for (let n = 0; n < 1500; n++) allowances.give(given(n, { openedAt: at(n) }), at(n));
    const { jail } = given(0);
    assert.equal(allowances.open(jail, at(2000)).length, 1024);
    assert.equal(allowances.of(jail, given(475).subject), undefined);
    assert.ok(allowances.of(jail, given(476).subject) !== undefined);
  });
});

test("the allowances of one jail are not another's", async () => {
  await withStateStore((stateStore) => {
    const allowances = createAllowances(stateStore);
    const other = parseJailName("mail");
    assert.ok(other !== undefined);
    const [ours, theirs] = [given(1), given(2, { jail: other })];
    for (const one of [ours, theirs]) allowances.give(one, at(0));
    assert.deepEqual(allowances.open(ours.jail, at(1)), [ours]);
    assert.deepEqual(allowances.open(other, at(1)), [theirs]);
    assert.equal(allowances.of(other, ours.subject), undefined);
    assert.equal(allowances.overlapping(subject("198.51.100.0/24"), at(1)).length, 2);
  });
});
