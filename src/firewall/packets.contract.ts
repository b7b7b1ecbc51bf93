/**
 * Defines which packets every enforcer must stop, within its abilities: on their way to this host and to one behind it,
 * of new and of open connections, of both families. Run by the test of each, in a separate network.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Change, Enforcer } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { ALL_PORTS, type PortScope, portScope } from "../domain/port-scope.ts";
import { EMPTY_FOR } from "./empty-sets.ts";
import type { StatedAbilities } from "./enforcer-abilities.ts";
import { add, remove, subject, tcp } from "./enforcer.contract.ts";
import {
  type Attempt,
  DNS,
  INNER_V4,
  INNER_V6,
  openPacketLab,
  type PacketLab,
  ROUTER_V4,
  ROUTER_V6,
  SSH,
  untilTrue,
  WEB,
} from "./packet-lab.fixture.ts";

export interface PacketContract {
  readonly name: string;
  /** Opens the enforcer. */
  readonly open: () => Promise<Enforcer>;
  /** Closes it, and removes what it left behind; at least its blocks, if there is `removeRest`. */
  readonly release: (enforcer: Enforcer) => Promise<void>;
  /** Removes, after all tests, what `release` left. */
  readonly removeRest?: () => Promise<void>;
  /** Whether packets of open connections are stopped, too; default: "cut". */
  readonly openConnections?: StatedAbilities["openConnections"];
  /** The outcome of a blocked attempt, as `PacketLab.connect` returns it; default: no answer, "dropped". */
  readonly answer?: (way: Way) => string;
  /** Number of port scopes that are added beside traffic, for an enforcer that is slow to add one; default: 10. */
  readonly furtherScopes?: number;
}

export type Way = readonly [from: string, to: string, port: number];

const TO_ROUTER: readonly Way[] = [
  ["192.0.2.10", ROUTER_V4, SSH],
  ["192.0.2.10", ROUTER_V4, WEB],
  ["192.0.2.10", ROUTER_V4, DNS],
  ["2001:db8:1::10", ROUTER_V6, SSH],
  ["2001:db8:1::10", ROUTER_V6, DNS],
];
const FORWARDED: readonly Way[] = [
  ["192.0.2.10", INNER_V4, WEB],
  ["192.0.2.10", INNER_V4, DNS],
  ["2001:db8:1::10", INNER_V6, WEB],
  ["2001:db8:1::10", INNER_V6, DNS],
];
const V4 = "192.0.2.10";
const BOTH = [add(V4), add("2001:db8:1::10")];

/** Runs the contract with each enforcer, one after the other, in one laboratory. */
export function testPacketContracts(contracts: readonly PacketContract[]): void {
  let lab: PacketLab | undefined;
  before(async () => {
    lab = await openPacketLab();
  });
  after(() => lab?.close());
  const opened = (): PacketLab => {
    assert.ok(lab !== undefined);
    return lab;
  };
  for (const contract of contracts) testPacketContract(contract, opened);
}

