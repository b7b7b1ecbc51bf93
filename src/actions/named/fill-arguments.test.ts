import assert from "node:assert/strict";
import { test } from "node:test";
import { PLACEHOLDERS } from "../../config/kinds/argv-kind.ts";
import { literalSubject } from "../../domain/cidr.ts";
import { instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { type ArgumentFacts, fillArguments } from "./fill-arguments.ts";

const FROM = instant(Date.parse("2026-11-23T12:00:00Z"));

function facts(user: string | undefined, ban: Partial<ArgumentFacts["ban"]> = {}): ArgumentFacts {
  const jail = { name: "sshd", config: { filter: "sshd" } };
  const subject = literalSubject("192.0.2.7");
  return {
    // Only the jail's name and filter are used.
    change: { kind: "ban", subject, live: { jail } } as ArgumentFacts["change"],
    ban: {
      ...{ id: 1, subject, jail: "sshd" as JailName, scope: ALL_PORTS, from: FROM },
      ...{ until: instant(FROM + 3_600_000), origin: "detected", rule: "failed", failures: 5 },
      ...{ escalation: 0, reason: "5 failures in 10m", ...ban },
    },
    evidence: [{ user: "first" }, { user }, { user: undefined }],
    host: "web1.example.org",
  };
}

test("every placeholder has a value, and double braces stand for the text", () => {
  const [, ...values] = fillArguments(
    ["/x", ...PLACEHOLDERS.map((name) => `${name}={${name}}`), '{{ip}} {"a":"{ip}"}'],
    facts("root"),
  );
  assert.deepEqual(values, [
    "ip=192.0.2.7",
    "jail=sshd",
    "filter=sshd",
    "rule=failed",
    "reason=5 failures in 10m",
    "user=root",
    "failures=5",
    "from=2026-11-23T12:00:00.000Z",
    "until=2026-11-23T13:00:00.000Z",
    "bantime=3600",
    "origin=detected",
    "change=ban",
    "host=web1.example.org",
    '{ip} {"a":"192.0.2.7"}',
  ]);
});

test("a permanent ban has no end", () => {
  const permanent = facts("x", { until: "forever" });
  assert.deepEqual(fillArguments(["/x", "{until}", "{bantime}"], permanent), [
    ...["/x", "forever", "-1"],
  ]);
});

test("text of a client stays one argument, without control characters, and cannot begin with a sign", () => {
  const hostile = "--config=/tmp/x\n; rm -rf / \u001b[2J {ip} $(id)";
  const escaped = "-config=/tmp/x\\u000a; rm -rf / \\u001b[2J {ip} $(id)";
  assert.deepEqual(fillArguments(["/x", "{user}", "--user={user}", "-{user}"], facts(hostile)), [
    ...["/x", `\\u002d${escaped}`, `--user=-${escaped}`, `--${escaped}`],
  ]);
  for (const [start, escaped] of [
    ["@", "\\u0040"],
    ["<", "\\u003c"],
    ["+", "\\u002b"],
  ]) {
    const named = facts(`${start}/etc/shadow`, { reason: `${start}x` });
    assert.deepEqual(fillArguments(["/x", "{user}", "{reason} {user}", `${start}{user}`], named), [
      ...["/x", `${escaped}/etc/shadow`, `${escaped}x ${start}/etc/shadow`],
      `${start}${start}/etc/shadow`,
    ]);
  }
  // Without a first value the next one begins the argument.
  assert.deepEqual(fillArguments(["/x", "{user}{reason}"], facts("", { reason: "-x" })), [
    ...["/x", "\\u002dx"],
  ]);
  const long = fillArguments(["/x", "{user}"], facts("a".repeat(5000)));
  assert.equal(long[1]?.length, 301);
});
