import assert from "node:assert/strict";
import test from "node:test";
import { checkPattern } from "./check-pattern.ts";
import { parsePattern } from "./pattern.ts";

function problemOf(pattern: string): string | undefined {
  const parts = parsePattern(pattern);
  assert.ok(parts.ok, pattern);
  const checked = checkPattern(parts.value);
  return checked.ok ? undefined : `${checked.error.got} | ${checked.error.hint ?? ""}`;
}

const CLEAR = [
  ...["{ip}", "{ip}{*}", "{*}{ip}", "{*}{ip}{*}", "{*} {ip} {*}", "[{ip}]:{port}", "{ip}:{port}"],
  ...["{ip}.{port}", "{ip}-{port};", "({ip})", "ip={ip},", "rhost:{ip}", "{ip}: {*}", "{ip}. {*}"],
  ...["{ip}{?: {*}}", "{ip}{? port {port}}", "{host}[{ip}]", "{host} [{ip}]", "{ip}{x:quoted}"],
  ...["{user:name}:{ip}", "#{n:int}:{ip}", "{user}@{host}", "{from {ip}|by {ip}}", "{host}:{port}"],
  ...["{*} {user:name}:{ip}", "[{n:int}]:{ip}", "{?::ffff:}{ip}", "node{ip}", "{host}: {*}"],
  ...["{ip} {request:quoted} 401", '{ip} "{request}" 401', '{a:quoted}"{b}" {ip}'],
  ...["{reason:short}, client: {ip}, {*}", "from {ip}: {*:short} {x}", "{user:short} {x}"],
  ...["({x:until=)}) [{ip}]", "{x:until=]}] {ip}{? {reason:short}: {*}}", "/{ip:endpoint}: {*}"],
  ...["{ip:endpoint} to {server:endpoint}", "from {ip:endpoint}{?, port {port}}"],
  ...["{server:ip}{*}{word}", "{*}{server:host}", "{ip} on {server:ip}", "{ip}{ |: }{*}"],
];

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['{ip} "{request:quoted}" 401', /between quotes.*write \{request:quoted\}/],
  ['{ip} {? "{agent:quoted}"} {*}', /between quotes/],
  ['"{user:quoted}" failed', /between quotes/],
  ["{ip} {ip}", /\{ip\} twice.*\{server:ip\}/],
  ["{?via {ip} }from {ip}", /twice/],
  ["{host} {host}", /\{server:host\}/],
  ["{ip}{?:{port}}", /number may follow.*\[\{ip\}\]:\{port\}/],
  ["{ip}{:{port}|}", /number may follow/],
  ["{ip}{?:{port}}: {*}", /number may follow/],
  ["{host}{?:{port}}", /number may follow/],
  ["{ip}{:80| }{*}", /number may follow/],
  ["{user:short}{? x}", /without text right after it/],
  ["{user:short}{ |: }{*}", /without text right after it/],
  ["{user:short}", /without text right after it/],
  ["{?{reason:short}} from {ip}", /without text right after it/],
  ["{user:short} from {ip}", /before the address: a client.*\{user:until=…\}/],
  ["{*:short} from {ip}", /before the address/],
  ["{?{x:short} }from {ip}", /before the address/],
  ["{x:short} {?from {host}}", /before the address/],
  ["{reason:short}{ip}", /without text right after it/],
  ["{x:until=]}{ip}", /type until right before/],
  ["{ip}{x:until=]}", /type until right after/],
  ["{x:until= }:{ip}", /could be a part/],
  ["{ip:endpoint}:{port}", /beside ":".*without \{port\}/],
  ["{ip:endpoint}{?:{port}}", /beside ":"/],
  ["{ip:endpoint}:80 x", /beside ":"/],
  ["cafe:{ip:endpoint}", /beside ":"/],
  ["{ip:endpoint}{*}", /\{\*\} right after/],
  ["{ip:endpoint} {ip}", /twice/],
  ["{user}{ip}", /type text right before/],
  ["{word}{ip}", /type word right before/],
  ["{port}{ip}", /type int right before/],
  ["{ip}{word}", /type word right after/],
  ["{ip}{port}", /type int right after/],
  ["{server:ip}{ip}", /type ip right before/],
  ["{host}{*}", /\{\*\} right after.*only \{ip\}/],
  ["{*}{host}", /\{\*\} right before/],
  ["a {*}:{ip}", /^"\{\*\}:" right before/],
  ["{*}{? x}{ip}", /\{\*\} right before/],
  ["{?{*}}{ip}", /\{\*\} right before/],
  ["{*}{a |{ip}}", /\{\*\} right before/],
  ["{*}:{ip}", /could be a part.*from \{ip\}/],
  ["{user}.{ip}", /could be a part/],
  ["{word}cafe:{ip}", /could be a part/],
  ["{user:name}.{ip}", /could be a part/],
  ["{ip}:{*}", /could be a part/],
  ["{ip}.{word}", /could be a part/],
  ["{ip}a", /could be a part/],
  ["{ip}1 {*}", /could be a part/],
  ["{*}:{host}", /could be a part/],
  ["{user}:{id:int}:{ip}", /could be a part/],
  ["{*}:{user:name}:{ip}", /could be a part/],
  ["{*}5{user:name}:{ip}", /could be a part/],
  ["{?{*}}{user:name}:{ip}", /could be a part/],
  ["{user:name}::{ip}", /could be a part/],
  ["{*}:{user:name}:{host}", /could be a part/],
  ["1{ip}", /could be a part/],
  ["from cafe{ip}", /could be a part/],
  ["{host}1", /could be a part/],
  ["{host}:{word}", /could be a part/],
  ["{?#{n:int}:}{ip}", /may precede, or may not.*several patterns/],
  ["{from |cafe:}{host}", /may precede, or may not/],
  [`{user}${"{? x{time}}".repeat(6)}`, /many optional/],
];

test("an address with clear neighbors is accepted", () => {
  for (const pattern of CLEAR) assert.equal(problemOf(pattern), undefined, pattern);
});

test("a pattern with an ambiguous address is refused with a hint", () => {
  for (const [pattern, problem] of REFUSED)
    assert.match(problemOf(pattern) ?? "", problem, pattern);
});
