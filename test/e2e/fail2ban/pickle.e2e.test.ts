/** Compares our pickles with Python's: we read what Python writes in any protocol, and Python reads what we write. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { pickleValue } from "../../../src/fail2ban/server/pickle-value.fixture.ts";
import { pythonRepr } from "../../../src/fail2ban/server/python-text.ts";
import { unpickle } from "../../../src/fail2ban/server/unpickle.ts";
import { writePickle } from "../../../src/fail2ban/server/write-pickle.ts";

/** Prints, for each pickle in hexadecimal, its value and the same value in every protocol. */
const PROGRAM = `
import json, pickle, sys
out = []
for text in json.load(sys.stdin):
    value = pickle.loads(bytes.fromhex(text))
    out.append([repr(value), [pickle.dumps(value, p).hex() for p in range(6)]])
json.dump(out, sys.stdout)
`;

type Answer = readonly [string, readonly string[]];

test("a thousand values are encoded and decoded as in Python, in every protocol", () => {
  const values = fc.sample(withoutBytesOrSets(), 1000);
  const sent = values.map((value) => writePickle(value).toString("hex"));
  const answers: readonly Answer[] = JSON.parse(
    execFileSync("/usr/bin/python3", ["-c", PROGRAM], {
      input: JSON.stringify(sent),
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
    }),
  );
  assert.equal(answers.length, values.length);
  for (const [i, [repr, protocols]] of answers.entries()) {
    assert.equal(plain(pythonRepr(values[i] ?? null)), plain(repr));
    for (const [protocol, hex] of protocols.entries()) {
      const read = unpickle(Buffer.from(hex, "hex"));
      assert.ok(read.ok, `protocol ${protocol}: ${repr}`);
      assert.equal(plain(pythonRepr(read.value)), plain(repr), `protocol ${protocol}`);
    }
  }
});

/** Which characters are printable depends on the version of Unicode. */
function plain(repr: string): string {
  return repr.replace(/\\U([0-9a-f]{8})|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/g, (_whole, ...codes) =>
    String.fromCodePoint(Number.parseInt(String(codes.slice(0, 3).find(Boolean)), 16)),
  );
}

/** Old protocols write bytes and sets as calls, which are refused. */
function withoutBytesOrSets(): typeof pickleValue {
  return pickleValue.filter(
    (value) => !/b'|b"|set\(\)|\{(?!\})(?![^{}]*:)/.test(pythonRepr(value)),
  );
}
