import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterDefinition, FilterOverlay } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { applyOverlay } from "./apply-overlay.ts";
import { readFilter, readOverlay } from "./read-filter.ts";

const SAMPLE = { line: "x", expect: "none" };

function rulesOf(ids: readonly string[]) {
  return ids.map((id) => ({ id, is: "failure", line: `${id} {ip}` }));
}

function base(...ids: readonly string[]): FilterDefinition {
  const read = readFilter({ name: "f", rule: rulesOf(ids), sample: [SAMPLE] }, "f.toml");
  assert.ok(read.ok);
  return read.value;
}

function overlay(path: string, ...ids: readonly string[]): FilterOverlay {
  const read = readOverlay({ extends: "f", rule: rulesOf(ids), sample: [SAMPLE] }, path);
  assert.ok(read.ok);
  return read.value;
}

/** All of them, one after the other. */
function added(overlays: readonly FilterOverlay[]): FilterDefinition | readonly Problem[] {
  let filter = base("a", "b");
  for (const one of overlays) {
    const both = applyOverlay(filter, one);
    if (!both.ok) return both.error;
    filter = both.value;
  }
  return filter;
}

test("added rules and samples come last, with their positions", () => {
  const filter = added([overlay("one.toml", "c", "d"), overlay("two.toml", "e")]);
  assert.ok("rules" in filter);
  assert.deepEqual(
    filter.rules.map(({ id, location }) => [id, location?.path, location?.key]),
    [
      ["a", undefined, undefined],
      ["b", undefined, undefined],
      ["c", "one.toml", "rule.0"],
      ["d", "one.toml", "rule.1"],
      ["e", "two.toml", "rule.0"],
    ],
  );
  assert.deepEqual(
    filter.samples.map(({ location }) => location?.path),
    [undefined, "one.toml", "two.toml"],
  );
  assert.deepEqual([filter.name, filter.path], ["f", "f.toml"]);
});

for (const [what, overlays, got] of [
  ["the filter has", [overlay("one.toml", "c", "b")], '"b", which f.toml has already'],
  [
    "another addition has",
    [overlay("one.toml", "b2"), overlay("two.toml", "c", "b2")],
    '"b2", which one.toml has already',
  ],
] as const)
  test(`an id that ${what} is refused, with the file that has it`, () => {
    const path = overlays.at(-1)?.path;
    const expected = "a unique id";
    assert.deepEqual(added(overlays), [{ path, key: "rule.1.id", got, expected }]);
  });
