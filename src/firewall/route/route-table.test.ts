import assert from "node:assert/strict";
import { test } from "node:test";
import type { Subject } from "../../domain/cidr.ts";
import { parseBatchErrors } from "./route-table.ts";
import { isForeign } from "./watch-routes.ts";

test("errors of a batch are those of the commands that failed", () => {
  const text =
    "RTNETLINK answers: File exists\nCommand failed -:2\nError: Nexthop has invalid gateway.\nCommand failed -:5\n";
  assert.deepEqual(
    [...parseBatchErrors(text)],
    [
      [1, "File exists"],
      [4, "Nexthop has invalid gateway."],
    ],
  );
});

test("only changes that this process did not make are foreign", () => {
  const held = new Set(["192.0.2.1", "2001:db8::/64"] as Subject[]);
  for (const [line, foreign] of [
    ["blackhole 192.0.2.1 proto 98 metric 1 ", false],
    ["Deleted blackhole 192.0.2.1 proto 98 metric 1 ", true],
    ["Deleted blackhole 192.0.2.2 proto 98 metric 1 ", false],
    ["blackhole 192.0.2.2 proto 98 metric 1 ", true],
    ["192.0.2.1 via 198.51.100.1 dev eth0 ", true],
    ["Deleted 192.0.2.1 via 198.51.100.1 dev eth0 ", false],
    ["Deleted blackhole 2001:db8::/64 dev lo proto 98 metric 1 pref medium", true],
    ["default via 198.51.100.1 dev eth0 proto dhcp ", false],
    ["", false],
  ] as const)
    assert.equal(isForeign(line, held), foreign, line);
});
