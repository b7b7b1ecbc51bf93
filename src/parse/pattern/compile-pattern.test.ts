import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { type CompiledPattern, compilePattern } from "./compile-pattern.ts";
import { parsePattern } from "./pattern.ts";

function compile(pattern: string): CompiledPattern {
  const parts = parsePattern(pattern);
  assert.ok(parts.ok, pattern);
  return compilePattern(parts.value);
}

function match(pattern: string, message: string): readonly (string | undefined)[] | undefined {
  return new RegExp(`^${compile(pattern).source}$`).exec(message)?.slice(1);
}

const MATCHES: readonly (readonly [string, string, readonly (string | undefined)[] | undefined])[] =
  [
    ["{ip}", "192.0.2.1", ["192.0.2.1"]],
    ["{ip}", "fe80::1%eth0", ["fe80::1%eth0"]],
    ["{ip}", "host", undefined],
    ["{user:word} {host}", "a\u00a0b\u2028 h\ufeff:\u3000", ["a\u00a0b\u2028", "h\ufeff:\u3000"]],
    ["{user:word}", "a\tb", undefined],
    ["{user:word}", "a\vb", undefined],
    ["{ip}{*}", "192.0.2.7: x", ["192.0.2.7", undefined]],
    ["{ip}{*}", "192.0.2.7.", ["192.0.2.7", undefined]],
    ["{ip}{*}", "192.0.2.7:4242 x", ["192.0.2.7", undefined]],
    ["{ip}{*}", "192.0.2.7.example.com", undefined],
    ["{ip}{*}", "192.0.2.77.1", undefined],
    ["{ip}{*}", "192.0.2.7-9", undefined],
    ["{ip}{*}", "2001:db8::7: x", [undefined, "2001:db8::7"]],
    ["{ip}{*}", "2001:db8::7:80", [undefined, "2001:db8::7:80"]],
    ["{ip}{*}", "2001:db8::", [undefined, "2001:db8::"]],
    ["{ip}{*}", "2001:db8:0:0:0:0:0:7:80", undefined],
    ["{ip}{*}", "::ffff:192.0.2.7, x", ["::ffff:192.0.2.7", undefined]],
    ["{*}{ip}{*}", "x ::ffff:192.0.2.7:4242", ["::ffff:192.0.2.7", undefined]],
    ["{ip}{*}", "64:ff9b:0:0:0:0:192.0.2.7:4242", ["64:ff9b:0:0:0:0:192.0.2.7", undefined]],
    ["{ip}{*}", "fe80::1%eth0:4242 x", ["fe80::1%eth0", undefined]],
    ["{ip}{*}", "fe80::1%eth0 x", ["fe80::1%eth0", undefined]],
    ["{*}{ip}", "192.0.2.7", ["192.0.2.7"]],
    ["{*}{ip}", "x 192.0.2.7", ["192.0.2.7"]],
    ["{*}{ip}", "x [2001:db8::7", ["2001:db8::7"]],
    ["{*}{ip}", "1.192.0.2.7", undefined],
    ["{*}{ip}", "x2001:db8::7", undefined],
    ["{*:short} from {user}", "a from b from c", ["b from c"]],
    ["{user:short} from {x:text}", "a from b from c", ["a"]],
    ["{user:short} from {x:int}", "a from b from 4", undefined],
    ["{user:short}: {x:text}", ": y", [""]],
    ["[{user:until=]}] {*}", "[a b] c] d", ["a b"]],
    ["[{user:until=]}]", "[]", undefined],
    ["[{?{user:until=]}}]", "[]", [undefined]],
    ["{user:until=^-{{{|}}{*}", "a^b", ["a"]],
    ["{user:until={}}}{*}", "a}b", ["a"]],
    ['"{user:unescaped="}" {*}', String.raw`"a \" b" c" d`, [String.raw`a \" b`]],
    ['"{user:unescaped="}" {*}', String.raw`"a\\" b" c`, [String.raw`a\\`]],
    ['"{user:unescaped="}"', '""', [""]],
    ["{user:unescaped=]}{*}", String.raw`a\]b]c`, [String.raw`a\]b`]],
    ['"{user:unescaped="}"', String.raw`"a\"`, undefined],
    ["{ip:endpoint} x", "192.0.2.7:5 x", ["192.0.2.7", undefined, undefined]],
    ["{ip:endpoint}: x", "192.0.2.7: x", ["192.0.2.7", undefined, undefined]],
    ["{ip:endpoint} x", "[2001:db8::7]:5 x", [undefined, "2001:db8::7", undefined]],
    ["{ip:endpoint} x", "[2001:db8::7] x", [undefined, "2001:db8::7", undefined]],
    ["{ip:endpoint} x", "[fe80::1%eth0]:5 x", [undefined, "fe80::1%eth0", undefined]],
    ["{ip:endpoint} x", "[192.0.2.7]:5 x", [undefined, "192.0.2.7", undefined]],
    // An address, or an address and a port.
    ["{ip:endpoint} x", "2001:db8::7 x", undefined],
    ["{ip:endpoint} x", "2001:db8::7:80 x", undefined],
    ["{ip:endpoint} x", "2001:db8::7:40122 x", [undefined, undefined, "2001:db8::7"]],
    ["{ip:endpoint} x", "0:0:0:0:0:0:0:1 x", ["0:0:0:0:0:0:0:1", undefined, undefined]],
    ["{ip:endpoint} x", "0:0:0:0:0:0:0:1:80 x", ["0:0:0:0:0:0:0:1", undefined, undefined]],
    ["{ip:endpoint} x", "::ffff:192.0.2.7:80 x", ["::ffff:192.0.2.7", undefined, undefined]],
    ["{ip:endpoint} x", "fe80::1%eth0:80 x", ["fe80::1%eth0", undefined, undefined]],
    ["{ip:endpoint} x", "host:80 x", undefined],
    ["{server:endpoint} {user}", "[::1]:80 u", ["u"]],
    ["{ip}:{port}", "192.0.2.7:80", ["192.0.2.7", undefined]],
    // Ambiguous: a group of an IPv6 address, or a port. The next pattern may be "{ip}".
    ["{ip}:{port}", "2001:db8::7:80", undefined],
    ["{ip}:{port}", "2001:db8::7:40122", [undefined, "2001:db8::7"]],
    ["{ip}:{port}", "2001:db8:0:0:0:0:0:7:80", ["2001:db8:0:0:0:0:0:7", undefined]],
    ["{ip}:{port}", "::ffff:192.0.2.7:80", ["::ffff:192.0.2.7", undefined]],
    ["{ip}:{port}", "fe80::1%eth0:80", ["fe80::1%eth0", undefined]],
    ["{*}{ip}:{port}", "x 2001:db8::7:40122", [undefined, "2001:db8::7"]],
    ["{*}{ip}:{port}", "x 2001:db8::7:80", undefined],
    ["{ip}:80 {*}", "2001:db8::7:80 x", undefined],
    ["{ip}:80 {*}", "192.0.2.7:80 x", ["192.0.2.7"]],
    ["{ip}:abort", "2001:db8::7:abort", ["2001:db8::7"]],
    ["{ip}{*}:{port}", "2001:db8::7:80", undefined],
    ["{ip}{*}:{port}", "2001:db8::7 x:80", [undefined, "2001:db8::7"]],
    ["{from {ip}|by {ip}}:{port}", "by 2001:db8::7:80", undefined],
    ["{host}:{port}", "2001:db8::7:80", undefined],
    ["{host}:{port}", "2001:db8::7:40122", [undefined, "2001:db8::7"]],
    ["{host}:{port}", "a.example:80", ["a.example", undefined]],
    ["#{n:int}:{ip}", "#5:2001:db8::7", undefined],
    ["#{n:int}:{ip}", "#5:192.0.2.7", ["192.0.2.7"]],
    ["{user:name}:{ip}", "bob:192.0.2.7", ["bob", "192.0.2.7"]],
    ["{user:name}:{ip}", "2001:db8::7", undefined],
    ["{user:name}:{ip}", "64:ff9b::192.0.2.7", undefined],
    ["{user:name}:{host}", "cafe:2001:db8::7", undefined],
    ["cafe:{ip}", "cafe:2001:db8::7", undefined],
    ["#{n:int}:{*}{ip}", "#5: 2001:db8::7", [undefined, "2001:db8::7", undefined]],
    ["#{n:int}:{*}{ip}", "#5:2001:db8::7", undefined],
    ["failed:{ip}", "failed:2001:db8::7", ["2001:db8::7"]],
    ["IPv6:{ip}", "IPv6:2001:db8::7", ["2001:db8::7"]],
    ["{?::ffff:}{ip}", "2001:db8::7", ["2001:db8::7"]],
    ["[{ip}]:{port}", "[2001:db8::7]:80", ["2001:db8::7"]],
    ["{ip}.{port}", "192.0.2.7.80", ["192.0.2.7"]],
    ["{ip}: {*}", "2001:db8::7: x", ["2001:db8::7"]],
    ["{host}[{ip}]", "unknown[192.0.2.8]", ["unknown", "192.0.2.8"]],
    ["[{ip}]", "[2001:db8::1]", ["2001:db8::1"]],
    ["from {host} x", "from a.example x", ["a.example"]],
    ["from {host} x", "from a b x", undefined],
    ["{word} {int}", "up 12", []],
    ["{word} {int}", "up twelve", undefined],
    ["{user}: {*}", "a: b: c", ["a: b"]],
    ["{user:name}: {*}", "a: b: c", ["a"]],
    ["{user:quoted}!", '"a \\" b"!', ['a \\" b']],
    ["{user:quoted}!", '"a " b"!', undefined],
    ["{method:quoted}!", '"a"!', []],
    ["a{? b} c", "a b c", []],
    ["a{? b} c", "a c", []],
    ["{x|y {user}}z", "xz", [undefined]],
    ["{x|y {user}}z", "y uz", ["u"]],
    ["x{?{}}{|}{a{|}b|c}}y", "x}|a|by", []],
    ["x{?{}}{|}{a{|}b|c}}y", "x}|cy", []],
    ["x{?{}}{|}{a{|}b|c}}y", "x}|a", undefined],
    ["{name}: {user}", "a b: c: d", ["c: d"]],
    ["{count} times", "3 times", ["3"]],
    ["1+1=2 (.*) [a] {{x}} \\ ^$|", "1+1=2 (.*) [a] {x} \\ ^$|", []],
    // An optional part after free text is searched first, at its last position.
    ["for {user}{? from {ip}}", "for x from 192.0.2.7", ["x", "192.0.2.7", undefined]],
    ["for {user}{? from {ip}}", "for x", [undefined, undefined, "x"]],
    [
      "for {user}{? from {ip}}",
      "for x from 198.51.100.1 from 192.0.2.7",
      ["x from 198.51.100.1", "192.0.2.7", undefined],
    ],
    ["for {user}{ from {ip}|}", "for x from 192.0.2.7", ["x", "192.0.2.7", undefined]],
    ["{user} {result}{? from {ip}}", "x y failed from 192.0.2.7", ["x y", "192.0.2.7", undefined]],
    ["{host}{? via {user}}{? at {time}}", "a via b at c", ["a", "b", "c", undefined, undefined]],
    // The writer of optional text must not be able to choose a peer that comes later.
    [
      "{user}{? via proxy} from {ip}{*}",
      "x via proxy from 198.51.100.1 from 192.0.2.7",
      ["x via proxy from 198.51.100.1", "192.0.2.7", undefined],
    ],
    // Free text takes as much as it can: the address is the last one that fits.
    [
      "for {user} from {ip} port {port}",
      "for x from 198.51.100.1 port 1 from 192.0.2.1 port 2",
      ["x from 198.51.100.1 port 1", "192.0.2.1"],
    ],
  ];

