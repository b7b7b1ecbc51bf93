import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { literalSubject, maskIp, type Subject, subjectContains } from "./cidr.ts";
import { type Family, ipFromBits, parseIp } from "./ip.ts";
import { mergeNetworks, subtractNetworks } from "./merge-networks.ts";

function subjects(...texts: readonly string[]): readonly Subject[] {
  return texts.map(literalSubject);
}

test("networks that overlap, repeat or are next to each other become one", () => {
  const merged = mergeNetworks(
    subjects(
      "192.0.2.128/25",
      "192.0.2.0/25",
      "192.0.2.7",
      "2001:db8::1",
      "192.0.2.7",
      "2001:db8::",
    ),
  );
  assert.deepEqual(merged, ["192.0.2.0/24", "2001:db8::/127"]);
  assert.deepEqual(mergeNetworks(subjects("192.0.2.3", "192.0.2.4")), ["192.0.2.3", "192.0.2.4"]);
  assert.deepEqual(mergeNetworks(subjects("128.0.0.0/1", "0.0.0.0/1")), ["0.0.0.0/0"]);
  assert.deepEqual(mergeNetworks([]), []);
});

test("an address is taken out of the network around it, and the rest stays", () => {
  const { rest, cut } = subtractNetworks(
    subjects("192.0.2.0/29", "198.51.100.0/24", "2001:db8::/126"),
    subjects("192.0.2.2", "2001:db8::3", "203.0.113.0/24"),
  );
  assert.deepEqual(rest, [
    ...["192.0.2.0/31", "192.0.2.3", "192.0.2.4/30", "198.51.100.0/24"],
    ...["2001:db8::/127", "2001:db8::2"],
  ]);
  assert.equal(cut, 2);
  assert.deepEqual(subtractNetworks(subjects("192.0.2.0/24"), subjects("192.0.0.0/16")), {
    rest: [],
    cut: 1,
  });
});

/** A small world, in which all addresses can be tried: the first and last 64 addresses of each family. */
const FAMILY = fc.constantFrom<Family>("ipv4", "ipv6");
const WIDTH = { ipv4: 32, ipv6: 128 } as const;

function addressOf(family: Family, n: number): bigint {
  return n < 64 ? BigInt(n) : 2n ** BigInt(WIDTH[family]) - 128n + BigInt(n);
}

const NETWORK = fc
  .tuple(FAMILY, fc.nat(127), fc.nat(7))
  .map(([family, n, bits]) =>
    maskIp(ipFromBits(addressOf(family, n), family), WIDTH[family] - bits),
  );

function isIn(networks: readonly Subject[], address: Subject): boolean {
  return networks.some((network) => subjectContains(network, address));
}

test("the result has exactly the addresses of the first networks without those of the second", () => {
  const networks = fc.array(NETWORK, { maxLength: 12 });
  const world = (["ipv4", "ipv6"] as const).flatMap((family) =>
    Array.from({ length: 128 }, (_, n) => ipFromBits(addressOf(family, n), family)),
  );
  fc.assert(
    fc.property(networks, networks, (from, removed) => {
      const { rest } = subtractNetworks(from, removed);
      const merged = mergeNetworks(from);
      for (const address of world) {
        assert.equal(isIn(merged, address), isIn(from, address), address);
        const expected = isIn(from, address) && !isIn(removed, address);
        assert.equal(isIn(rest, address), expected, address);
        assert.ok(rest.filter((one) => subjectContains(one, address)).length < 2, "no overlap");
      }
      // No fewer networks are possible: a merge finds nothing more.
      assert.deepEqual(mergeNetworks(rest), rest);
      assert.deepEqual(subtractNetworks(from, []).rest, merged);
    }),
    fuzzRuns(50),
  );
  assert.ok(parseIp(world[0] ?? ""), "the world has addresses");
});
