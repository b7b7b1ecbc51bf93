/** Sends real packets of a host that is blocked by routes: its answers get lost, on every way. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { instant } from "../domain/instant.ts";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { add, remove } from "./enforcer.contract.ts";
import {
  DNS,
  INNER_V4,
  INNER_V6,
  openPacketLab,
  type PacketLab,
  ROUTER_V4,
  ROUTER_V6,
  SSH,
  WEB,
} from "./packet-lab.fixture.ts";
import { openRoute } from "./route.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

let lab: PacketLab;
before(async () => {
  lab = await openPacketLab();
});
after(() => lab.close());

const V4 = "192.0.2.10";
const V6 = "2001:db8:1::10";
const WAYS = [
  [V4, ROUTER_V4],
  [V4, INNER_V4],
  [V6, ROUTER_V6],
  [V6, INNER_V6],
] as const;

for (const type of ["blackhole", "unreachable", "prohibit"] as const) {
  test(`${type}: a blocked host gets no answer, its neighbor does`, {
    timeout: 240_000,
  }, async () => {
    const opened = await openRoute({ type, isAllowed: () => false, emit: () => {} });
    assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
    const enforcer = opened.value;
    assert.equal((await enforcer.prepare(now())).error, undefined);
    const exchanges = await Promise.all(
      WAYS.flatMap(([from, to]) => [
        lab.openExchange({ from, to, port: WEB }),
        lab.openExchange({ from, to, port: DNS }),
      ]),
    );
    assert.deepEqual(await enforcer.apply([add(V4), add(V6)], now()), []);
    await wait(100);
    const before = await Promise.all(exchanges.map((exchange) => exchange.replies()));
    for (const [from, to] of WAYS)
      for (const port of [SSH, WEB, DNS])
        assert.equal(
          await lab.connect({ from, to, port }, 400),
          "dropped",
          `${from} ${to} ${port}`,
        );
    const later = await Promise.all(exchanges.map((exchange) => exchange.replies()));
    assert.deepEqual(later, before, "open connections are cut");
    for (const exchange of exchanges) await exchange.end();
    for (const to of [ROUTER_V4, INNER_V4])
      assert.equal(await lab.connect({ from: "192.0.2.11", to, port: SSH }, 30_000), "connected");
    await enforcer.apply([remove(V4), remove(V6)], now());
    for (const [from, to] of WAYS)
      assert.equal(await lab.connect({ from, to, port: SSH }, 30_000), "connected");
    assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
    await enforcer.close();
  });
}

function now(): ReturnType<typeof instant> {
  return instant(Date.now());
}
