import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { type Ip, ipFromBits } from "../../domain/ip.ts";
import { AddressTally } from "./address-tally.ts";

test("the tally counts like a Map, for both families and through every growth", () => {
  const address = fc.oneof(
    fc.integer({ min: 0, max: 0xffffffff }).map((bits) => ipFromBits(BigInt(bits), "ipv4")),
    fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((bits) => ipFromBits(bits, "ipv6")),
    fc.constantFrom(ipFromBits(0n, "ipv4"), ipFromBits(0xffffffffn, "ipv4")),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(address, fc.integer({ min: 1, max: 9 })), { maxLength: 300 }),
      (adds) => {
        const tally = new AddressTally();
        const model = new Map<Ip, number>();
        for (const [ip, count] of adds) {
          tally.add(ip, count);
          model.set(ip, (model.get(ip) ?? 0) + count);
        }
        assert.equal(tally.size, model.size);
        assert.deepEqual(new Map(tally.top(1000)), model);
      },
    ),
    fuzzRuns(100),
  );
  const large = new AddressTally();
  for (let i = 0; i < 20_000; i++) large.add(ipFromBits(BigInt(i * 214_013), "ipv4"), 1);
  large.add(ipFromBits(214_013n, "ipv4"), 5);
  assert.equal(large.size, 20_000);
  assert.deepEqual(large.top(1), [[ipFromBits(214_013n, "ipv4"), 6]]);
});

test("beyond its bound the tally reports that there were more", () => {
  const tally = new AddressTally();
  for (let i = 0; i <= 65_536; i++) tally.add(ipFromBits(BigInt(i), "ipv4"), 1);
  assert.equal(tally.size, 65_536);
  assert.equal(tally.more, true);
});