test("fields match their type, and only fields of a match are captured", () => {
  for (const [pattern, message, groups] of MATCHES) {
    assert.deepEqual(match(pattern, message), groups, `${pattern} on ${message}`);
  }
});

const OPENINGS: readonly (readonly [string, readonly string[]])[] = [
  ["Failed {method} for", ["Failed "]],
  ["plain", ["plain"]],
  ["{?error: }PAM: {*}", ["error: PAM: ", "PAM: "]],
  ["{Invalid|Illegal} user {user}", ["Invalid user ", "Illegal user "]],
  ["{?a {ip} }b", ["a ", "b"]],
  ["{ip} x", [""]],
  ["{*}", [""]],
  ["{user:quoted} x", ['"']],
  ["{n:int} of {m:int}", [..."0123456789"]],
  ["{?error: }{n:int} of", ["error: ", ..."0123456789"]],
  ["#{n:int} {a|{m:int}}", ["#"]],
  ["x {a|{n:int} b}", ["x a", "x "]],
  ["{?a}{?b}", [""]],
  ["", [""]],
  // Beyond the bound, a pattern has no known beginning.
  ["{a|b|c|d}{a|b|c|d}{a|b|c|d}{a|b|c|d}x", [""]],
  [
    "{a|b|c|d}{a|b|c|d}{a|b|c|d}{user}",
    [..."abcd"].flatMap((a) => [..."abcd"].flatMap((b) => [..."abcd"].map((c) => a + b + c))),
  ],
];

