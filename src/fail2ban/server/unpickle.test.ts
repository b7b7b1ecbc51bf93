/** Decoding a pickle reads data, refuses code, never throws, and takes bounded time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { pickleValue } from "./pickle-value.fixture.ts";
import { tuple } from "./pickle-value.ts";
import { unpickle } from "./unpickle.ts";
import { writePickle } from "./write-pickle.ts";

/** Parses "80 05 ...", with texts in quotes, to bytes. */
function bytesOf(text: string): Buffer {
  const parts = text.match(/'[^']*'|[0-9a-f]{2}/g) ?? [];
  return Buffer.concat(
    parts.map((part) =>
      part.startsWith("'") ? Buffer.from(part.slice(1, -1)) : Buffer.from(part, "hex"),
    ),
  );
}

test("a request as Python 3.11 writes it is read", () => {
  const ping = bytesOf("80 05 95 0b00000000000000 5d 94 8c 04 'ping' 94 61 2e");
  assert.deepEqual(unpickle(ping), { ok: true, value: ["ping"] });
});

test("protocol 0, with its lines of text, is read", () => {
  const old = Buffer.from(
    "(lp0\nVset\np1\naVsshd\np2\naI01\naI-7\naL12L\naF1.5\na(dp3\nS'k'\nI1\nsa.",
  );
  const read = unpickle(old);
  assert.ok(read.ok);
  assert.deepEqual(read.value, [
    ...["set", "sshd", true, -7, 12],
    { kind: "float", value: 1.5 },
    new Map([["k", 1]]),
  ]);
});

const OBJECTS: readonly (readonly [string, string])[] = [
  ["GLOBAL and REDUCE", "63 'os' 0a 'system' 0a 28 56 'id' 0a 74 52 2e"],
  ["STACK_GLOBAL", "80 04 8c 02 'os' 8c 06 'system' 93 8c 02 'id' 85 52 2e"],
  ["INST", "28 53 27 'id' 27 0a 69 'os' 0a 'system' 0a 2e"],
  ["OBJ", "28 6f 2e"],
  ["NEWOBJ", "80 02 29 29 81 2e"],
  ["NEWOBJ_EX", "80 04 29 29 7d 92 2e"],
  ["BUILD", "5d 7d 62 2e"],
  ["EXT1", "80 02 82 01 2e"],
  ["EXT2", "80 02 83 01 00 2e"],
  ["EXT4", "80 02 84 01 00 00 00 2e"],
  ["PERSID", "50 'x' 0a 2e"],
  ["BINPERSID", "4e 51 2e"],
  ["NEXT_BUFFER", "80 05 97 2e"],
  ["READONLY_BUFFER", "80 05 98 2e"],
];

for (const [name, text] of OBJECTS) {
  test(`${name} is refused as an object`, () => {
    const read = unpickle(bytesOf(text));
    assert.ok(!read.ok);
    assert.equal(read.error.kind, "object", read.error.message);
  });
}

const BROKEN: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["no end", "80 05 5d"],
  ["a text cut off", "80 05 58 ff 00 00 00 'abc' 2e"],
  ["a text longer than a file could be", "80 05 8d ff ff ff ff ff ff ff 7f 'a' 2e"],
  ["a value from an empty stack", "2e"],
  ["a mark that was never set", "65 2e"],
  ["what is no list", "4e 4e 61 2e"],
  ["a key without a value", "7d 28 4e 75 2e"],
  ["a list as a key", "7d 5d 4e 73 2e"],
  ["a memo of nothing", "80 04 68 07 2e"],
  ["a protocol to come", "80 06 4e 2e"],
  ["an opcode there is not", "80 04 ff 2e"],
  ["a value taken through a mark", "4e 28 61 2e"],
];

for (const [name, text] of BROKEN) {
  test(`a pickle of ${name} is refused as broken`, () => {
    const read = unpickle(bytesOf(text));
    assert.ok(!read.ok);
    assert.notEqual(read.error.kind, "object");
  });
}

test("a list that contains itself is refused", () => {
  const read = unpickle(bytesOf("80 04 5d 94 68 00 61 2e"));
  assert.ok(!read.ok && read.error.kind === "large", "it has no end");
});

test("a list nested deeper than the bound is refused quickly", () => {
  const read = unpickle(
    Buffer.concat([Buffer.alloc(200_000, "]"), Buffer.alloc(199_999, "a"), Buffer.from(".")]),
  );
  assert.ok(!read.ok && read.error.kind === "large");
});

test("a small pickle that would grow by references is refused", () => {
  // Nested lists of ten references: a billion values in 400 bytes.
  const level = (n: number): string => `5d 28 ${`68 ${hex(n)} `.repeat(10)} 65 94`;
  const text = `80 04 5d 94 ${Array.from({ length: 9 }, (_, n) => level(n)).join(" ")} 2e`;
  const read = unpickle(bytesOf(text));
  assert.ok(!read.ok && read.error.kind === "large");
});

