/** What is said of failures without an address names the cause that the line shows, and advises about no other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../domain/instant.ts";
import { compilePythonFilter } from "../fail2ban/dialect/python-recognizer.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { describeUnaddressed, fixUnaddressed, noteUnaddressed } from "./unaddressed.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));

function saidOf(failregex: string, message: string, filter: string): readonly [string, string] {
  const compiled = compilePythonFilter({
    ...{ name: filter, path: "made.toml", mode: "normal" },
    rules: {
      ...{ failregex: [failregex], ignoreregex: [], prefregex: undefined, datepattern: [] },
      ...{ maxlines: 1, usedns: "raw", logtimezone: undefined },
    },
  });
  assert.ok(compiled.ok, JSON.stringify(compiled));
  const recognizer = compiled.value.createRecognizer?.(() => 0);
  const text = `2026-11-23T11:59:58Z ${message}`;
  const offered = { text, ascii: true, fields: undefined, arrival: "live", isCut: false } as const;
  const [match] = recognizer?.recognize({ ...offered, now: NOW }) ?? [];
  assert.ok(match !== undefined && match.ip === undefined);
  const unaddressed = noteUnaddressed(undefined, match, 1);
  assert.ok(unaddressed !== undefined);
  return [describeUnaddressed(unaddressed), fixUnaddressed(unaddressed, filter)];
}

test("an id that is no address is not called a host name", () => {
  for (const [failregex, message, id] of [
    ["^\\s*bad <F-ID>\\w+</F-ID>$", "bad alice", "alice"],
    ["^\\s*bad <F-ID>\\w+</F-ID> from <HOST>$", "bad alice from 192.0.2.1", "alice"],
    ["^\\s*bad <SUBNET>$", "bad 192.0.2.0/24", "192.0.2.0/24"],
    ["^\\s*bad <ADDR>$", "bad 999.0.2.1", "999.0.2.1"],
  ] as const) {
    const [said, fix] = saidOf(failregex, message, "fail2ban-sshd");
    assert.equal(
      said,
      `1 failure without an address: the last one is of "${id}", and only addresses are banned`,
    );
    assert.match(fix, /^have the expression capture the client's address/);
    assert.doesNotMatch(fix, /names|UseDNS/);
  }
});

test("advice about host names names the setting of this service only", () => {
  for (const [filter, setting] of [
    ["fail2ban-sshd", " (UseDNS no)"],
    ["fail2ban-apache-auth", " (HostnameLookups Off)"],
    ["fail2ban-shop", ""],
  ] as const) {
    const [said, fix] = saidOf("^\\s*bad <HOST>$", "bad evil.example.com", filter);
    assert.match(said, /: the last one contains "evil\.example\.com", which is not looked up$/);
    assert.ok(fix.startsWith(`have the service log addresses instead of names${setting}, or`), fix);
  }
});