function testPacketContract(contract: PacketContract, labOf: () => PacketLab): void {
  const { name, open, release, openConnections = "cut", furtherScopes = 10 } = contract;
  const { answer = () => "dropped" } = contract;
  // For a drop, the time without an answer; an answer ends the wait.
  const waitFor = (milliseconds: number): number =>
    contract.answer === undefined ? milliseconds : 30_000;
  let enforcer: Enforcer;

  const check = (what: string, run: () => Promise<void>): void => {
    test(`${name}: ${what}`, { timeout: 240_000 }, async () => {
      if (contract.answer !== undefined) labOf().prepareForAnswers();
      enforcer = await open();
      try {
        assert.equal((await enforcer.prepare(now())).error, undefined);
        await run();
      } finally {
        await release(enforcer);
      }
    });
  };

  async function assertStopped(way: Way): Promise<void> {
    const [from, to, port] = way;
    const outcome = await labOf().connect({ from, to, port }, waitFor(400));
    assert.equal(outcome, answer(way), `${from} to ${to} ${port}`);
  }

  async function assertPasses([from, to, port]: Way): Promise<void> {
    // A neighbor resolution that was blocked is retried only after a second.
    const outcome = await labOf().connect({ from, to, port }, 30_000);
    assert.equal(outcome, "connected", `${from} to ${to} ${port}`);
  }

  const allStopped = (ways: readonly Way[]): Promise<unknown> =>
    Promise.all(ways.map(assertStopped));
  const allPass = (ways: readonly Way[]): Promise<unknown> => Promise.all(ways.map(assertPasses));

  async function withBlocks(changes: readonly Change[], run: () => Promise<void>): Promise<void> {
    assert.deepEqual(await enforcer.apply(changes, now()), []);
    await run();
    const removals = (await enforcer.list()).map(({ subject: text, scope }) => remove(text, scope));
    assert.deepEqual(await enforcer.apply(removals, now()), []);
  }

  async function packetsOf(address: string): Promise<number> {
    const counted = await enforcer.count([subject(address)]);
    return counted.reduce((sum, { packets = 0 }) => sum + packets, 0);
  }

  check("packets of a blocked address are stopped, those of its neighbor are not", async () => {
    await allPass(TO_ROUTER);
    await withBlocks(BOTH, async () => {
      await allStopped(TO_ROUTER);
      await assertPasses(["192.0.2.11", ROUTER_V4, SSH]);
      await assertPasses(["2001:db8:1:1::10", ROUTER_V6, SSH]);
      if (!enforcer.abilities.counts) return;
      for (const address of [V4, "2001:db8:1::10"]) assert.ok((await packetsOf(address)) >= 2);
    });
    await allPass(TO_ROUTER);
  });

  check("forwarded packets are stopped, too", async () => {
    await allPass(FORWARDED);
    await withBlocks(BOTH, async () => {
      await allStopped(FORWARDED);
    });
    await withBlocks([add("192.0.2.10/31"), add("2001:db8:1::/64")], async () => {
      await allStopped(FORWARDED);
    });
    await assertPasses([V4, INNER_V4, WEB]);
  });

  check("a block of ports stops only packets to these ports, also forwarded ones", async () => {
    if (enforcer.abilities.scopes === "host") return;
    const scopes: readonly (readonly [PortScope, readonly number[]])[] = [
      [tcp(SSH, 2222), [SSH]],
      [tcp(...Array.from({ length: 20 }, (_, n) => 61 + n)), [WEB]],
      [portScope([udp(DNS)]), [DNS]],
      [portScope([udp(WEB), { protocol: "tcp", number: DNS }]), []],
      [portScope([udp(DNS), { protocol: "tcp", number: WEB }]), [DNS, WEB]],
    ];
    for (const [scope, closed] of scopes)
      await withBlocks([add(V4, scope), add("2001:db8:1::/64", scope)], async () => {
        const ways = [...TO_ROUTER, ...FORWARDED].flatMap(([from, to]) =>
          [SSH, WEB, DNS].map((port): Way => [from, to, port]),
        );
        await allStopped(ways.filter(([, , port]) => closed.includes(port)));
        await allPass(ways.filter(([, , port]) => !closed.includes(port)));
      });
  });

  check("an IPv6 prefix covers its addresses and no others", async () => {
    for (const block of ["2001:db8:1:1::/64", "2001:db8:1::/63", "2001:db8::/32"])
      await withBlocks([add(block)], async () => {
        await assertStopped(["2001:db8:1:1::10", ROUTER_V6, SSH]);
        await assertStopped(["2001:db8:1:1::11", ROUTER_V6, WEB]);
      });
    await withBlocks([add("2001:db8:1:1::/64")], () =>
      assertPasses(["2001:db8:1::10", ROUTER_V6, SSH]),
    );
    await withBlocks([add("2001:db8:1:1::10")], async () => {
      await assertStopped(["2001:db8:1:1::10", ROUTER_V6, SSH]);
      await assertPasses(["2001:db8:1:1::11", ROUTER_V6, SSH]);
    });
  });

  check("networks of several lengths are blocked together, also nested ones", async () => {
    const way: Way = [V4, ROUTER_V4, SSH];
    await withBlocks(
      [add("192.0.0.0/16"), add("192.0.2.8/29"), add("203.0.113.0/24")],
      async () => {
        await assertStopped(way);
        await enforcer.apply([remove("192.0.0.0/16")], now());
        await assertStopped(way);
        await enforcer.apply([remove("192.0.2.8/29")], now());
        await assertPasses(way);
      },
    );
  });

  check(`open connections: ${openConnections}, and datagrams in both ways`, async () => {
    for (const way of [...[TO_ROUTER[0], TO_ROUTER[2], TO_ROUTER[3], TO_ROUTER[4]], ...FORWARDED]) {
      if (way === undefined) continue;
      const [from, to, port] = way;
      const exchange = await labOf().openExchange({ from, to, port });
      await withBlocks([add(from)], async () => {
        // Packets sent before the block arrive before the first one that is stopped.
        if (enforcer.abilities.counts)
          await untilTrue(async () => (await packetsOf(from)) > 0, "a packet is stopped");
        await wait(100);
        const replies = await exchange.replies();
        await wait(300);
        const isCut = (await exchange.replies()) === replies;
        assert.equal(isCut, openConnections === "cut", `${from} to ${to} ${port}`);
      });
      await exchange.end();
    }
  });

  check("the kernel ends a block without its daemon", async () => {
    if (!enforcer.abilities.expires) return;
    const at = now();
    await enforcer.apply([add(V4, ALL_PORTS, instant(at + 100))], at);
    await assertStopped([V4, ROUTER_V4, SSH]);
    await untilTrue(async () => (await enforcer.list()).length === 0, "it is lifted");
    await assertPasses([V4, ROUTER_V4, SSH]);
  });

  check("packets are stopped while rules for further ports are written and removed", async () => {
    if (enforcer.abilities.scopes === "host") return;
    await withBlocks([add(V4, tcp(SSH))], async () => {
      const way: Way = [V4, ROUTER_V4, SSH];
      const attempt: Attempt = { from: V4, to: ROUTER_V4, port: SSH };
      let isDone = false;
      const outcomes = new Set<string>();
      const attempts = (async () => {
        while (!isDone) outcomes.add(await labOf().connect(attempt, waitFor(30)));
      })();
      const scopes = Array.from({ length: furtherScopes }, (_, n) => tcp(3000 + n));
      for (const scope of scopes) await enforcer.apply([add("203.0.113.1", scope)], now());
      for (const [n, scope] of scopes.entries()) {
        await enforcer.apply([remove("203.0.113.1", scope)], now());
        await enforcer.prepare(instant(now() + 2 * n * EMPTY_FOR));
        await enforcer.prepare(instant(now() + (2 * n + 1) * EMPTY_FOR));
      }
      isDone = true;
      await attempts;
      assert.deepEqual([...outcomes], [answer(way)]);
    });
  });

  const { removeRest } = contract;
  if (removeRest !== undefined) test(`${name}: nothing is left`, { timeout: 240_000 }, removeRest);
}

function udp(number: number): { readonly protocol: "udp"; readonly number: number } {
  return { protocol: "udp", number };
}

function now(): ReturnType<typeof instant> {
  return instant(Date.now());
}
