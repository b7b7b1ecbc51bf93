import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ALL_PORTS, portScope } from "../../domain/port-scope.ts";
import { parseSetName, type SetKey, setNamesOf } from "./set-name.ts";

const KEY = fc
  .record({
    family: fc.constantFrom("ipv4" as const, "ipv6" as const),
    prefix: fc.integer({ min: 1, max: 128 }),
    ports: fc.array(
      fc.record({
        protocol: fc.constantFrom("tcp" as const, "udp" as const),
        number: fc.integer({ min: 1, max: 65_535 }),
      }),
      { maxLength: 35 },
    ),
  })
  .map(
    ({ family, prefix, ports }): SetKey => ({
      family,
      prefix: Math.min(prefix, family === "ipv4" ? 32 : 128),
      scope: portScope(ports),
    }),
  );

test("a set is recognized by its name and scope, and fits the kernel's limit", () => {
  fc.assert(
    fc.property(KEY, (key) => {
      for (const name of setNamesOf(key)) {
        assert.ok(name.length <= 31, name);
        assert.deepEqual(parseSetName(name, key.scope), key);
        assert.equal(parseSetName(name, `${key.scope},tcp/0`), undefined);
      }
    }),
  );
});

test("sets of others are not recognized", () => {
  for (const name of ["bailiff-v4-33-a", "bailiff-v4-32-c", "bailiff-v4-032-a", "bailiff4-all"])
    assert.equal(parseSetName(name, ALL_PORTS), undefined, name);
  assert.equal(parseSetName("bailiff-v4-32-00000000-a", "tcp/22"), undefined);
  assert.equal(parseSetName("bailiff-v4-32-a", "tcp/22"), undefined);
});
