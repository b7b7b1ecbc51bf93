/** Tests the nftables-set enforcer against a real kernel, in a separate network: sets with each combination of flags. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { Enforcer } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { add, remove, testEnforcerContract } from "./enforcer.contract.ts";
import { testEnforcerSequences } from "./enforcer-sequences.contract.ts";
import { EARLY_CHAIN, makeAdminTable, nft, openTestSets } from "./nftables-set.fixture.ts";
import { untilTrue } from "./packet-lab.fixture.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

// With a size, because nft takes a second of processor time for each hundred removed from 5000 intervals.
const FLAGS = ["flags interval, timeout; size 2000; counter;", "flags interval; size 2000;"];

for (const sets of FLAGS) {
  testEnforcerContract(sets, async (isAllowed) => {
    makeAdminTable({ sets, chains: EARLY_CHAIN });
    const enforcer = await openTestSets({ isAllowed });
    return { enforcer, release: () => enforcer.close() };
  });

  testEnforcerSequences({
    name: sets,
    open: async () => {
      if (!ruleset().includes("table inet filter")) makeAdminTable({ sets, chains: EARLY_CHAIN });
      return openTestSets();
    },
    clean: async () => void nft("flush ruleset"),
    damages: Object.fromEntries(
      [
        "flush set inet filter blocked4",
        "flush set inet filter blocked4; flush set inet filter blocked6",
        "add element inet filter blocked4 { 192.0.2.1 }; delete element inet filter blocked4 { 192.0.2.1 }",
        "add element inet filter blocked4 { 203.0.113.5, 203.0.113.7-203.0.113.9 }",
        // As a saved ruleset is loaded again.
        'flush set inet filter blocked4; add element inet filter blocked4 { 192.0.2.2 comment "bailiff" }',
      ].map((commands) => [commands, () => tryNft(commands)]),
    ),
  });
}

check("only bailiff's elements are removed, and nothing else of the table changes", async () => {
  nft(
    'add element inet filter blocked4 { 192.0.2.50, 203.0.113.0/24, 198.51.100.7 comment "mine" }',
  );
  const before = ruleset();
  const enforcer = await opened();
  const bans = ["192.0.2.50", "203.0.113.9", "198.51.100.8", "2001:db8::/64"].map((text) =>
    add(text),
  );
  assert.deepEqual(await enforcer.apply(bans, now()), []);
  assert.equal(
    (await enforcer.list()).length,
    4,
    "an address that another program blocks is blocked",
  );
  assert.match(
    (await enforcer.prepare(now())).structure ?? "",
    /; 192\.0\.2\.50 and 1 more blocked by elements of other programs, which stay when the bans end$/,
  );
  assert.match(ruleset(), /198\.51\.100\.8 comment "bailiff"/);
  assert.doesNotMatch(ruleset(), /192\.0\.2\.50 comment|203\.0\.113\.9/);
  await enforcer.apply(
    bans.slice(0, 1).map(({ subject }) => remove(subject)),
    now(),
  );
  assert.match(ruleset(), /192\.0\.2\.50/);
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
  assert.equal(ruleset(), before);
});

check(
  "a network that overlaps with an element of another program is refused until that is gone",
  async () => {
    nft("add element inet filter blocked4 { 192.0.2.50 }");
    const enforcer = await opened();
    const bans = [add("192.0.2.0/24"), add("192.0.2.9"), add("203.0.113.1")];
    const [refusal, ...others] = await enforcer.apply(bans, now());
    assert.deepEqual(others, []);
    assert.deepEqual(refusal, {
      change: bans[0],
      error: "set blocked4 has 192.0.2.50 of another program, which overlaps",
      retryable: true,
    });
    assert.equal((await enforcer.list()).length, 2);
    nft("delete element inet filter blocked4 { 192.0.2.50 }");
    assert.deepEqual(await enforcer.apply(bans, now()), []);
    assert.equal((await enforcer.list()).length, 3);
    assert.match(
      ruleset(),
      /elements = \{ 192\.0\.2\.0\/24 comment "bailiff", 203\.0\.113\.1 comment "bailiff" \}/,
    );
  },
);

check(
  "a set without interval refuses networks and holds addresses",
  async () => {
    const enforcer = await opened();
    const bans = [add("192.0.2.1"), add("192.0.2.0/24"), add("2001:db8::1"), add("2001:db8::/64")];
    const refusals = await enforcer.apply(bans, now());
    assert.deepEqual(
      refusals.map(({ error, retryable }) => [error, retryable]),
      [
        ["set blocked4 has no flag interval, so it cannot hold networks", false],
        ["set blocked6 has no flag interval, so it cannot hold networks", false],
      ],
    );
    assert.equal((await enforcer.list()).length, 2);
    const until = instant(now() + 60_000);
    assert.deepEqual(await enforcer.apply([add("192.0.2.1", ALL_PORTS, until)], now()), []);
    assert.match(ruleset(), /192\.0\.2\.1 timeout 1m3s expires \w+ comment "bailiff"/);
  },
  "flags timeout;",
);

check(
  "in a set with a default timeout permanent bans last",
  async () => {
    const enforcer = await opened();
    assert.deepEqual(await enforcer.apply([add("192.0.2.1")], now()), []);
    assert.match(ruleset(), /192\.0\.2\.1 timeout 1000d/);
    const [block] = await enforcer.list();
    assert.equal(block?.left, undefined);
  },
  "flags interval, timeout; timeout 1h;",
);

check("another run takes the elements over, and removes them", async () => {
  const first = await opened();
  await first.apply([add("192.0.2.1"), add("2001:db8::/64")], now());
  await first.close();
  const second = await opened();
  assert.equal((await second.list()).length, 2);
  await second.apply([remove("192.0.2.1"), add("192.0.2.2")], now());
  assert.deepEqual(
    (await second.list()).map(({ subject }) => subject),
    ["192.0.2.2", "2001:db8::/64"],
  );
});

check(
  "a full set refuses what has no room, and keeps the rest",
  async () => {
    nft("add element inet filter blocked4 { 203.0.113.1, 203.0.113.2 }");
    const enforcer = await opened();
    assert.equal(enforcer.abilities.capacity, 8);
    const bans = Array.from({ length: 9 }, (_, n) => add(`192.0.2.${n + 1}`));
    assert.deepEqual(await enforcer.apply(bans.slice(0, 8), now()), []);
    const [refusal] = await enforcer.apply(bans.slice(8), now());
    assert.match(refusal?.error ?? "", /the set inet filter blocked4 is full/);
    assert.equal((await enforcer.list()).length, 8);
  },
  "flags timeout; size 10;",
);

test("what is missing or has no effect is said, until it is right", {
  timeout: 120_000,
}, async () => {
  nft("flush ruleset");
  const enforcer = await openTestSets();
  const errorAfter = async (commands: string): Promise<string> => {
    nft(commands);
    const { error = "" } = await enforcer.prepare(now());
    const refusals = await enforcer.apply([add("192.0.2.1")], now());
    assert.equal(refusals[0]?.error, error === "" ? undefined : error);
    return error;
  };
  assert.match(await errorAfter("flush ruleset"), /^table inet filter does not exist/);
  assert.match(await errorAfter("add table inet filter"), /has no set blocked4: create it \(nft/);
  assert.match(
    await errorAfter("add set inet filter blocked4 { type ipv6_addr; }"),
    /set blocked4 is not of type ipv4_addr/,
  );
  const reset = "delete table inet filter; add table inet filter;";
  const both = (more: string): string =>
    `add set inet filter blocked4 { type ipv4_addr; ${more} }; add set inet filter blocked6 { type ipv6_addr; flags interval; };`;
  assert.match(
    await errorAfter(`${reset} ${both("flags interval; auto-merge;")}`),
    /set blocked4 has auto-merge/,
  );
  const unused = await errorAfter(`${reset} ${both("flags interval;")}`);
  assert.match(
    unused,
    /^no rule of table inet filter names blocked4 or blocked6, so bans have no effect/,
  );
  const chain = "add chain inet filter input { type filter hook input priority 0; };";
  assert.equal(
    await errorAfter(`${chain} add rule inet filter input ip saddr @blocked4 accept`),
    "",
  );
  const { doubt = "" } = await enforcer.prepare(now());
  assert.match(
    doubt,
    /no rule names set blocked6.*rules name set blocked4, but none is seen to drop/,
  );
  nft("flush chain inet filter input; add rule inet filter input ip saddr @blocked4 drop");
  nft("add rule inet filter input tcp dport 22 ip6 saddr @blocked6 reject");
  const right = await enforcer.prepare(now());
  assert.deepEqual([right.error, right.doubt], [undefined, undefined]);
  assert.equal(
    right.structure,
    "table inet filter, set blocked4: drop in chain input at input 0, set blocked6: reject in chain input at input 0 under further conditions",
  );
  assert.match(await errorAfter("add table inet filter { flags dormant; }"), /is dormant/);
});

check("changes by other programs are reported with their author, our own are not", async () => {
  const enforcer = await opened();
  await enforcer.apply([add("192.0.2.1"), add("2001:db8::/64")], now());
  const stop = new AbortController();
  // Watching alone keeps no program running.
  const hold = setInterval(() => {}, 1000);
  const notices = enforcer.watch(stop.signal)[Symbol.asyncIterator]();
  try {
    for (const damage of [
      "flush set inet filter blocked4",
      "delete element inet filter blocked6 { 2001:db8::/64 }",
      "flush chain inet filter early",
    ]) {
      const next = notices.next();
      await enforcer.apply([add("192.0.2.2"), remove("192.0.2.2")], now());
      let notice: Awaited<typeof next> | undefined;
      void next.then((one) => (notice = one));
      nft(damage);
      await untilTrue(() => notice !== undefined, damage);
      assert.equal(notice?.value?.kind, "changed");
      await enforcer.prepare(now());
      await enforcer.apply([add("192.0.2.1"), add("2001:db8::/64")], now());
    }
  } finally {
    stop.abort();
    clearInterval(hold);
  }
});

async function opened(): Promise<Enforcer> {
  const enforcer = await openTestSets();
  assert.equal((await enforcer.prepare(now())).error, undefined);
  return enforcer;
}

function check(what: string, run: () => Promise<void>, sets = "flags interval;"): void {
  test(what, { timeout: 120_000 }, async () => {
    makeAdminTable({ sets, chains: EARLY_CHAIN });
    await run();
  });
}

function tryNft(commands: string): void {
  try {
    nft(commands);
  } catch {
    // An element of ours may overlap with it.
  }
}

function ruleset(): string {
  return execFileSync("nft", ["list", "ruleset"], { encoding: "utf8" });
}

function now(): ReturnType<typeof instant> {
  return instant(Date.now());
}