test("a small pickle whose text would grow by references is refused", () => {
  const text = Buffer.from(`(V${"x".repeat(100_000)}\np0\n`);
  for (const [form, end] of Object.entries({
    tuple: "t.",
    list: "l.",
    "list of tuples": "2\x85l.",
  })) {
    const read = unpickle(
      Buffer.concat([text, Buffer.from("h\0".repeat(400)), Buffer.from(end, "latin1")]),
    );
    assert.ok(!read.ok && read.error.kind === "large", form);
  }
  const bytes = Buffer.concat([bytesOf("5d 28 42 00 00 10 00"), Buffer.alloc(0x100000)]);
  const read = unpickle(
    Buffer.concat([bytes, Buffer.from("q\0"), Buffer.from("h\0".repeat(40)), Buffer.from("e.")]),
  );
  assert.ok(!read.ok && read.error.kind === "large", "bytes");
});

test("a memo of more places than values is refused", () => {
  for (const [name, store] of Object.entries({
    MEMOIZE: () => Buffer.from([0x94]),
    LONG_BINPUT: (n: number) => Buffer.from([0x72, n & 255, (n >> 8) & 255, n >> 16, 0]),
    PUT: (n: number) => Buffer.from(`p${n}\n`),
  })) {
    const stores = Array.from({ length: 3000 }, (_, n) => store(n));
    const bytes = Buffer.concat([Buffer.from("N"), ...stores, Buffer.from(".")]);
    const read = unpickle(bytes, { values: 2000 });
    assert.ok(!read.ok && read.error.kind === "large", name);
  }
});

test("a tuple, a list, a dictionary and a set of many values are read", () => {
  const many = Buffer.alloc(400_000, "N");
  for (const [before, after] of [
    ["(", "t."],
    ["(", "l."],
    ["](", "e."],
    ["(", "d."],
    ["(", "\x91."],
  ] as const) {
    const read = unpickle(Buffer.concat([Buffer.from(before), many, Buffer.from(after, "latin1")]));
    assert.ok(read.ok, `${before}…${after}`);
  }
});

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}

test("more values than the bound are refused", () => {
  const many = Buffer.concat([Buffer.from("]("), Buffer.alloc(600_000, "N"), Buffer.from("e.")]);
  const read = unpickle(many);
  assert.ok(!read.ok && read.error.kind === "large");
});

test("a huge number is refused before it is decoded", () => {
  const digits = Buffer.from(`L${"9".repeat(1_000_000)}L\n.`);
  const read = unpickle(digits);
  assert.ok(!read.ok && read.error.kind === "large");
});

test("every encoded value is decoded unchanged", () => {
  fc.assert(
    fc.property(pickleValue, (value) => {
      assert.deepEqual(unpickle(writePickle(value)), { ok: true, value });
    }),
    fuzzRuns(50),
  );
});

test("every prefix of a pickle is refused as broken", () => {
  const whole = writePickle(["set", "sshd", ["a", tuple(1, null)], new Map([["k", 2 ** 40]])]);
  for (let length = 0; length < whole.length; length++)
    assert.ok(!unpickle(whole.subarray(0, length)).ok, `${length} bytes of it`);
});

test("random bytes never throw and never build anything", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const read = unpickle(bytes);
      assert.equal(typeof read.ok, "boolean");
    }),
    fuzzRuns(100),
  );
});

test("a pickle with some bytes changed never throws", () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      pickleValue,
      changes,
      fc.constantFrom("refused", "exceptions"),
      (value, all, objects) => {
        const bytes = writePickle(value);
        for (const [at, byte] of all) bytes[at % bytes.length] = byte;
        unpickle(bytes, { objects });
      },
    ),
    fuzzRuns(100),
  );
});

test("an exception of a reply is its name and arguments, and is refused in a request", () => {
  const error = {
    kind: "exception",
    module: "builtins",
    name: "ValueError",
    args: ["no"],
  } as const;
  const bytes = writePickle(tuple(1, error));
  assert.deepEqual(unpickle(bytes, { objects: "exceptions" }), {
    ok: true,
    value: tuple(1, error),
  });
  const refused = unpickle(bytes);
  assert.ok(!refused.ok && refused.error.kind === "object");
});

test("str('…') of a reply is its text", () => {
  const address = bytesOf("80 04 8c 08 'builtins' 8c 03 'str' 93 8c 09 '192.0.2.1' 85 52 2e");
  assert.deepEqual(unpickle(address, { objects: "exceptions" }), { ok: true, value: "192.0.2.1" });
});
