/** Tests the route enforcer against the real routing table of a separate network. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { parseConfig } from "../config/parse-config.ts";
import type { Enforcer, ForeignChange } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { add, remove, testEnforcerContract } from "./enforcer.contract.ts";
import { testEnforcerSequences } from "./enforcer-sequences.contract.ts";
import { openEnforcedBook } from "./enforced-book.fixture.ts";
import { openEnforcer } from "./open-enforcer.ts";
import { untilTrue } from "./packet-lab.fixture.ts";
import { openRoute, type RouteOptions } from "./route.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);
ip("link set lo up");
ip("link add v0 type veth peer name v1");
for (const device of ["v0", "v1"]) ip(`link set ${device} up`);
ip("address add 198.18.0.1/24 dev v0");
ip("-6 address add 2001:db8:f::1/64 dev v0 nodad");
ip("route add default via 198.18.0.9");
ip("-6 route add default via 2001:db8:f::9");

testEnforcerContract("route", async (isAllowed) => {
  const enforcer = await open({ isAllowed });
  return { enforcer, release: () => release(enforcer) };
});

testEnforcerSequences({
  name: "route",
  open: () => open({}),
  clean: async () => release(await open({})),
  damages: {
    "ip route flush": () => {
      ip("route flush type blackhole");
      ip("-6 route flush type blackhole");
    },
  },
});

check("routes of other programs are neither replaced nor removed", async (enforcer) => {
  const foreign = [
    "203.0.113.5 via 198.18.0.9 metric 1",
    "203.0.113.6 via 198.18.0.9",
    "blackhole 203.0.113.7 metric 1",
    "2001:db8:9::7 via 2001:db8:f::9 metric 1",
  ];
  for (const route of foreign) ip(`route add ${route}`);
  const changes = ["203.0.113.5", "203.0.113.6", "203.0.113.7", "2001:db8:9::7"].map((text) =>
    add(text),
  );
  const before = routes();
  const refusals = await enforcer.apply([...changes, add("203.0.113.8")], now());
  const same = "another program has a route to the same destination";
  assert.deepEqual(
    refusals.map(({ error }) => error),
    [same, "a route of another program or a routing rule precedes ours", same, same],
  );
  assert.deepEqual(
    (await enforcer.list()).map(({ subject }) => subject),
    ["203.0.113.8"],
  );
  await enforcer.apply(
    [...changes.map(({ subject }) => remove(subject)), remove("203.0.113.8")],
    now(),
  );
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
  assert.equal(routes(), before);
  for (const route of foreign) ip(`route delete ${route}`);
});

check("a network with a more specific route inside is refused", async (enforcer) => {
  const change = add("198.18.0.0/16");
  assert.deepEqual(await enforcer.apply([change, add("198.51.100.0/24")], now()), [
    {
      change,
      error: "the more specific route 198.18.0.0/24 dev v0 would not be blocked",
      retryable: true,
    },
  ]);
  const [every] = await enforcer.apply([add("0.0.0.0/0")], now());
  assert.equal(every?.retryable, false);
  assert.match(ip("route show default"), /^default via 198\.18\.0\.9/);
});

check("another run takes the routes over, also of another type", async (first) => {
  await first.apply([add("203.0.113.5"), add("2001:db8:9::/64")], now());
  for (const type of ["blackhole", "prohibit", "unreachable"] as const) {
    const next = await open({ type });
    const { error, repaired } = await next.prepare(now());
    assert.deepEqual([error, repaired], [undefined, type !== "blackhole"]);
    assert.equal((await next.list()).length, 2);
    assert.match(ip("route show proto 98"), new RegExp(`^${type} 203`));
    assert.match(ip("-6 route show proto 98"), new RegExp(`^${type} 2001`));
  }
});

check("a route that another program deletes or overrides is noticed", async (enforcer) => {
  await enforcer.apply([add("203.0.113.5"), add("203.0.113.6"), add("2001:db8:9::7")], now());
  const stop = new AbortController();
  try {
    const notices = enforcer.watch(stop.signal)[Symbol.asyncIterator]();
    assert.equal((await notices.next()).value?.kind, "monitor-restored");
    for (const command of [
      "route delete blackhole 203.0.113.5 proto 98",
      "-6 route delete blackhole 2001:db8:9::7 proto 98",
      "route add 203.0.113.6 via 198.18.0.9",
    ]) {
      // `ip monitor` may not listen yet.
      const change = notices.next();
      ip(command);
      assert.deepEqual((await change).value, { kind: "changed", by: undefined });
    }
    const again = ["203.0.113.5", "2001:db8:9::7"].map((text) => add(text));
    const [change] = await untilQuiet(notices, async () => {
      await enforcer.apply(again, now());
      await enforcer.apply([remove("203.0.113.5"), add("203.0.113.9")], now());
    });
    ip("route delete 203.0.113.6 via 198.18.0.9");
    ip("route delete blackhole 203.0.113.9 proto 98");
    assert.deepEqual((await change).value, { kind: "changed", by: undefined });
    stop.abort();
    assert.equal((await notices.next()).done, true);
  } finally {
    stop.abort();
  }
});

/**
 * Repeats own changes until no notice follows, and returns the next notice: on a busy machine the comparison of the
 * table may have found earlier damage, too.
 */
