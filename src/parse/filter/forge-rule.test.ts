/** Forged lines must succeed against unsafe rules of every kind, and fail against safe ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import { parse } from "smol-toml";
import type { RuleDefinition } from "../../domain/filter-definition.ts";
import { instant } from "../../domain/instant.ts";
import { compileFilter } from "./compile-filter.ts";
import { forgeRule } from "./forge-rule.ts";
import { forge, VICTIM } from "../pattern/forge.ts";
import { createLineRouter } from "../route/line-router.ts";
import { parsePattern } from "../pattern/pattern.ts";
import { readFilter } from "./read-filter.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

function ruleOf(rule: string): RuleDefinition {
  const read = readFilter(
    parse(`name = "f"\n[[rule]]\nid = "r"\nis = "failure"\n${rule}`),
    "f.toml",
  );
  assert.ok(read.ok, JSON.stringify(read));
  const [first] = read.value.rules;
  assert.ok(first !== undefined);
  return first;
}

/** The wrong addresses that forged lines give. */
function accusedBy(rule: string, sample = ""): readonly string[] {
  const read = readFilter(
    parse(`name = "f"\n[[rule]]\nid = "r"\nis = "failure"\n${rule}\n${sample}`),
    "f.toml",
  );
  assert.ok(read.ok, JSON.stringify(read));
  const filter = compileFilter(read.value, "normal");
  assert.ok(filter.ok, JSON.stringify(filter));
  const router = createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
  const forgeries = read.value.rules.flatMap((one) => forgeRule(one, read.value.samples));
  assert.ok(forgeries.length > 0, "nothing is forged");
  const accused = new Set<string>();
  for (const { line, truth } of forgeries) {
    const text = `${line.replaceAll("\n", " ")}\n`;
    const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
    router.route(batch, instant(0), {
      matched: (_entry, { ip, host }) => {
        const found = ip ?? host;
        if (found !== undefined && found !== truth) accused.add(found);
      },
      unrecognized() {},
    });
  }
  return [...accused];
}

const SAMPLE = `[[sample]]
line = "login of bob from 192.0.2.7 failed"
expect = { rule = "r", ip = "192.0.2.7", user = "bob" }`;

const SOUND = [
  ['line = "login of {user} from {ip}"'],
  ['line = "login of {user:name}: {ip}{*}"'],
  ['line = "from {host}[{ip}]: failed"'],
  ['line = "{reason:short}, client: {ip}, request: {request:text}"'],
  ['line = "login of [{user:until=]}] from {ip}"'],
  ['line = "from {ip:endpoint}: {*:short} by {user}"'],
  ['line = "login of {user} from {ip:endpoint}"'],
  ['json = { msg = "failed", "client.ip" = "{ip}", user = "{user}" }'],
  ['json = { msg = "login of {user} from {ip}", "a.b" = "{*}" }'],
  ['json = { msg = "failed", "headers{}.ips.*|ip" = "{ip}", "user?" = "{user}", n = 4 }'],
  ['logfmt = { msg = "failed", ip = "{ip}", "user?" = "{user}" }'],
  ['csv = { 2 = "{user}", 3 = "{ip}", 5 = "denied" }'],
  ['cef = { id = 42, src = "{ip}", suser = "{user}", msg = "{*}" }'],
  ['before = "{user} {level}: "\njson = { msg = "failed", ip = "{ip}" }'],
  ["regex = 'login of (?<user>.*) from (?<ip>[0-9.]+) failed'", SAMPLE],
] as const;

const FORGEABLE = [
  ['line = "{*}from {ip} {*}"'],
  ['json = { msg = "{*}from {ip} {*}" }'],
  ['json = { msg = "failed", "http.agent" = "{*}from {ip} {*}" }'],
  ["regex = 'login of (?<user>.*?) from (?<ip>[0-9.]+).*'", SAMPLE],
] as const;

test("forged lines give no other address if a rule is safe", () => {
  for (const [rule, sample] of SOUND) assert.deepEqual(accusedBy(rule, sample), [], rule);
});

test("forged lines are detected if a rule lets a client choose the address", () => {
  for (const [rule, sample] of FORGEABLE) assert.ok(accusedBy(rule, sample).includes(VICTIM), rule);
});

test("texts that a caller gives are forged into every field of a JSON rule", () => {
  const rule = ruleOf('json = { msg = "login of {user} from {ip}", "a.b" = "{*}", "a.c" = "x" }');
  for (const words of ["own", "chosen"] as const) {
    const lines = forgeRule(rule, [], { texts: ["TEXT"], words }).map(({ line }) => line);
    assert.ok(
      lines.some((line) => /"msg":"[^"]*TEXT/.test(line)),
      lines.join("\n"),
    );
    assert.ok(lines.some((line) => /"a":\{"b":"[^"]*TEXT[^"]*","c":"x"\}/.test(line)));
  }
});

test("an invalid pattern gives no forged lines: its problem is reported elsewhere", () => {
  assert.deepEqual(forgeRule(ruleOf('line = "login of {user from {ip}"'), []), []);
});

test("a sample whose account is not in the line gives no forged lines", () => {
  const rule = ruleOf("regex = 'login of (?<user>.*) from (?<ip>[0-9.]+) failed'");
  const sample = { line: "login of bob from 192.0.2.7 failed", mode: "normal" } as const;
  const expected = { kind: "rule", rule: "r", counts: undefined, ip: "192.0.2.7" } as const;
  for (const expect of [
    { kind: "none" },
    { ...expected, user: "bob", rule: "other" },
    { ...expected, user: undefined },
    { ...expected, user: "" },
    { ...expected, user: "alice" },
    { ...expected, user: "bob", ip: undefined },
  ] as const)
    assert.deepEqual(forgeRule(rule, [{ ...sample, expect }]), []);
  const found = forgeRule(rule, [{ ...sample, expect: { ...expected, user: "bob" } }]);
  assert.ok(found.length > 5);
  const own = forgeRule(rule, [{ ...sample, expect: { ...expected, user: "bob" } }], {
    texts: ["TEXT"],
  });
  assert.deepEqual(own, [
    { line: "login of TEXT from 192.0.2.7 failed", truth: "192.0.2.7", field: "(?<user>…)" },
  ]);
});

test("a host name beside an address is replaced too, so that using it as the peer is detected", () => {
  const parts = parsePattern("from {host}[{ip}]: {user}");
  assert.ok(parts.ok);
  for (const { line, truth } of forge(parts.value)) {
    assert.ok(line.includes(`[${truth}]`), line);
    assert.ok(!line.startsWith(`from ${truth}[`), line);
  }
});
