import assert from "node:assert/strict";
import test from "node:test";
import { coversPattern } from "./covers-pattern.ts";
import { type PatternPart, parsePattern } from "./pattern.ts";

function parts(pattern: string): readonly PatternPart[] {
  const parsed = parsePattern(pattern);
  assert.ok(parsed.ok, pattern);
  return parsed.value;
}

/** The first pattern matches every line of the second. */
const COVERED: readonly (readonly [string, string])[] = [
  ["denied {ip}", "denied {ip}"],
  ["{*}", "login of {user} from {ip}{? port {port}}"],
  ["login of {user:name} from {ip}{?, {count} times}", "login of {user:name} from {ip}"],
  ["login of {user} from {ip} denied", "login of root from {ip} denied"],
  ["login of {user} from {ip} denied", "login of {first} or {user:name} from {ip} denied"],
  ["{a|b|c} {ip}", "{b|a} {ip}"],
  ["from {host}", "from {ip}"],
  ["from {host}", "from {ip}:{port}"],
  ["from {ip}:{port}{?,{*}}", "from {ip}:{port}, x"],
  ["from {ip}{*}", "from {ip}, {port}"],
  ["from {ip}:{id}", "from {ip}:{port}"],
  ["code {code} {ip}", "code 40{digit:int} {ip}"],
  ["denied {ip}{*}", "denied {ip} by {rule}"],
  ["denied {ip}{*}", "denied {ip}{*} by {rule}"],
  ["{*}{ip} denied", "login from {ip} denied"],
  ["{*}{ip} denied", "login {*}{ip} denied"],
  ["{*}x{*}", "axb {*}"],
  ["{*} {x:text}", "{a:short} {b:until=]}"],
  ["{a:short} from {*}", "user{b:short} from {*}"],
  ["{a:short} from {*}", "user:{n:int}{b:until= ]} from {*}"],
  ["[{a:until=]}] {*}", "[{n:int}x{a:until={|}]}] y"],
  ['"{a:unescaped="}" {*}', '"{n:int}x{a:unescaped="?}" y'],
  ['"{a:unescaped="}" {*}', String.raw`"{a:until="\}" y`],
  ["from {ip:endpoint}", "from {ip:endpoint}"],
  ['{*}"{*}" {ip}', 'get "a" {ip}'],
  ["get {path:quoted} {ip}", "get {path:quoted} {ip}"],
];

for (const [wide, narrow] of COVERED)
  test(`"${wide}" matches every line of "${narrow}"`, () => {
    assert.ok(coversPattern(parts(wide), parts(narrow)));
  });

/** Two patterns, and a line of the second that the first does not match. */
const FREE: readonly (readonly [string, string, string])[] = [
  ["denied {ip}: {reason:name}", "denied {ip}: {*}", "denied 192.0.2.7: a: b"],
  ["for {user:name} from {ip} port {port}", "for {user} from {ip} port {port}", "for a:b from …"],
  ["a {*}b {ip}", "a{*} b {ip}", "ax b 192.0.2.7"],
  ["a {ip}{*}", "a {ip}:{port}", "a ::ffff:192.0.2.7:80"],
  ["a {ip}{*}", "a {ip}x {*}", "a 192.0.2.7x y"],
  ["a {*}{ip} x", "a port={ip} x{*}", "a port=192.0.2.7 xy"],
  ["a {*}{ip}", "a {n:int}.{ip}", "a 7.192.0.2.7"],
  ["login of {user:word} from {ip}", "login of {user} from {ip}", "login of a b from 192.0.2.7"],
  ["code {n:int} {ip}", "code {n:word} {ip}", "code x 192.0.2.7"],
  ["from {ip}", "from {host}", "from a.example.org"],
  ["get {path:word} {ip}", "get {path:quoted} {ip}", 'get "a b" 192.0.2.7'],
  ["x {ip}{? y}", "x {ip}{? {*}}", "x 192.0.2.7 z"],
  ["denied {ip}", "denied{*}", "denied"],
  ["word {w} {ip}", "word {user} {ip}", "word  192.0.2.7"],
  ["a {ip}", "b {ip}", "b 192.0.2.7"],
  ["from {ip}:{port}", "from {ip}:{id}", "from 192.0.2.7:x"],
  ["from {ip}:1{n:int}", "from {ip}:{port}", "from 192.0.2.7:22"],
  ["from {host}:{port}", "from {ip}:{port}", "from 192.0.2.7:22: not certain"],
  ["from {ip}", "from {server:ip}", "from 999.1.1.1"],
  ["{a:short}: {n:int}", "{*}: {n:int}", "a: b: 4"],
  ["{a:short}: {n:int}", "a: b: {n:int}", "a: b: 4"],
  ["{a:short}: {n:int}", "{b:until=:}{c:word}: {n:int}", "a:: 4"],
  ["{a:short} {n:int}", "{b:short}: {n:int}", "a b: 4"],
  ["[{a:until=]}]", "[{b}]", "[]]"],
  ["[{a:until=]}]", "[{b:until=[}]", "[]]"],
  ["[{a:until=]1}]", "[{n:int}]", "[1]"],
  ['"{a:unescaped="}"', '"{b:until="}"', String.raw`"\"`],
  ['"{a:unescaped="?}"', '"{b:unescaped="}"', '"?"'],
  ['"{a:unescaped="}"', String.raw`"\"`, String.raw`"\"`],
  ["from {ip:endpoint}", "from {ip}", "from 2001:db8::7"],
  ["from {ip}", "from {ip:endpoint}", "from 192.0.2.7:5"],
];

for (const [wide, narrow, line] of FREE)
  test(`"${wide}" does not match "${line}" of "${narrow}"`, () => {
    assert.ok(!coversPattern(parts(wide), parts(narrow)));
  });

test("a pattern with too many alternatives is not compared", () => {
  const many = "{a|b}".repeat(12);
  assert.ok(!coversPattern(parts(`${many} {ip}`), parts(`${many} {ip}`)));
  assert.ok(coversPattern(parts("{*}"), parts("{a|b}{a|b} {ip}")));
});
