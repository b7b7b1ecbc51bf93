import assert from "node:assert/strict";
import test from "node:test";
import { createStamp } from "../stamp.ts";
import { readStamp } from "./read-stamp.fixture.ts";

const AT = "2026-11-28T09:19:59.000Z";
const FINE = "2026-11-28T09:19:59.123Z";

test("seconds, and their thousandth, millionth and billionth parts", () => {
  for (const [line, at, rest] of [
    ["1795857599 x", AT, " x"],
    ["1795857599.123 x", FINE, " x"],
    ["1795857599.123456 x", FINE, " x"],
    ["1795857599123 x", FINE, " x"],
    ["1795857599123.456 x", FINE, " x"],
    ["1795857599123456 x", FINE, " x"],
    ["1795857599123456789 x", FINE, " x"],
    ["1795857599", AT, ""],
    ["1795857599: x", AT, ": x"],
    ["[1795857599] x", AT, " x"],
  ] as const)
    assert.deepEqual(readStamp(line), [at, rest], line);
});

test("a number at the start of a line is a time only if near the present", () => {
  for (const line of [
    "1234567890 login failed",
    "4915112345 login failed",
    "9999999999 login failed",
    "1764000000 login failed",
    "1796300000 login failed",
    "4915112345678 login failed",
    "5500000000000004 login failed",
    "1795857599x login failed",
    "1795857599-7 login failed",
    "1795857599:7 login failed",
    "1795857599.7.1 login failed",
    "179585759912 login failed",
    "17958575991234567890 login failed",
  ])
    assert.equal(readStamp(line), undefined, line);
  assert.equal(readStamp("1234567890.123 TCP_DENIED")?.[0], "2009-02-13T23:31:30.123Z", "of Squid");
});

test("a known time field may be long ago", () => {
  assert.equal(readStamp("1234567890", createStamp())?.[1], "");
});
