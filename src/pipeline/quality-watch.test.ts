import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { MemoryBook } from "../record/memory-book.ts";
import { createStateStore } from "../record/state-store.ts";
import { QualityWatch } from "./quality-watch.ts";

const DAY = 86_400_000;
const START = 20_000 * DAY;
const jail = parseJailName("sshd");
const ip = parseIp("192.0.2.7");
assert.ok(jail !== undefined && ip !== undefined);
const at = (days: number, more = 0) => instant(START + days * DAY + more);
const BAN = {
  ...({ jail, subject: literalSubject("192.0.2.7"), origin: "detected", from: at(0) } as const),
  ...{ reason: "5 failures in 10m", rule: "failed-attempt" },
};

/** Each call opens the watch as after a crash: with what was saved. */
function createOpener(firstLogin = at(-30)): () => QualityWatch {
  const stateStore = createStateStore(new MemoryBook());
  return () =>
    new QualityWatch({ stateStore, emit: () => undefined, firstLogin: () => firstLogin });
}

function wrongOf(watch: QualityWatch): number | undefined {
  return watch.ranking(at(9))[0]?.wrong;
}

test("a login counts no ban that ended before a reset", () => {
  for (const [isReset, wrong] of [
    [true, undefined],
    [false, 1],
  ] as const) {
    const watch = createOpener()();
    watch.noteBan(BAN, at(0));
    watch.onEnded([BAN], at(1));
    if (isReset) watch.reset(jail, undefined, at(2));
    watch.onLogin(ip, "alice", at(3));
    assert.equal(wrongOf(watch), wrong);
  }
});

test("a crash loses no wrong ban, no undo of an unban, and no reset", () => {
  const open = createOpener();
  const watch = open();
  watch.noteBan(BAN, at(0));
  watch.onLifted([BAN], at(0.5));
  assert.equal(wrongOf(open()), 1);
  watch.onRestored(BAN);
  assert.equal(wrongOf(open()), 0);
  watch.onLifted([BAN], at(0.6));
  watch.reset(jail, BAN.rule, at(1));
  assert.deepEqual(open().ranking(at(9)), []);
});

test("a ban counts as wrong that is lifted within a day, or whose address logs in within a week", () => {
  for (const [more, wrong] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const lifted = createOpener()();
    lifted.noteBan(BAN, at(0));
    lifted.onLifted([BAN], at(1, more));
    assert.equal(wrongOf(lifted), wrong);
    const ended = createOpener()();
    ended.noteBan(BAN, at(0));
    ended.onEnded([BAN], at(1));
    ended.onLogin(ip, "alice", at(8, more));
    assert.equal(wrongOf(ended), wrong);
  }
});

test("an account whose first login was a day before, or earlier, demotes a detector", () => {
  for (const [firstLogin, isDemoted] of [
    [at(7), true],
    [at(7, 1), false],
  ] as const) {
    const watch = createOpener(firstLogin)();
    for (let n = 1; n <= 3; n++) {
      const subject = literalSubject(`192.0.${n}.7`);
      const login = parseIp(subject);
      assert.ok(login !== undefined);
      watch.onEnded([{ ...BAN, subject, reason: "slow: 10 failures in 3 days" }], at(7));
      watch.onLogin(login, `user${n}`, at(8));
    }
    assert.equal(watch.isDemoted(jail, "slow: 11 failures in 3 days", at(8)), isDemoted);
  }
});
