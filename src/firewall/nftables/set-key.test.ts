import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { ALL_PORTS, type Port, portScope } from "../../domain/port-scope.ts";
import { parseSetName, type SetKey, setKeyOf, setNameOf } from "./set-key.ts";

const ports = fc.uniqueArray(
  fc.record<Port>({
    protocol: fc.constantFrom("tcp", "udp"),
    number: fc.integer({ min: 1, max: 65_535 }),
  }),
  { maxLength: 35, selector: ({ protocol, number }) => `${protocol}/${number}` },
);
const keys = fc.tuple(fc.constantFrom("ipv4" as const, "ipv6" as const), fc.nat(128), ports).map(
  ([family, prefix, list]): SetKey => ({
    family,
    prefix: family === "ipv4" ? prefix % 33 : prefix,
    scope: portScope(list),
  }),
);

test("a set's name identifies its key, and fits the kernel's maximum length", () => {
  fc.assert(
    fc.property(keys, (key) => {
      assert.deepEqual(parseSetName(setNameOf(key)), key);
      assert.ok(setNameOf(key).length <= 255);
    }),
    fuzzRuns(100),
  );
});

test("names by example", () => {
  const ssh = portScope([
    { protocol: "tcp", number: 22 },
    { protocol: "udp", number: 53 },
  ]);
  for (const [text, scope, name] of [
    ["192.0.2.1", ALL_PORTS, "v4_32"],
    ["192.0.2.0/24", ssh, "v4_24_t22_u53"],
    ["2001:db8::/64", ALL_PORTS, "v6_64"],
    ["2001:db8::1", ssh, "v6_128_t22_u53"],
  ] as const) {
    const subject = parseSubject(text);
    assert.ok(subject !== undefined);
    assert.equal(setNameOf(setKeyOf(subject, scope)), name);
  }
});

test("names of other programs are not recognized", () => {
  for (const name of [
    "",
    "v4",
    "v4_33",
    "v6_129",
    "v5_32",
    "v4_032",
    "v4_32_",
    "v4_32_t",
    "v4_32_t022",
    "v4_32_t80_t22",
    "v4_32_t22_t22",
    "v4_32_x1",
    "__map0",
    "blocklist",
  ]) {
    assert.equal(parseSetName(name), undefined, name);
  }
});
