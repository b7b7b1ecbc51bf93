import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { literalSubject, type Subject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { type Ip, ipFromBits } from "../domain/ip.ts";
import { BanBudget, MINUTE, type PlannedBan } from "./ban-budget.ts";

function address(n: number): Ip {
  return ipFromBits(BigInt(0xc0000200 + n), "ipv4");
}

function ban(n: number, at: number, ...accounts: readonly string[]): PlannedBan {
  return { subject: address(n), at: instant(at), accounts };
}

test("the budget allows exactly its number of bans in any minute", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(20_000), { maxLength: 100 }),
      (perMinute, waits) => {
        const budget = new BanBudget({ perMinute, accountsKnown: () => 0 });
        const made: number[] = [];
        let at = 1_000_000;
        for (const [n, wait] of waits.entries()) {
          at += wait;
          const before = made.filter((time) => time >= at - MINUTE).length;
          assert.equal(budget.room(instant(at)), perMinute - before);
          const refused = budget.spend(ban(n, at));
          assert.equal(refused?.kind, before >= perMinute ? "rate" : undefined);
          if (refused === undefined) made.push(at);
        }
      },
    ),
    fuzzRuns(50),
  );
});

test("bans count by the time of their lines: a day of bans in one batch is not a flood", () => {
  const budget = new BanBudget({ perMinute: 10, accountsKnown: () => 0 });
  for (let n = 0; n < 1440; n++) {
    for (let i = 0; i < 5; i++)
      assert.equal(budget.spend(ban(n * 5 + i, n * 60_000 + i)), undefined);
  }
  // One file after the other, so that lines are older than the last one.
  for (let n = 0; n < 1000; n++) assert.equal(budget.spend(ban(n, n * 60_000)), undefined);
});

test("a used budget does not delay bans of much older lines", () => {
  const budget = new BanBudget({ perMinute: 2, accountsKnown: () => 0 });
  const now = 60 * MINUTE;
  for (const n of [1, 2]) assert.equal(budget.spend(ban(n, now)), undefined);
  assert.equal(budget.spend(ban(3, now - MINUTE))?.kind, "rate", "the same minute");
  assert.equal(budget.spend(ban(3, now - MINUTE - 1)), undefined);
});

test("all networks of one IPv6 site count as one ban a minute; different sites count separately", () => {
  const subject = (site: number, network: number): Subject =>
    literalSubject(`2001:db8:${site.toString(16)}:${network.toString(16)}::/64`);
  const budget = new BanBudget({ perMinute: 10, accountsKnown: () => 0 });
  const spend = (site: number, network: number, at: number): string | undefined =>
    budget.spend({ subject: subject(site, network), at: instant(at), accounts: [] })?.kind;
  for (let n = 0; n < 5000; n++) assert.equal(spend(1, n, 1_000_000 + n * 20), undefined);
  budget.shift(1_000_000);
  for (let n = 5000; n < 6000; n++) assert.equal(spend(1, n, 2_100_000 + n), undefined);
  for (let site = 2; site <= 10; site++) assert.equal(spend(site, 0, 2_106_000), undefined);
  assert.equal(spend(11, 0, 2_106_000), "rate");
  // Its site already counts in this minute, even if others are refused.
  assert.equal(spend(2, 1, 2_106_000), undefined);
});

test("a thousand IPv6 sites in a day, each from several networks, are not a flood", () => {
  const budget = new BanBudget({ perMinute: 2, accountsKnown: () => 0 });
  for (let site = 0; site < 1000; site++) {
    const at = instant(site * 86_400);
    for (const network of [1, 2, 3]) {
      const subject = literalSubject(`2001:db8:${site.toString(16)}:${network}::/64`);
      assert.equal(budget.spend({ subject, at, accounts: [] }), undefined);
    }
    assert.equal(budget.room(at), 1);
  }
});

test("a stepped clock moves the counted times", () => {
  const budget = new BanBudget({ perMinute: 2, accountsKnown: () => 1 });
  budget.spend(ban(1, 10_000_000, "a"));
  budget.spend(ban(2, 10_000_001, "a"));
  budget.shift(-9_000_000);
  assert.equal(budget.spend(ban(3, 1_000_002))?.kind, "rate");
});

test("0 means no limit", () => {
  const budget = new BanBudget({ perMinute: 0, accountsKnown: () => 1 });
  for (let n = 0; n < 5000; n++) assert.equal(budget.spend(ban(n, 1000, "a")), undefined);
  assert.equal(budget.room(instant(1000)), Number.POSITIVE_INFINITY);
});

for (const [name, bans, accountsKnown, expected] of [
  ["five of three accounts", ["a", "b", "c", "a", "b"], 9, 5],
  ["five of two accounts", ["a", "b", "a", "b", "a", "b", "a"], 9, undefined],
  ["five of the two accounts there are", ["a", "b", "a", "b", "a"], 2, 5],
  ["five of the one account there is", ["a", "a", "a", "a", "a"], 1, 5],
  ["one account's", Array.from({ length: 200 }, () => "a"), 2, undefined],
] as const) {
  test(`addresses with logins: ${name}`, () => {
    const budget = new BanBudget({ perMinute: 1000, accountsKnown: () => accountsKnown });
    const at = bans.findIndex((account, n) => {
      return budget.spend(ban(n, 1_000_000 + n, account)) !== undefined;
    });
    assert.equal(at < 0 ? undefined : at + 1, expected);
  });
}

test("addresses with logins: those of the last hour, each once", () => {
  const budget = new BanBudget({ perMinute: 1000, accountsKnown: () => 1 });
  for (let n = 0; n < 50; n++) assert.equal(budget.spend(ban(1, n, "a")), undefined);
  for (let n = 2; n < 5; n++) assert.equal(budget.spend(ban(n, 1000, "a")), undefined);
  assert.equal(budget.spend(ban(5, 3_601_001, "a")), undefined);
  for (let n = 6; n < 9; n++) assert.equal(budget.spend(ban(n, 3_601_002, "a")), undefined);
  const stopped = budget.spend(ban(9, 3_601_003, "a", "b", "c", "d"));
  assert.match(
    stopped?.kind === "people" ? stopped.reason : "",
    /^within 1h it banned 4 addresses from which users \(a, b, c, …\) had logged in, and another such address reached maxretry$/,
  );
});

test("addresses with logins: one of exactly an hour ago counts", () => {
  const budget = new BanBudget({ perMinute: 1000, accountsKnown: () => 1 });
  for (let n = 1; n < 5; n++) assert.equal(budget.spend(ban(n, 1000, "a")), undefined);
  assert.equal(budget.spend(ban(5, 3_601_000, "a"))?.kind, "people");
});

test("a banned IPv6 site and networks of it count as one ban", () => {
  const budget = new BanBudget({ perMinute: 1, accountsKnown: () => 0 });
  for (const text of ["2001:db8:1::/48", "2001:db8:1:2::/64"])
    assert.equal(
      budget.spend({ subject: literalSubject(text), at: instant(1000), accounts: [] }),
      undefined,
    );
});

test("addresses with logins: those of one IPv6 site count as one", () => {
  const budget = new BanBudget({ perMinute: 1000, accountsKnown: () => 1 });
  const spend = (text: string): unknown =>
    budget.spend({ subject: literalSubject(text), at: instant(1000), accounts: ["a"] });
  for (let n = 1; n < 20; n++) assert.equal(spend(`2001:db8:1:${n}::/64`), undefined);
  for (let n = 2; n < 5; n++) assert.equal(spend(`2001:db8:${n}:1::/64`), undefined);
  assert.notEqual(spend("2001:db8:5:1::/64"), undefined);
});