async function untilQuiet(
  notices: AsyncIterator<ForeignChange>,
  change: () => Promise<void>,
): Promise<readonly [Promise<IteratorResult<ForeignChange>>]> {
  for (let tries = 0; tries < 5; tries++) {
    let isQuiet = true;
    const next = notices.next().finally(() => {
      isQuiet = false;
    });
    await change();
    await wait(200);
    // In a list, because an async function waits for a promise that it returns.
    if (isQuiet) return [next];
  }
  assert.fail("own changes are reported");
}

test("route: what another program deletes or overrides is repaired", {
  timeout: 240_000,
}, async () => {
  {
    await using book = await openEnforcedBook(() => open({}));
    for (const text of ["203.0.113.5", "203.0.113.6", "2001:db8:9::7"]) await book.ban(text);
    const held = async (): Promise<boolean> => (await book.enforcer.list()).length === 3;
    const repairs = (): number =>
      book.events.filter(({ event }) => event === "firewall-repaired").length;
    for (const command of [
      "route delete blackhole 203.0.113.5 proto 98",
      "-6 route delete blackhole 2001:db8:9::7 proto 98",
    ]) {
      const before = repairs();
      ip(command);
      await untilTrue(() => repairs() > before, `noticed: ${command}`);
      await untilTrue(held, `repaired: ${command}`);
    }
    // It precedes ours, so the ban is refused until it is gone.
    ip("route add 203.0.113.6 via 198.18.0.9");
    const isRefused = (): boolean => book.events.some(({ event }) => event === "enforce-refused");
    await untilTrue(isRefused, "the override is noticed");
    assert.equal(await held(), false);
    ip("route delete 203.0.113.6 via 198.18.0.9");
    await untilTrue(held, "the ban is in force again");
  }
  await release(await open({}));
});

test("a table of the configuration opens it", { timeout: 120_000 }, async () => {
  const paths = { state: "/state", socket: "/socket" };
  const text = '[enforcers.gone]\nkind = "route"\ntype = "prohibit"\n';
  const parsed = await parseConfig([{ path: "test", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok);
  const config = parsed.value.enforcers.find(({ name }) => name === "gone");
  assert.ok(config !== undefined);
  const options = { ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} };
  const opened = await openEnforcer({ config, ...options });
  assert.ok(opened.ok);
  await opened.value.apply([add("203.0.113.5")], now());
  assert.match(ip("route show proto 98"), /^prohibit 203/);
  await release(opened.value);
});

test("without the permission to change routes it cannot be opened", () => {
  const script = `import { openRoute } from "${import.meta.dirname}/route.ts";
    const opened = await openRoute({ isAllowed: () => false, emit: () => {} });
    console.log(opened.ok ? "opened" : opened.error.reason);`;
  const args = ["--bounding-set", "-net_admin", process.execPath, ...process.execArgv];
  const output = execFileSync("setpriv", [...args, "--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  assert.equal(output, "cannot change routes: Operation not permitted\n");
});

function check(what: string, run: (enforcer: Enforcer) => Promise<void>): void {
  test(`route: ${what}`, { timeout: 120_000 }, async () => {
    const enforcer = await open({});
    try {
      assert.equal((await enforcer.prepare(now())).error, undefined);
      await run(enforcer);
    } finally {
      await release(enforcer);
    }
  });
}

async function open(options: Partial<RouteOptions>): Promise<Enforcer> {
  const opened = await openRoute({ isAllowed: () => false, emit: () => {}, ...options });
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  return opened.value;
}

async function release(enforcer: Enforcer): Promise<void> {
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
  assert.equal(ip("route show proto 98") + ip("-6 route show proto 98"), "");
  await enforcer.close();
}

function routes(): string {
  return ip("route show") + ip("-6 route show");
}

function ip(command: string): string {
  return execFileSync("ip", command.split(" "), { encoding: "utf8" });
}

function now(): ReturnType<typeof instant> {
  return instant(Date.now());
}
