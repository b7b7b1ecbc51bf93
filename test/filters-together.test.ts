/**
 * All filters of the library read samples together, and each reads them alone: a filter must recognize the same. What
 * filters share while they read one log (the choice of rules, results of equal expressions) must not change results. An
 * ordinary run takes a third of the samples, a long one all.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../src/domain/instant.ts";
import type { Match } from "../src/domain/match.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";
import { loadFilters } from "../src/jails/load-filters.ts";
import { createFilterCompiler, type Filter } from "../src/parse/filter/compile-filter.ts";
import { createLineRouter } from "../src/parse/route/line-router.ts";
import { sampleBatch } from "../src/parse/route/sample-batch.ts";
import { fuzzSample } from "./fuzz-rounds.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));
const { filters } = await loadFilters([]);
const compile = createFilterCompiler();
const compiled = [...filters.values()].map((filter) => {
  const made = compile(filter, "abuse");
  assert.ok(made.ok);
  return made.value;
});
// A stated form of times holds for all filters of a log, so other filters read these lines differently alone.
const all = [...filters.values()]
  .filter(({ time_format }) => time_format === undefined)
  .flatMap((filter) => filter.samples.map(({ line }) => line));
const samples = fuzzSample(all, 1000);

/** Returns what some filters recognize in each sample; each sample is a log. */
function readAll(some: readonly Filter[]): readonly (readonly string[])[] {
  const routed = some.map((filter) => ({ filter, accepts: undefined }));
  const router = createLineRouter(routed, () => 0);
  return samples.map((line, n) => {
    const found: string[] = [];
    const batch = sampleBatch([line.replaceAll("\n", " ")], []);
    router.route({ ...batch, cursor: { key: `${n}`, value: "" } }, NOW, {
      matched: (entry, match) => found.push(`${some[entry]?.name} ${describe(match)}`),
      unrecognized() {},
    });
    return found;
  });
}

function describe({ rule, ip, host, user, at, isTimed, repeated }: Match): string {
  return [rule, ip, host, user, isTimed ? at : "untimed", repeated].join(" ");
}

test("filters recognize in every sample what each of them recognizes alone", () => {
  const together = readAll(compiled);
  const alone = compiled.map((filter) => readAll([filter]));
  assert.ok(samples.length >= 1000);
  const differing = samples.flatMap((line, n) => {
    const found = (together[n] ?? []).toSorted();
    const expected = alone.flatMap((one) => one[n] ?? []).toSorted();
    return found.join("\n") === expected.join("\n") ? [] : [{ line, found, expected }];
  });
  assert.deepEqual(differing, []);
});
