import assert from "node:assert/strict";
import { test } from "node:test";
import { matchGlob } from "./match-glob.ts";
import { isCompressedName, isRotatedName } from "./rotated-name.ts";

test("patterns of names as in glob(7)", () => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ["auth.log", "auth.log", true],
    ["auth.log", "*.log", true],
    ["auth.log", "a*h*g", true],
    ["auth.log", "a*h*gx", false],
    ["auth.log", "????.log", true],
    ["auth.log", "???.log", false],
    ["a1.log", "a[0-9].log", true],
    ["ax.log", "a[!0-9].log", true],
    ["a1.log", "a[!0-9].log", false],
    ["ax.log", "a[^0-9].log", true],
    ["a1.log", "a[^0-9].log", false],
    ["a0.log", "a[0-9].log", true],
    ["a9.log", "a[0-9].log", true],
    ["a:.log", "a[0-9].log", false],
    ["a!.log", "a[!0-9].log", true],
    ["a^.log", "a[^0-9].log", true],
    ["a!.log", "a[0!].log", true],
    ["a-.log", "a[0-].log", true],
    ["a5.log", "a[0-].log", false],
    ["a].log", "a[!]].log", false],
    ["ax.log", "a[!]].log", true],
    ["a].log", "a[]].log", true],
    ["a[.log", "a[.log", true],
    [".hidden", "*", false],
    [".hidden", ".*", true],
    ["", "*", true],
    ["abc", "*c*", true],
    ["a".repeat(2000), `${"*a".repeat(200)}b`, false],
  ];
  for (const [name, pattern, expected] of table) {
    assert.equal(matchGlob(name, pattern), expected, `${name} against ${pattern}`);
  }
});

test("names of rotated files", () => {
  const base = "/var/log/auth.log";
  const rotated = [
    "auth.log.1",
    "auth.log.12.gz",
    "auth.log-20261123",
    "auth.log-20261123-1795.gz",
  ];
  const others = [
    "auth.log",
    "auth.log.d",
    "auth.logs",
    "auth2.log",
    "auth.log.1.txt",
    "daemon.log.1",
  ];
  for (const name of [...rotated, "auth.log.old", "auth-20261123.log", "auth.1.log"]) {
    assert.ok(isRotatedName(`/var/log/${name}`, base), name);
  }
  for (const name of others) assert.ok(!isRotatedName(`/var/log/${name}`, base), name);
  assert.ok(!isRotatedName("/var/old/auth.log.1", base));
  assert.ok(isCompressedName("auth.log.2.zst"));
});