test("the beginnings of every message a pattern can match", () => {
  for (const [pattern, openings] of OPENINGS)
    assert.deepEqual(compile(pattern).openings.toSorted(), openings.toSorted(), pattern);
});

test("lists of texts of which every match contains one", () => {
  const { required } = compile("{ip} denied{? for a very long reason} by {*}");
  assert.deepEqual(required, [[" denied"], [" by "]]);
  assert.deepEqual(compile("{ip}{*}").required, []);
  assert.deepEqual(compile("a{b|c{dd|ee} }").required, [["a"], ["b", "dd", "ee"]]);
  assert.deepEqual(compile("{a|{word}}").required, []);
  assert.deepEqual(compile("{ip} {request:quoted} 4").required, [[' "'], ['" 4']]);
});

test("a pattern without fields matches its own text and nothing longer", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      fc.pre(!text.includes("\n"));
      const pattern = text.replaceAll("{", "{{").replaceAll("}", "}}");
      assert.deepEqual(match(pattern, text), []);
      assert.equal(match(pattern, `${text}x`), undefined);
    }),
    fuzzRuns(100),
  );
});

test("a matching message begins with one of the openings and contains the required literal", () => {
  const patterns = [
    "{?error: }PAM: {*} for {user}",
    "{a|bb {word}} {int}",
    "x{?y}{?z} {ip}",
    "{ip} is {?not }ok",
    "{n:int} {a|{m:int}}{?x}",
    "{a|x{y|z}} {*:quoted}",
  ];
  const fill = fc.constantFrom(
    "error: ",
    "PAM: ",
    "a",
    "bb ",
    "w",
    " ",
    "7",
    "x",
    "y",
    "z",
    "192.0.2.1",
    " is ",
    "not ",
    "ok",
    " for ",
    '"',
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...patterns),
      fc.array(fill, { maxLength: 8 }),
      (pattern, pieces) => {
        const message = pieces.join("");
        const { openings, required } = compile(pattern);
        if (match(pattern, message) === undefined) return;
        assert.ok(openings.some((opening) => message.startsWith(opening)));
        for (const texts of required) assert.ok(texts.some((text) => message.includes(text)));
      },
    ),
    fuzzRuns(100),
  );
});

