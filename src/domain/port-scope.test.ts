import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { ALL_PORTS, joinScopes, OBSERVED, type Port, portScope, portsOf } from "./port-scope.ts";

const aPort: fc.Arbitrary<Port> = fc.record({
  protocol: fc.constantFrom("tcp" as const, "udp" as const),
  number: fc.integer({ min: 1, max: 65_535 }),
});

test("a scope is sorted by protocol and number, each port once", () => {
  const ports: readonly Port[] = [
    { protocol: "udp", number: 53 },
    { protocol: "tcp", number: 2222 },
    { protocol: "tcp", number: 22 },
    { protocol: "tcp", number: 22 },
  ];
  assert.equal(portScope(ports), "tcp/22,tcp/2222,udp/53");
  assert.equal(portScope([]), ALL_PORTS);
  assert.deepEqual(portsOf(ALL_PORTS), []);
});

test("equal sets of ports are equal scopes, and convert back to the ports", () => {
  fc.assert(
    fc.property(fc.array(aPort), (ports) => {
      const scope = portScope(ports);
      assert.equal(portScope([...ports].reverse()), scope);
      assert.equal(portScope([...ports, ...ports]), scope);
      assert.equal(portScope(portsOf(scope)), scope);
      const wanted = new Set(ports.map((port) => `${port.protocol}/${port.number}`));
      assert.deepEqual(
        new Set(portsOf(scope).map((port) => `${port.protocol}/${port.number}`)),
        wanted,
      );
    }),
    fuzzRuns(100),
  );
});

test("a second scope widens the first, never narrows it", () => {
  const ssh = portScope([{ protocol: "tcp", number: 22 }]);
  const dns = portScope([{ protocol: "udp", number: 53 }]);
  assert.equal(joinScopes(ALL_PORTS, ssh), ALL_PORTS);
  assert.equal(joinScopes(ssh, ALL_PORTS), ALL_PORTS);
  assert.equal(joinScopes(ssh, dns), "tcp/22,udp/53");
  assert.equal(joinScopes(ssh, OBSERVED), ssh);
  assert.equal(joinScopes(OBSERVED, ssh), ssh);
});
