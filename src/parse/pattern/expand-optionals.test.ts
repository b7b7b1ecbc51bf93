import assert from "node:assert/strict";
import { test } from "node:test";
import { alternativesOf, MAX_ALTERNATIVES } from "./expand-optionals.ts";
import { parsePattern, type PatternPart } from "./pattern.ts";

function alternatives(pattern: string): readonly string[] {
  const parts = parsePattern(pattern);
  assert.ok(parts.ok, pattern);
  return alternativesOf(parts.value).map(format);
}

/** As it is written in a filter. */
function format(parts: readonly PatternPart[]): string {
  return parts.map(formatPart).join("");
}

function formatPart(part: PatternPart): string {
  switch (part.kind) {
    case "literal":
      return part.text;
    case "skip":
      return "{*}";
    case "field":
      return `{${part.name}}`;
    case "optional":
      return `{?${format(part.parts)}}`;
    case "choice":
      return `{${part.branches.map(format).join("|")}}`;
  }
}

for (const [what, pattern, ...expected] of [
  ["the peer behind free text", "for {user}{? from {ip}}", "for {user} from {ip}", "for {user}"],
  ["a branch left empty", "for {user}{ from {ip}|}", "for {user} from {ip}", "for {user}"],
  [
    "several branches and an empty one",
    "for {user}{ from {ip}| by {ip}|}",
    "for {user}{ from {ip}| by {ip}}",
    "for {user}",
  ],
  [
    "two in a row",
    "{user}{? at {time}}{? on {tty}}",
    "{user} at {time} on {tty}",
    "{user} at {time}",
    "{user} on {tty}",
    "{user}",
  ],
  [
    "the peer far behind a text that is not captured",
    "{*}: failed{? from {ip}}",
    "{*}: failed from {ip}",
    "{*}: failed",
  ],
  [
    "the peer far behind an optional text",
    "login{? of {user}} failed{? from {ip}}",
    "login{? of {user}} failed from {ip}",
    "login{? of {user}} failed",
  ],
  [
    "the peer far behind a choice of texts",
    "{user {user}|host {ip2}} failed{? from {ip}}",
    "{user {user}|host {ip2}} failed from {ip}",
    "{user {user}|host {ip2}} failed",
  ],
  ["a choice of texts", "{user}{?{a|b}}", "{user}{a|b}", "{user}"],
  ["free text", "{user}{?{*}}", "{user}{*}", "{user}"],
  ["an optional within", "{user}{?{? again}!}", "{user} again!", "{user}!", "{user}"],
  ["nothing but an optional within", "{user}{?{? again}}", "{user} again", "{user}", "{user}"],
  ["a quoted text", "{user}{?{agent:quoted}}", "{user}{agent}", "{user}"],
  ["a time behind free text", "{ip}{*}{? at {time}}", "{ip}{*} at {time}", "{ip}{*}"],
  ["a port behind a word", "{ip} {kind}{?:{port}}", "{ip} {kind}:{port}", "{ip} {kind}"],
  ["a word behind a name", "{user:name}{?{kind}}", "{user}{kind}", "{user}"],
  ["a digit behind a count", "{count}{?0}", "{count}0", "{count}"],
  ["a character a word can hold", "{host}{?!}", "{host}!", "{host}"],
] as const)
  test(`expanded: ${what}`, () => assert.deepEqual(alternatives(pattern), expected));

for (const [what, pattern] of [
  ["nothing is free before it", "failed{? for {user}}"],
  ["only what is never free is before it", "{n:int} {reason:quoted}{? from {ip}}"],
  ["the peer comes later", "{user}{? via proxy} from {ip}"],
  ["neither is captured", "{*}{? (again)}"],
  ["a name ends before the colon", "{user:name}{?: again}"],
  ["a word ends before the blank", "{host}{? again}"],
  ["a count ends before the letter", "{count}{?x}"],
  ["a quoted text ends by itself", "{user:quoted}{? again}"],
  ["an address ends by itself", "from {ip}{?!}"],
] as const)
  test(`not expanded: ${what}`, () => {
    const untyped = pattern.replaceAll(/:[a-z]+\}/g, "}");
    assert.deepEqual(alternatives(pattern), [untyped]);
  });

test("an empty branch makes the others optional", () => {
  assert.deepEqual(alternatives("failed{ again|}"), ["failed{? again}"]);
  assert.deepEqual(alternatives("failed{ again| twice|}"), ["failed{?{ again| twice}}"]);
  assert.deepEqual(alternatives("failed{||}"), ["failed{?}"]);
});

test("expansion stops at its bound", () => {
  const optionals = Array.from({ length: 30 }, (_, i) => `{? ${i} {time}}`).join("");
  const count = alternatives(`{user}${optionals}`).length;
  assert.ok(count > MAX_ALTERNATIVES && count < 2 * MAX_ALTERNATIVES + 2, String(count));
});
