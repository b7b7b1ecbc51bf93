/** Defines what every enforcer must do, within its abilities. Run by the test of each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import type { Change, EnforcedBlock, Enforcer } from "../domain/enforcer.ts";
import { type Instant, instant, type Until } from "../domain/instant.ts";
import { ALL_PORTS, type Port, type PortScope, portScope } from "../domain/port-scope.ts";
import type { IsAllowed } from "./admit-change.ts";

/** Opens a new, empty enforcer; `release` closes it and removes what it left behind. */
export type OpenForContract = (
  isAllowed: IsAllowed,
) => Promise<{ readonly enforcer: Enforcer; readonly release: () => Promise<void> }>;

const SSH = tcp(22);
const WEB = tcp(80, 443);
const MIXED = portScope([
  { protocol: "tcp", number: 22 },
  { protocol: "udp", number: 53 },
]);

export function testEnforcerContract(name: string, open: OpenForContract): void {
  const check = (what: string, run: (enforcer: Enforcer) => Promise<void>): void => {
    test(`${name}: ${what}`, { timeout: 120_000 }, async () => {
      const { enforcer, release } = await open((subject) => subject === "192.0.2.66");
      try {
        const prepared = await enforcer.prepare(now());
        assert.equal(prepared.error, undefined);
        await run(enforcer);
      } finally {
        await release();
      }
    });
  };

  check("preparing twice repairs nothing", async (enforcer) => {
    assert.partialDeepStrictEqual(await enforcer.prepare(now()), {
      error: undefined,
      repaired: false,
    });
  });

  check("what is applied is listed", async (enforcer) => {
    await applied(enforcer, [
      add("192.0.2.1"),
      add("192.0.2.2", SSH),
      add("2001:db8::7"),
      add("2001:db8:1::/64"),
      add("2001:db8:1::/64", MIXED),
      add("2001:db8::/32", WEB),
      add("198.51.100.0/24", ALL_PORTS, later(5000)),
    ]);
    await assertBlocks(enforcer, [
      "192.0.2.1 all",
      "192.0.2.2 tcp/22",
      "198.51.100.0/24 all",
      "2001:db8:1::/64 all",
      "2001:db8:1::/64 tcp/22,udp/53",
      "2001:db8::/32 tcp/80,tcp/443",
      "2001:db8::7 all",
    ]);
  });

  check("applying again changes nothing", async (enforcer) => {
    const changes = [add("192.0.2.1"), add("192.0.2.1", SSH), add("2001:db8:1::/64", WEB)];
    await applied(enforcer, changes);
    const blocks = ["192.0.2.1 all", "192.0.2.1 tcp/22", "2001:db8:1::/64 tcp/80,tcp/443"];
    await assertBlocks(enforcer, blocks);
    await applied(enforcer, changes);
    await assertBlocks(enforcer, blocks);
  });

  check("a removal removes, and of what is absent is fine", async (enforcer) => {
    await applied(enforcer, [add("192.0.2.1"), add("192.0.2.2"), add("198.51.100.0/24")]);
    await applied(enforcer, [
      remove("192.0.2.1"),
      remove("192.0.2.1"),
      remove("203.0.113.9"),
      remove("203.0.113.9", WEB),
      remove("2001:db8:2::/56"),
      remove("198.51.100.0/24"),
    ]);
    await assertBlocks(enforcer, ["192.0.2.2 all"]);
  });

  check("overlapping blocks do not lift each other", async (enforcer) => {
    await applied(enforcer, [
      add("192.0.2.1"),
      add("192.0.2.1", SSH),
      add("192.0.2.1", MIXED),
      add("192.0.2.0/24"),
      add("192.0.2.0/25"),
    ]);
    await applied(enforcer, [remove("192.0.2.1", SSH), remove("192.0.2.0/24")]);
    await assertBlocks(enforcer, ["192.0.2.0/25 all", "192.0.2.1 all", "192.0.2.1 tcp/22,udp/53"]);
  });

  check("adding again replaces the end", async (enforcer) => {
    await applied(enforcer, [add("192.0.2.1"), add("192.0.2.2", ALL_PORTS, later(60_000))]);
    await applied(enforcer, [add("192.0.2.1", ALL_PORTS, later(-1)), add("192.0.2.2")]);
    await assertBlocks(enforcer, ["192.0.2.2 all"]);
  });

  check("what has ended is not enforced", async (enforcer) => {
    await applied(enforcer, [add("192.0.2.1", ALL_PORTS, later(-1)), add("192.0.2.2", SSH, now())]);
    await assertBlocks(enforcer, []);
  });

  check("of several changes to one block the last counts", async (enforcer) => {
    await applied(enforcer, [add("192.0.2.1"), remove("192.0.2.1"), add("192.0.2.2")]);
    await applied(enforcer, [remove("192.0.2.2"), add("192.0.2.2")]);
    await assertBlocks(enforcer, ["192.0.2.2 all"]);
  });

  check("an allowed subject is refused by the enforcer, the rest applied", async (enforcer) => {
    const refused = add("192.0.2.66");
    const refusals = await enforcer.apply([add("192.0.2.1"), refused, add("192.0.2.2")], now());
    assert.deepEqual(refusals, [
      { change: refused, error: "the allow-list covers it", retryable: false },
    ]);
    await assertBlocks(enforcer, ["192.0.2.1 all", "192.0.2.2 all"]);
  });

  check("nothing but canonical subjects and scopes gets in", async (enforcer) => {
    const hostile = ["192.0.2.1 }; flush ruleset; #", "::ffff:192.0.2.1", "192.0.2.1/24", "", "x"];
    const changes: readonly Change[] = [
      ...hostile.map((text) => ({ ...add("192.0.2.1"), subject: text as Subject })),
      { ...add("192.0.2.1"), scope: "tcp/22; flush ruleset" as PortScope },
      { ...add("192.0.2.1"), scope: "tcp/70000" as PortScope },
      { ...remove("192.0.2.1"), subject: "192.0.2.1\n" as Subject },
    ];
    const refusals = await enforcer.apply([...changes, add("192.0.2.9")], now());
    assert.deepEqual(
      refusals.map(({ change }) => change),
      changes,
    );
    await assertBlocks(enforcer, ["192.0.2.9 all"]);
  });

  check("thousands go in one call, and out again", async (enforcer) => {
    const subjects = Array.from(
      { length: Math.min(12_345, enforcer.abilities.capacity ?? Number.POSITIVE_INFINITY) },
      (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
    );
    const scopeOf = (text: string): PortScope =>
      isEven(text) || enforcer.abilities.scopes === "host" ? ALL_PORTS : SSH;
    await applied(
      enforcer,
      subjects.map((text) => add(text, scopeOf(text))),
    );
    assert.equal((await enforcer.list()).length, subjects.length);
    await applied(
      enforcer,
      subjects.slice(1).map((text) => remove(text, scopeOf(text))),
    );
    await assertBlocks(enforcer, ["10.0.0.0 all"]);
  });

  check("an enforcer of whole hosts refuses single ports", async (enforcer) => {
    if (enforcer.abilities.scopes === "ports") return;
    const change = add("192.0.2.1", SSH);
    assert.deepEqual(await enforcer.apply([change], now()), [
      { change, error: "this enforcer cannot block single ports", retryable: false },
    ]);
  });

  check("removing everything leaves no block, and can be repeated", async (enforcer) => {
    await applied(enforcer, [add("192.0.2.1"), add("2001:db8:1::/64", WEB)]);
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
      assert.deepEqual(await enforcer.list(), []);
    }
    assert.equal((await enforcer.prepare(now())).error, undefined);
    await applied(enforcer, [add("192.0.2.2")]);
    await assertBlocks(enforcer, ["192.0.2.2 all"]);
  });

  check("count returns only the requested subjects", async (enforcer) => {
    await applied(enforcer, [add("192.0.2.1"), add("192.0.2.1", SSH), add("192.0.2.2")]);
    await applied(enforcer, [add("2001:db8:1::/64", WEB), add("2001:db8:1::/48")]);
    const counted = await enforcer.count(
      ["192.0.2.1", "2001:db8:1::/64", "203.0.113.1"].map(subject),
    );
    const scoped = ["192.0.2.1 tcp/22", "2001:db8:1::/64 tcp/80,tcp/443"];
    const possible = enforcer.abilities.scopes === "ports" ? scoped : [];
    assert.deepEqual(texts(counted), ["192.0.2.1 all", ...possible]);
  });

  check("count finds each of hundreds, and skips missing ones", async (enforcer) => {
    const subjects = Array.from({ length: 300 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
    const held = subjects.filter((_, n) => n % 7 !== 0 && n % 64 !== 63);
    await applied(
      enforcer,
      held.map((text) => add(text)),
    );
    const counted = await enforcer.count(subjects.map(subject));
    assert.deepEqual(
      counted.map((block) => block.subject),
      held.map(subject),
    );
    assert.deepEqual(await enforcer.count(subjects.slice(0, 1).map(subject)), []);
  });

  check("look-ups return blocks in order, and undefined for missing ones", async (enforcer) => {
    const { lookup } = enforcer;
    // An enforcer without `lookup` can only list.
    if (lookup === undefined) return;
    const changes = [
      ...Array.from({ length: 200 }, (_, n) =>
        add(`10.0.0.${n}`, isEven(`0.0.0.${n}`) ? ALL_PORTS : SSH),
      ),
      ...[add("2001:db8:1::/64", WEB), add("2001:db8::7"), add("198.51.100.0/24")],
    ];
    const isHeld = (change: Change, n: number): boolean =>
      n % 5 !== 0 && possibleChanges(enforcer, [change]).length === 1;
    const held = changes.filter(isHeld);
    await applied(enforcer, held);
    const elsewhere = [add("192.0.2.9"), add("10.0.0.2", SSH), add("10.0.0.1", WEB)];
    const found = await lookup.find([...changes, ...elsewhere]);
    assert.deepEqual(
      found.map((block) => block && `${block.subject} ${block.scope}`),
      [
        ...changes.map((change, n) =>
          isHeld(change, n) ? `${change.subject} ${change.scope}` : undefined,
        ),
        ...elsewhere.map(() => undefined),
      ],
    );
    assert.deepEqual(await lookup.find([]), []);
    assert.equal(await lookup.exceeds(held.length), false);
    assert.equal(await lookup.exceeds(held.length - 1), true);
    assert.ok([held.length, undefined].includes(await lookup.size()));
  });

  check("watching ends with its signal", async (enforcer) => {
    const stop = new AbortController();
    const watching = Array.fromAsync(enforcer.watch(stop.signal));
    stop.abort();
    await watching;
  });
}

function isEven(text: string): boolean {
  return Number(text.split(".")[3]) % 2 === 0;
}

/** Applies the changes, without those that the enforcer cannot hold. */
async function applied(enforcer: Enforcer, changes: readonly Change[]): Promise<void> {
  const refusals = await enforcer.apply(possibleChanges(enforcer, changes), now());
  // The difference of thousands takes gigabytes.
  assert.deepEqual(refusals.slice(0, 3), []);
}

function possibleChanges(enforcer: Enforcer, changes: readonly Change[]): readonly Change[] {
  return enforcer.abilities.scopes === "ports"
    ? changes
    : changes.filter(({ scope }) => scope === ALL_PORTS);
}

/** Asserts that exactly these blocks are listed, without those that the enforcer cannot hold. */
async function assertBlocks(enforcer: Enforcer, blocks: readonly string[]): Promise<void> {
  const possible = blocks.filter(
    (block) => enforcer.abilities.scopes === "ports" || block.endsWith(" all"),
  );
  assert.deepEqual(texts(await enforcer.list()), possible);
}

function texts(blocks: readonly EnforcedBlock[]): readonly string[] {
  return blocks.map(({ subject: text, scope }) => `${text} ${scope}`).sort();
}

export function add(text: string, scope: PortScope = ALL_PORTS, until: Until = "forever"): Change {
  return { kind: "add", subject: subject(text), scope, until };
}

export function remove(text: string, scope: PortScope = ALL_PORTS): Change {
  return { kind: "remove", subject: subject(text), scope };
}

export function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined, `${text} is no subject`);
  return parsed;
}

export function tcp(...numbers: readonly number[]): PortScope {
  return portScope(numbers.map((number): Port => ({ protocol: "tcp", number })));
}

function now(): Instant {
  return instant(Date.now());
}

function later(milliseconds: number): Instant {
  return instant(Date.now() + milliseconds);
}
