/** In a truncated line, a complete address before the long text counts, and no other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import type { FilterDefinition, RuleDefinition } from "../../domain/filter-definition.ts";
import { instant } from "../../domain/instant.ts";
import { CUT_MARK, type LineBatch, type LineFields } from "../../domain/line-batch.ts";
import { compileFilter, type Filter } from "../filter/compile-filter.ts";
import { createLineRouter } from "./line-router.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));

type Rule = readonly [is: RuleDefinition["is"], line: string];

function filterOf(rules: readonly Rule[], programs: readonly string[] = []): Filter {
  return compile(
    rules.map(([is, pattern]) => ({ is, recognize: { kind: "line", patterns: [pattern] } })),
    programs,
  );
}

/** A filter with one expression of an operator. */
function filterOfExpression(source: string): Filter {
  return compile([{ is: "failure", recognize: { kind: "regex", source } }], []);
}

function compile(
  rules: readonly Pick<RuleDefinition, "is" | "recognize">[],
  programs: readonly string[],
): Filter {
  const nothing = { description: "", journal: [], files: [], ports: [], samples: [] };
  const definition: FilterDefinition = {
    ...{ name: "f", path: "f", programs, ...nothing },
    rules: rules.map((rule, i) => ({
      ...{ id: `r${i}`, mode: "normal", counting: "each", closes: false, login: "password" },
      ...rule,
    })),
  };
  const compiled = compileFilter(definition, "normal");
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

function routed(filter: Filter, lines: readonly string[], more: Partial<LineBatch> = {}): string[] {
  const found: string[] = [];
  const router = createLineRouter([{ filter, accepts: undefined, owns: () => true }], () => 0);
  const text = lines.map((line) => `${line}\n`).join("");
  const batch = { text, fields: undefined, arrival: "live", cursor: undefined } as const;
  router.route({ ...batch, ...more }, NOW, {
    matched: (_, { rule, ip, user, repeated }) =>
      found.push([rule, ip, user, repeated].filter((one) => one !== undefined).join(" ")),
    unrecognized() {},
  });
  return found;
}

/** The line, marked as truncated. */
const cut = (line: string): string => line + CUT_MARK;
const LONG = "/x".repeat(8000);

const failure = (...lines: readonly string[]): readonly Rule[] =>
  lines.map((line) => ["failure", line]);

test("a long request, agent or path does not hide the client's address", () => {
  for (const [pattern, line] of [
    ["{ip} denied: {*}", `192.0.2.7 denied: GET ${LONG}`],
    ["login failed, client {ip}, agent {agent:quoted}", "login failed, client 192.0.2.7, agent "],
    ['login failed, client {ip}, agent "{*}"', `login failed, client 192.0.2.7, agent "${LONG}`],
    [
      'user "{user:word}": password mismatch, client: {ip}, {*}',
      `user "joe": password mismatch, client: 192.0.2.7, request: "GET ${LONG}`,
    ],
    [
      "{pid:int}#{n:int}: auth failed for [{ip}]:{port}: {what:text}",
      "1#2: auth failed for [2001:db8::7]:1: ",
    ],
    ["bad login from {host}{? via {proxy:word}}: {*}", `bad login from 192.0.2.7: ${LONG}`],
    [
      "{Bad|Wrong} password{?, {count} times}, {ip} {path}",
      `Wrong password, 3 times, 192.0.2.7 ${LONG}`,
    ],
  ] as const) {
    const [found] = routed(filterOf(failure(pattern)), [cut(line)]);
    assert.match(found ?? "", /^r0 (?:192\.0\.2\.7|2001:db8::7) 1$/, pattern);
  }
});

test("an operator's rule counts for a truncated line only with an address at its beginning", () => {
  for (const [source, line, found] of [
    ["(?<ip>[0-9.]+) denied: .*", `192.0.2.7 denied: GET ${LONG}`, ["r0 192.0.2.7 1"]],
    ["(?<ip>[0-9.]+) denied: .* by rule", `192.0.2.7 denied: GET ${LONG}`, []],
    ["login of .* from (?<ip>[0-9.]+) .*", `login of x from 192.0.2.7 ${LONG}`, []],
  ] as const)
    assert.deepEqual(routed(filterOfExpression(source), [cut(line)]), found, source);
});

test("a hand-written rule that cannot match what begins so hides nothing from the rules behind it", () => {
  const denied: Pick<RuleDefinition, "is" | "recognize"> = {
    is: "failure",
    recognize: { kind: "line", patterns: ["{ip} denied: {*}"] },
  };
  for (const [source, found] of [
    // Not matched, whatever follows the cut.
    ["[0-9.]+ [0-9.]+ denied.*", ["r1 192.0.2.7 1"]],
    ["[0-9.]+ denied: POST .*", ["r1 192.0.2.7 1"]],
    ["[0-9.]+ (?:allowed|den{2}ied).*", ["r1 192.0.2.7 1"]],
    // The rest may make it match.
    ["[0-9.]+ denied: .* by rule", []],
    ["[0-9.]+ denied: GET (?:/x)+", []],
    ["[0-9.]+ denied: GET (?:/x){2,16} .*|.*y", []],
    ["[0-9.]+ denied: [^ ]+ [^ ]+\\b end", []],
    // It matches as it is.
    [".*", []],
  ] as const) {
    const rule = { is: "neutral", recognize: { kind: "regex", source } } as const;
    const filter = compile([rule, denied], []);
    const line = `192.0.2.7 denied: GET ${LONG}`;
    assert.deepEqual(routed(filter, [cut(line)]), found, source);
  }
});

test("in a truncated line, fields at the end or after free text are not trusted", () => {
  for (const [pattern, line] of [
    // The address continues after the end, or may.
    ["login failed from {ip}{*}", "login failed from 192.0.2.7"],
    ["login failed from {ip}{*}", "login failed from 192.0.2."],
    ["login failed from {ip}", "login failed from 192.0.2.7"],
    // A name with an address; the real address was after it.
    ["login of {user} from {ip}: {*}", `login of x from 192.0.2.7: ${LONG}`],
    ["login of {user:name} from {ip} port {port}{*}", `login of x from 192.0.2.7 port 1 ${LONG}`],
    ["{*}denied from {ip} {*}", `denied from 192.0.2.7 ${LONG}`],
    ["login of {user:word}@{ip}-{*}", `login of x@192.0.2.7-${LONG.replaceAll("/", "")}`],
    // The result was in the missing part.
    ["{ip} {request:quoted} 401 {size:int}", `192.0.2.7 "GET ${LONG}`],
    ["{ip} asked for {path}: denied", `192.0.2.7 asked for ${LONG}`],
    [
      "login failed from {ip} for {path} of {host2:host} on {server:ip}",
      `login failed from 192.0.2.7 for ${LONG}`,
    ],
    // A host name, which other names may begin with.
    ["login failed from {host}: {*}", `login failed from mail.example: ${LONG}`],
    // An address, or an address and a port.
    ["denied {ip:endpoint} {*}", `denied 2001:db8::7 ${LONG}`],
    ["denied {ip:endpoint} {*}", `denied 2001:db8::7:80 ${LONG}`],
    ["denied {ip:endpoint}{?, {*}}", "denied 192.0.2.7"],
    // The text that ends the field was in the missing part.
    ["{reason:short}, client: {ip}, {*}", `denied, client 192.0.2.7, ${LONG}`],
    ["{x:until=]}] {ip}: {*}", `denied 192.0.2.7: ${LONG}`],
    ['"{x:unescaped="}" {ip}: {*}', String.raw`"denied\" 192.0.2.7: ` + LONG],
    // No address.
    ["login failed from {ip} {*}", `login failed from 1.2.3 ${LONG}`],
  ] as const)
    assert.deepEqual(routed(filterOf(failure(pattern)), [cut(line)]), [], pattern);
  for (const [pattern, line] of [
    ["{reason:short}, client: {ip}, {*}", "denied, clie, client: 192.0.2.7, client: 192.0.2.8, "],
    ["login [{user:until=]}] {ip} {*}", "login [a [b] 192.0.2.7 "],
    ['login "{user:unescaped="}" {ip} {*}', String.raw`login "\"\\" 192.0.2.7 " 192.0.2.8 `],
    ["denied {ip:endpoint} {*}", "denied 192.0.2.7:80 "],
    ["denied {ip:endpoint} {*}", "denied [192.0.2.7] "],
  ] as const)
    assert.deepEqual(routed(filterOf(failure(pattern)), [cut(line + LONG)]), ["r0 192.0.2.7 1"]);
  // The name ends before a character that no name contains.
  assert.deepEqual(
    routed(filterOf(failure("login of {user:name}: {ip}: {*}")), [
      cut(`login of x: 192.0.2.7: ${LONG}`),
    ]),
    ["r0 192.0.2.7 1"],
  );
});

test("an earlier rule that may match the complete line keeps a truncated line", () => {
  const line = cut(`denied 192.0.2.7 ${LONG}`);
  const denied = ["failure", "denied {ip} {*}"] as const;
  assert.deepEqual(
    routed(filterOf([["neutral", "denied {ip} {path} by monitor"], denied]), [line]),
    [],
  );
  assert.deepEqual(routed(filterOf([["neutral", "denied {ip} by monitor"], denied]), [line]), [
    "r1 192.0.2.7 1",
  ]);
  assert.deepEqual(routed(filterOf([["success", "denied {ip} {*}"], denied]), [line]), []);
});

test("truncated lines of a program, of the journal and of a repeated message", () => {
  const filter = filterOf(failure("denied {ip} {*}"), ["app"]);
  const said = `denied 192.0.2.7 ${LONG}`;
  assert.deepEqual(routed(filter, [cut(`Nov 30 11:59:00 web app[7]: ${said}`)]), [
    "r0 192.0.2.7 1",
  ]);
  assert.deepEqual(
    routed(filter, [cut(`Nov 30 11:59:00 web app[7]: message repeated 4 times: [ ${said}`)]),
    ["r0 192.0.2.7 4"],
  );
  const journal = new Map<string, string>();
  const fields: LineFields = { at: NOW, host: "web", program: "app", pid: 7, journal };
  assert.deepEqual(routed(filter, [cut(said)], { fields: [fields] }), ["r0 192.0.2.7 1"]);
});

test("of a long line in a container's log the beginning counts, the rest is not a line", () => {
  const filter = filterOf(failure("denied {ip} {*}"), ["app"]);
  const forged = "denied 203.0.113.9 x";
  const time = "2026-11-30T11:59:00Z";
  const docker = (log: string): string => JSON.stringify({ log, stream: "stderr", time });
  const cri = (flag: string, text: string): string => `${time} stderr ${flag} ${text}`;
  const said = `denied 192.0.2.7 ${LONG}`;
  const next = "denied 192.0.2.8 x";
  const found = ["r0 192.0.2.7 1", "r0 192.0.2.8 1"];
  const half = docker(said).slice(0, 16_000);
  for (const start of [half, `${half.slice(0, -1)}\\`, `${half.slice(0, -3)}\\u0`])
    assert.deepEqual(
      routed(filter, [docker("x\n"), cut(start), docker(`${forged}\n`), docker(`${next}\n`)]),
      found,
    );
  assert.deepEqual(routed(filter, [cut(cri("P", said)), cri("F", forged), cri("F", next)]), found);
  assert.deepEqual(
    routed(filter, [
      cri("P", said),
      cri("P", said),
      cri("P", said),
      cri("F", forged),
      cri("F", next),
    ]),
    found,
  );
  // A line of another program, and not JSON.
  assert.deepEqual(routed(filter, [cut(`{"log":"denied 192.0.2.7 \t${LONG}`)]), []);
  // Its time is unknown.
  assert.deepEqual(routed(filter, [cut(half)], { arrival: "backlog" }), []);
});

test("free text directly after an address in a truncated line", () => {
  for (const [pattern, line, found] of [
    ["denied {ip}{*}", `denied 192.0.2.7: ${LONG}`, "192.0.2.7"],
    ["denied {ip}{*}", `denied 192.0.2.7:4242 ${LONG}`, "192.0.2.7"],
    ["denied {ip}{*}", `denied 192.0.2.7. ${LONG}`, "192.0.2.7"],
    ["denied {ip}{*}", `denied 2001:db8::7, ${LONG}`, "2001:db8::7"],
    ["denied [{ip}{*}", `denied [2001:db8::7]:80 ${LONG}`, "2001:db8::7"],
    ["denied {ip}{*}", `denied 192.0.2.7.example.com ${LONG}`, undefined],
    ["denied {ip}{*}", `denied 999.1.1.1 ${LONG}`, undefined],
    ["denied {ip}{*}", `denied ${"a".repeat(16_000)}`, undefined],
    ["denied {ip}{*}", "denied 192.0.2.7", undefined],
    ["denied {ip}{*}", "denied 192.0.2.7:", undefined],
  ] as const) {
    const expected = found === undefined ? [] : [`r0 ${found} 1`];
    assert.deepEqual(routed(filterOf(failure(pattern)), [cut(line)]), expected, line.slice(0, 60));
  }
});

test("an address that may continue after the end of a truncated line is not trusted", () => {
  for (const [pattern, line] of [
    ["from {ip}:{port} {*}", `from 2001:db8::7:80 ${LONG}`],
    ["from {ip}:{port}", "from 2001:db8::7:"],
    ["from {ip}:{port}", "from 2001:db8::7:8"],
    ["#{n:int}:{ip} {*}", `#5:2001:db8::7 ${LONG}`],
    ["{host}:{port} {*}", `2001:db8::7:80 ${LONG}`],
  ] as const)
    assert.deepEqual(routed(filterOf(failure(pattern)), [cut(line)]), [], line.slice(0, 60));
  assert.deepEqual(
    routed(filterOf(failure("from {ip}:{port} {*}")), [cut(`from 2001:db8::7:40122 ${LONG}`)]),
    ["r0 2001:db8::7 1"],
  );
});

test("the work on a truncated line is bounded and reported, and does not affect later lines", () => {
  // They begin differently, because what begins alike is read once.
  const many = Array.from({ length: 30 }, (_, i) => {
    const letter = String.fromCodePoint(0x3b1 + i);
    return filterOf(failure(`{a:until=:${letter}},{b:name} x${i} from {ip}: {*}`));
  });
  const filters = [...many, filterOf(failure("denied {ip}{*}"))];
  const router = createLineRouter(
    filters.map((filter) => ({ filter, accepts: undefined })),
    () => 0,
  );
  const found: string[] = [];
  const lines = ["a,".repeat(8000), `b,c x29 from 192.0.2.7: ${LONG}`, `denied 192.0.2.8: ${LONG}`];
  const text = lines.map((line) => `${cut(line)}\n`).join("");
  const batch = { text, fields: undefined, arrival: "live", cursor: undefined } as const;
  const { overLimit } = router.route(batch, NOW, {
    matched: (entry, { ip }) => found.push(`${entry} ${ip}`),
    unrecognized() {},
  });
  assert.equal(overLimit, 1);
  assert.deepEqual(found, ["29 192.0.2.7", "30 192.0.2.8"]);
});