test("names captures in the order of the groups, also of a port joined to the address", () => {
  const ports = [
    ["{ip:endpoint} x", "192.0.2.7:80 x", "192.0.2.7"],
    ["{ip:endpoint} x", "[2001:db8::7]:80 x", "2001:db8::7"],
    ["{ip:endpoint} x", "2001:db8::7:40122 x", "2001:db8::7"],
    ["{ip}:{port} x", "192.0.2.7:80 x", "192.0.2.7"],
    ["{ip}:{port} x", "2001:db8::7:40122 x", "2001:db8::7"],
    ["{user:name}:{ip}:{port} x", "a:192.0.2.7:80 x", "192.0.2.7"],
    ["{host}:{port} x", "2001:db8::7:40122 x", "2001:db8::7"],
  ] as const;
  for (const [pattern, message, peer] of ports) {
    const parts = parsePattern(pattern);
    assert.ok(parts.ok, pattern);
    const { source, groups } = compilePattern(parts.value, "login");
    const [, ...captures] = new RegExp(`^${source}$`).exec(message) ?? [];
    assert.equal(captures.length, groups.length, pattern);
    const named = new Map(
      groups.flatMap((name, i) => (captures[i] === undefined ? [] : [[name, captures[i]]])),
    );
    assert.equal(named.get("ip") ?? named.get("host"), peer, pattern);
    assert.ok(["80", "40122"].includes(named.get("port") ?? ""), pattern);
  }
});
