import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ALL_PORTS, MAX_PORTS, type Port, portScope } from "../../domain/port-scope.ts";
import { isScopeName, parseScopeName, type ScopeKey, scopeNameOf } from "./scope-name.ts";

const PORT: fc.Arbitrary<Port> = fc.record({
  protocol: fc.constantFrom("tcp", "udp"),
  number: fc.integer({ min: 1, max: 65_535 }),
});
const KEY: fc.Arbitrary<ScopeKey> = fc
  .tuple(fc.constantFrom("ipv4", "ipv6"), fc.array(PORT, { maxLength: MAX_PORTS }))
  .map(([family, ports]) => ({ family, scope: portScope(ports) }));

test("names are short, distinct and parse back, unless they have a digest", () => {
  const named = new Map<string, string>();
  fc.assert(
    fc.property(KEY, (key) => {
      const name = scopeNameOf(key);
      assert.ok(name.length <= 28 && isScopeName(name), name);
      const text = `${key.family} ${key.scope}`;
      assert.equal(named.getOrInsert(name, text), text);
      if (!/-x[\da-f]{16}$/.test(name)) assert.deepEqual(parseScopeName(name), key);
      else assert.equal(parseScopeName(name), undefined);
    }),
  );
});

test("short scopes have readable names", () => {
  const tcp = (...numbers: readonly number[]): ScopeKey => ({
    family: "ipv4",
    scope: portScope(numbers.map((number): Port => ({ protocol: "tcp", number }))),
  });
  assert.equal(scopeNameOf({ family: "ipv6", scope: ALL_PORTS }), "bailiff6-all");
  assert.equal(scopeNameOf(tcp(22, 2222)), "bailiff4-t22-t2222");
  assert.match(scopeNameOf(tcp(25, 465, 587, 143, 993)), /^bailiff4-x[\da-f]{16}$/);
});

test("names of other programs are not ours", () => {
  for (const name of [
    ...["bailiff", "bailiff-all", "bailiff5-all", "bailiff4-", "bailiff4-t0", "bailiff4-all-t1"],
    ...["f2b-sshd", "xbailiff4-all", "bailiff4-all ", "bailiff4-x12", "bailiff4-T22"],
  ])
    assert.equal(isScopeName(name), false, name);
  // Not in our order.
  assert.equal(parseScopeName("bailiff4-u53-t22"), undefined);
  assert.equal(parseScopeName("bailiff4-t2222-t22"), undefined);
  assert.equal(parseScopeName("bailiff4-t22-t22"), undefined);
});
