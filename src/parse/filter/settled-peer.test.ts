/** A proof about a beginning must fail wherever a text behind it can change the address, for patterns and expressions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import { parse } from "smol-toml";
import { compileFilter } from "./compile-filter.ts";
import { readFilter } from "./read-filter.ts";
import { createPeerProof } from "./settled-peer.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

function prove(...rules: readonly string[]): ReturnType<typeof createPeerProof> {
  const written = rules.map((rule, i) => `[[rule]]\nid = "r${i}"\nis = "failure"\n${rule}`);
  const read = readFilter(parse(`name = "f"\n${written.join("\n")}`), "f.toml");
  assert.ok(read.ok, JSON.stringify(read));
  const filter = compileFilter(read.value, "abuse");
  assert.ok(filter.ok, JSON.stringify(filter));
  return createPeerProof(filter.value);
}

const FIRST = `line = '{ip} - {user} "{request:until="}" 401 {*}'`;
const EXPRESSION = `regex = '(?:[^ ]+ )?(?<ip>[0-9.]+) - (?<user>.*) failed'`;
const HEAD = "192.0.2.77 - ";

for (const [what, rules, beginning] of [
  ["an address before all that a client writes", [FIRST], HEAD],
  ["an address behind an optional word", [`line = '{?{vhost} }{ip} - {*}'`], `word ${HEAD}`],
  ["a rule that reads no such line", [FIRST, "line = 'login of {user} from {ip}'"], HEAD],
  ["a rule about JSON", [FIRST, "json = { ip = '{ip}' }"], HEAD],
  ["an expression", [FIRST, EXPRESSION], HEAD],
  ["an expression behind a word", [EXPRESSION], `word ${HEAD}`],
] as const) {
  test(`proven: ${what}`, () => {
    assert.ok(prove(...rules)(beginning));
  });
}

for (const [what, rules, beginning] of [
  ["an address that may continue", [FIRST], "192.0.2.77"],
  ["an address behind the text", ["line = '{*} from {ip}'"], HEAD],
  ["one of two rules with an address behind the text", [FIRST, "line = '{*} from {ip}'"], HEAD],
  ["an optional address behind the text", ["line = '{*}{? from {ip}}'", FIRST], HEAD],
  ["an address in a later word", [`line = '{word} - {ip} {*}'`], HEAD],
  ["two places for the address", [`line = '{?{vhost} - }{ip} {*}'`], HEAD],
  ["a rule without an address", [FIRST, "line = '{word} - failed{*}'"], HEAD],
  ["a host", ["line = '{host} {*}'"], "192.0.2.7"],
  ["a rule about logfmt", [FIRST, "logfmt = { ip = '{ip}' }"], HEAD],
  ["JSON behind a text", [FIRST, "before = '{*}'\njson = { ip = '{ip}' }"], HEAD],
  ["an expression with an address behind the text", [`regex = '.* from (?<ip>[0-9.]+)'`], HEAD],
  ["an expression with two places", [`regex = '(?:.* )?(?<ip>[0-9.]+) - .*'`], HEAD],
  ["an expression with alternatives", [`regex = '(?<ip>[0-9.]+) - a|x(?<host>.*)'`], HEAD],
  ["an expression with an optional address", [`regex = '(?<ip>[0-9.]+)? - (?<user>.*)'`], HEAD],
  ["an expression with a short address", [`regex = '(?<ip>[0-9.]+)[^ ]* - .*'`], HEAD],
] as const) {
  test(`not proven: ${what}`, () => {
    assert.ok(!prove(...rules)(beginning));
  });
}
