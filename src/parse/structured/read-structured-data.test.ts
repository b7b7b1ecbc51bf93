import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { readStructuredData } from "./read-structured-data.ts";

const read = (text: string): unknown =>
  JSON.parse(JSON.stringify(readStructuredData(text) ?? null));

test("elements, their parameters and the message", () => {
  assert.deepEqual(read('[sshd@1 user="x" ip="203.0.113.5"][meta seq="7"] \ufefflogin failed'), {
    "sshd@1": { user: "x", ip: "203.0.113.5" },
    meta: { seq: "7" },
    message: "login failed",
  });
  assert.deepEqual(read("[a@1]"), { "a@1": {}, message: "" });
  assert.deepEqual(read(String.raw`[a p="q\"\\\]\n"] m`), {
    a: { p: String.raw`q"\]\n` },
    message: "m",
  });
  assert.deepEqual(read('[origin ip="192.0.2.7" ip="192.0.2.8"] m'), {
    origin: { ip: [] },
    message: "m",
  });
  assert.deepEqual(read('[message p="q"] m'), { message: { p: "q" } });
});

test("what is malformed is nothing", () => {
  const texts = ["", "- m", "m", "[", "[]", "[a", '[a p="x', '[a p="x"', "[a p=x]", '[a p="]"] m'];
  const doubtful = [
    '[a p="x"q="y"]',
    '[a p="x"]m',
    '[a p="x"][a p="y"] m',
    '[a p="x\\',
    '[a  p="x"]',
  ];
  for (const text of [...texts, ...doubtful]) assert.equal(read(text), null, text);
  const many = Array.from({ length: 256 }, (_, i) => ` p${i}="x"`).join("");
  assert.notEqual(read(`[a${many}] m`), null);
  assert.equal(read(`[a${many} ip="x"] m`), null);
});

test("any text: no error, and what was escaped is what is read", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (value, message, junk) => {
      readStructuredData(junk);
      readStructuredData(`[${junk}`);
      const escaped = value.replace(/["\\\]]/g, "\\$&");
      const found = readStructuredData(`[a ip="192.0.2.7" user="${escaped}"] ${message}`);
      assert.deepEqual({ ...(found?.["a"] as object) }, { ip: "192.0.2.7", user: value });
      assert.equal(found?.["message"], message.replace(/^\ufeff/, ""));
      // A text that ends anywhere in it says nothing.
      assert.equal(readStructuredData(`[a ip="192.0.2.7" user="${escaped}`), undefined);
    }),
    fuzzRuns(1000),
  );
});

test("a long text takes linear time", () => {
  const started = process.cpuUsage();
  for (const part of ["[", "[a", '[a p="', '[a p="x" ', "\\", '"', ' p="x"'])
    readStructuredData(`[a${part.repeat(16_384)}`);
  const { user } = process.cpuUsage(started);
  assert.ok(user < 1_000_000, `${user} µs`);
});
