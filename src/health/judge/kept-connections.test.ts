import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { ipv4FromNumber } from "../../domain/ip.ts";
import { judgeConnections } from "./judge-connections.ts";
import { KeptConnections } from "./kept-connections.ts";

const START = 1_700_000_000_000;

function keep(times: Iterable<number>): KeptConnections {
  const kept = new KeptConnections();
  for (const at of times) kept.add({ port: 22, peer: ipv4FromNumber(1), at: instant(START + at) });
  return kept;
}

test("the newest 64 connections of a quiet port are kept", () => {
  const kept = keep(Array.from({ length: 70 }, (_, n) => n * 1000));
  assert.deepEqual(
    kept.all.map(({ at }) => (at - START) / 1000),
    Array.from({ length: 64 }, (_, n) => n + 6),
  );
  assert.equal(kept.lostAt, START + 5000);
  assert.equal(keep([0, 0, 0]).lostAt, undefined);
});

test("without lines a port is found at any rate of connections", () => {
  for (const [apart, seconds] of [
    [1000, 60],
    [150, 12],
    [100, 60],
    [10, 30],
    [1, 15],
  ] as const) {
    const count = (seconds * 1000) / apart;
    const kept = keep(Array.from({ length: count }, (_, n) => n * apart));
    assert.ok(kept.all.length <= 64);
    const { all: connections, lostAt } = kept;
    const now = instant(START + seconds * 1000);
    const { verdict, evidence } = judgeConnections({
      connections,
      lostAt,
      heardAt: undefined,
      now,
    });
    assert.equal(verdict, "unlogged", `one every ${apart} ms`);
    const [, atLeast, found] =
      /^(at least )?(\d+) connections .* without a line$/.exec(evidence) ?? [];
    assert.equal(atLeast !== undefined, lostAt !== undefined);
    if (lostAt === undefined) assert.equal(Number(found), count);
    else assert.ok(Number(found) > count / 5 && Number(found) < count, `${found} of ${count}`);
  }
});

test("three connections after the last line are found, however close together and after however many", () => {
  for (const before of [0, 61, 62, 63, 64, 200])
    for (const apart of [10, 100, 1000])
      for (const pace of [1, 100, 1000, 60_000]) {
        const earlier = Array.from({ length: before }, (_, n) => n * pace);
        const end = before * pace;
        const heardAt = instant(START + end);
        // They end after what the last line accounts for.
        const later = [0, 1, 2].map((n) => end + 2001 + n * apart);
        const verdictOf = (ends: readonly number[]): string => {
          const { all: connections, lostAt } = keep([...earlier, ...ends]);
          const now = instant(START + end + 60_000);
          return judgeConnections({ connections, lostAt, heardAt, now }).verdict;
        };
        const what = `${before} before, one every ${pace} ms; then one every ${apart} ms`;
        assert.equal(verdictOf(later), "unlogged", what);
        assert.equal(verdictOf(later.slice(1)), "pending", what);
      }
});

test("what was found stays found while further connections have no line", () => {
  for (const before of [0, 60, 62, 64, 200])
    for (const apart of [10, 100, 249, 1000])
      for (const more of [1, 2, 5, 70]) {
        const earlier = Array.from({ length: before }, (_, n) => n * 60_000);
        const end = before * 60_000;
        const first = [0, 1, 2, 3].map((n) => end + 2001 + n * apart);
        const later = Array.from({ length: more }, (_, n) => end + 60_000 + n * 5000);
        const { all: connections, lostAt } = keep([...earlier, ...first, ...later]);
        const now = instant(START + (later.at(-1) ?? 0));
        const facts = { connections, lostAt, heardAt: instant(START + end), now };
        const what = `${before} before, ${apart} ms apart, then ${more}`;
        assert.equal(judgeConnections(facts).verdict, "unlogged", what);
      }
});

test("of connections that are counted together, the evidence claims no number of addresses", () => {
  const kept = keep(Array.from({ length: 64 }, (_, n) => n * 1000));
  for (const n of [1, 2, 3])
    kept.add({ port: 22, peer: ipv4FromNumber(n), at: instant(START + 70_000 + n) });
  const facts = { connections: kept.all, lostAt: kept.lostAt, heardAt: instant(START + 65_000) };
  assert.match(
    judgeConnections({ ...facts, now: instant(START + 90_000) }).evidence,
    /^3 connections to port 22 from at least 1 address ended since /,
  );
});
