import assert from "node:assert/strict";
import test from "node:test";
import { CodedError } from "../domain/errors.ts";
import { requireSubject } from "./read-subjects.ts";

test("an address within a network is refused with both ways to write it, never widened", () => {
  for (const [word, network, address] of [
    ["192.0.2.5/16", "192.0.0.0/16", "192.0.2.5"],
    ["2001:db8::5/64", "2001:db8::/64", "2001:db8::5"],
  ] as const)
    assert.throws(
      () => requireSubject(word),
      new CodedError("no-address", `"${word}" is an address within ${network}`, {
        hint: `write ${network} for the network, or ${address} for the address alone`,
      }),
    );
  for (const word of ["192.0.2.0/24", "192.0.2.5/32", "192.0.2.5", "::ffff:192.0.2.0/120"])
    requireSubject(word);
});
