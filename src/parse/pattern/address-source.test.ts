import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { parseIp } from "../../domain/ip.ts";
import { addressSource } from "./address-source.ts";
import { createExactExpression } from "../expression/exact-expression.ts";
import { createEffort } from "../expression/search-effort.ts";

const EXACT = new RegExp(`^${addressSource("exact")}$`);
const QUICK = new RegExp(`^${addressSource("quick")}$`);

const group = fc.constantFrom("0", "1", "db8", "ffff", "12345", "", "g");
const octet = fc.constantFrom("0", "7", "07", "192", "255", "256", "19045", "");
const v4 = fc.array(octet, { minLength: 3, maxLength: 5 }).map((parts) => parts.join("."));
const v6 = fc
  .tuple(
    fc.array(group, { maxLength: 9 }),
    fc.option(v4),
    fc.constantFrom("", "", "%eth0", "%", `%${"x".repeat(16)}`),
  )
  .map(([groups, last, zone]) => [...groups, ...(last === null ? [] : [last])].join(":") + zone);

test("the exact expression matches addresses, and the quick one matches at least those", () => {
  fc.assert(
    fc.property(fc.oneof(v4, v6), (text) => {
      const isAddress = parseIp(text) !== undefined;
      assert.equal(EXACT.test(text), isAddress, text);
      if (isAddress) assert.ok(QUICK.test(text), text);
    }),
    fuzzRuns(200),
  );
});

test("V8's linear engine and the exact matcher run both", () => {
  for (const grammar of ["quick", "exact"] as const) {
    const source = addressSource(grammar);
    assert.ok(new RegExp(`^${source}$`, "l").test("2001:db8::7"));
    const exact = createExactExpression(() => `(${source})\\n`);
    assert.equal(exact("2001:db8::7\n", createEffort())?.[1], "2001:db8::7");
    assert.equal(exact("2001:db8::7::\n", createEffort()), null);
  }
});
