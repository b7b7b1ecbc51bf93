import assert from "node:assert/strict";
import { test } from "node:test";
import { compileFilter } from "../../parse/filter/compile-filter.ts";
import { readFilter } from "../../parse/filter/read-filter.ts";
import { findForgedClients } from "./find-forged-clients.ts";

const RULE = { id: "login", is: "failure", line: "{ip} {*}" };

function problems(keys: object): readonly string[] {
  const definition = readFilter({ name: "web", rule: [RULE], ...keys }, "web.toml");
  assert.ok(definition.ok, JSON.stringify(definition));
  const filter = compileFilter(definition.value, "normal");
  assert.ok(filter.ok, JSON.stringify(filter));
  return findForgedClients(definition.value, filter.value).map(({ key, got }) => `${key}: ${got}`);
}

test("a place that a client's other texts can pass for is a problem", () => {
  for (const pattern of [
    "{*} for {forwarded} agent {agent:text}",
    '{*} "{forwarded:text}"{?{rest:text}}',
    "{name:text} via {forwarded:word} {*}",
  ])
    assert.match(
      problems({ forwarded_line: [pattern] })[0] ?? "",
      /^forwarded_line: 203\.0\.113\.9/,
      pattern,
    );
});

test("a field that only the proxy ends is none", () => {
  const forwarded_line = ["{*}] {request:quoted} {agent:quoted} {forwarded:quoted}"];
  assert.deepEqual(problems({ forwarded_line }), []);
  assert.deepEqual(problems({}), []);
  const line = '{"ip":"198.51.100.20","agent":"x","xff":"192.0.2.7"}';
  const expect = { rule: "login", ip: "198.51.100.20", forwarded: "192.0.2.7" };
  const rule = [{ id: "login", is: "failure", json: { ip: "{ip}" } }];
  assert.deepEqual(problems({ rule, forwarded_field: "xff", sample: [{ line, expect }] }), []);
});
