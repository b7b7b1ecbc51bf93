import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { compileFilter, type Filter } from "../../parse/filter/compile-filter.ts";
import { readFilter } from "../../parse/filter/read-filter.ts";
import { findQuotedMessages, quotingLines } from "./find-quoted-messages.ts";

const HEAD = "Nov 23 04:11:05 host1 door[42]: ";
const FAILED = "login of alice from 192.0.2.7 failed";
const DENIED = { rule: "denied", ip: "192.0.2.7" };

interface Sample {
  readonly line: string;
  readonly expect: object | "none";
}

function read(rule: object, ...samples: readonly Sample[]): [FilterDefinition, Filter] {
  const definition = readFilter(
    {
      name: "door",
      programs: ["door"],
      rule: [{ id: "denied", is: "failure", ...rule }],
      sample: samples,
    },
    "door.toml",
  );
  assert.ok(definition.ok, JSON.stringify(definition));
  const filter = compileFilter(definition.value, "normal");
  assert.ok(filter.ok, JSON.stringify(filter));
  return [definition.value, filter.value];
}

function problems(rule: object, ...samples: readonly Sample[]): readonly string[] {
  return findQuotedMessages(...read(rule, ...samples)).map(
    ({ key, got, expected, hint }) => `${key}: ${got}; ${expected}; ${hint}`,
  );
}

function failed(before = ""): Sample {
  return { line: `${HEAD}${before}${FAILED}`, expect: DENIED };
}

test("a rule that takes other text before its words is a problem", () => {
  for (const line of [
    "{*}login of {user} from {ip} failed",
    "{?{level} }login of {user} from {ip} failed",
    "{?{head:text} }login of {user} from {ip} failed",
    "{?[{level:until=]}] }login of {user} from {ip} failed",
    "{?{module:until=:}: }login of {user} from {ip} failed",
  ]) {
    const found = problems({ line }, failed());
    assert.equal(found.length, 1, line);
    assert.match(
      found[0] ?? "",
      /^rule\.0: the message inside another one: .*203\.0\.113\.9.*; no match: .*; .*leading_text = /,
    );
  }
});

test("a rule that begins with the service's own words is none", () => {
  for (const [line, before] of [
    ["login of {user} from {ip} failed", ""],
    ["{?{pid:int} }login of {user} from {ip} failed", ""],
    ["{?[{DEBUG|WARN}] }login of {user} from {ip} failed", "[WARN] "],
    ["main({number:int}): login of {user} from {ip} failed", "main(7): "],
  ] as const)
    assert.deepEqual(problems({ line }, failed(before)), [], line);
});

test("a message that others quote behind the service's own words is a problem", () => {
  const harmless: Sample = { line: `${HEAD}page: no file /index for all`, expect: "none" };
  const line = "login of {user:name} from {ip} failed{?{*}}";
  assert.deepEqual(problems({ line }, failed(), harmless), []);
  assert.deepEqual(problems({ line: `{?page: {*}}${line}` }, failed()), []);
  assert.equal(problems({ line: `{?page: {*}}${line}` }, failed(), harmless).length, 1);
});

test("what a client chose is escaped where the line is JSON", () => {
  const line = '{"msg":"login failed","ip":"192.0.2.7"}';
  const harmless: Sample = { line: '{"msg":"page","path":"index"}', expect: "none" };
  const json = { msg: "login failed", ip: "{ip}" };
  assert.deepEqual(problems({ json }, { line, expect: DENIED }, harmless), []);
  const [definition] = read({ json }, { line, expect: DENIED }, harmless);
  const written = quotingLines(definition).filter((one) => one.startsWith('{"msg":"page","path":'));
  assert.ok(written.length > 0);
  for (const one of written) assert.doesNotThrow(() => JSON.parse(one), one);
});

test("leading_text allows what the service writes, and is superfluous elsewhere", () => {
  const leading_text = "door.c of door 1.0: the name of the gate";
  const free = "{?{gate} }login of {user} from {ip} failed";
  assert.deepEqual(problems({ line: free, leading_text }, failed()), []);
  const narrow = "login of {user} from {ip} failed";
  assert.deepEqual(problems({ line: narrow, leading_text }, failed()), [
    "rule.0: leading_text of a rule that takes no other text before its own words; no leading_text; remove leading_text",
  ]);
});

test("a long line gets no more copies than a short one of 64 words", () => {
  const rule = { line: "login of {user} from {ip} failed" };
  function count(words: number): number {
    const harmless: Sample = { line: `${HEAD}${"word ".repeat(words)}`, expect: "none" };
    return quotingLines(read(rule, failed(), harmless)[0]).length;
  }
  assert.ok(count(10) < count(100));
  assert.equal(count(5000), count(100));
});
