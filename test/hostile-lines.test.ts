/**
 * The linear engine bounds rules that are exponential in a backtracking engine. filter-samples.test.ts tests lines for
 * each shipped filter.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { type FilterDefinition, STRICTEST_MODE } from "../src/domain/filter-definition.ts";
import { instant } from "../src/domain/instant.ts";
import { compileFilter } from "../src/parse/filter/compile-filter.ts";
import { createLineRouter } from "../src/parse/route/line-router.ts";
import type { LineRouter } from "../src/parse/route/line-sink.ts";
import { readFilter } from "../src/parse/filter/read-filter.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";
import { MAX_LINE_LENGTH } from "../src/jails/hostile-samples.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));

function definitionOf(table: unknown): FilterDefinition {
  const definition = readFilter(table, "hostile");
  assert.ok(definition.ok, JSON.stringify(definition));
  return definition.value;
}

function routerOf(definition: FilterDefinition): LineRouter {
  const filter = compileFilter(definition, STRICTEST_MODE);
  assert.ok(filter.ok, JSON.stringify(filter));
  return createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
}

function assertRead(router: LineRouter, lines: readonly string[]): void {
  const text = lines.map((line) => `${line.slice(0, MAX_LINE_LENGTH)}\n`).join("");
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  const { lines: seen } = router.route(batch, NOW, { matched() {}, unrecognized() {} });
  assert.equal(seen, lines.length);
}

test("the linear engine is enabled: it refuses an expression that it cannot run", () => {
  assert.throws(() => new RegExp("(?=a)", "l"), /linear time/);
  // A backtracking search would practically never end.
  assert.equal(new RegExp("^(?:a+)+$").test(`${"a".repeat(5000)}b`), false);
});

test("rules that are exponential in a backtracking engine are bounded", () => {
  const router = routerOf(
    definitionOf({
      name: "hostile",
      rule: [
        { id: "a", is: "failure", regex: String.raw`(?:a+)+ (?<ip>\S+)` },
        { id: "b", is: "failure", regex: String.raw`(?:a|a|aa)* (?<ip>\S+)` },
        { id: "c", is: "failure", regex: String.raw`(?:.*,){10}x(?<ip>\S+)` },
        { id: "d", is: "failure", line: "{*}a{*}a{*}a{*}a{*}a{*}a{*}a{*}b-{ip}" },
        { id: "e", is: "failure", line: "{user}{user}{user}{user} from {ip}" },
        { id: "f", is: "failure", line: "{word}{word}{word}{word}!{ip}" },
      ],
    }),
  );
  const lines = ["a", "a,", "a from ", "aaab", "a!", " a"].map((piece) =>
    piece.repeat(MAX_LINE_LENGTH),
  );
  // The assertion is that this ends.
  assertRead(router, lines);
});
