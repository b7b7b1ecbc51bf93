/**
 * All filters of the library read every sample together, and each reads it alone: a filter must recognize the same. What
 * filters share while they read one log (the choice of rules, results of equal expressions) must not change results.
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

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));
const { filters } = await loadFilters([]);
const compile = createFilterCompiler();
const compiled = [...filters.values()].map((filter) => {
  const made = compile(filter, "abuse");
  assert.ok(made.ok);
  return made.value;
});
const samples = [...filters.values()].flatMap((filter) => filter.samples.map(({ line }) => line));

interface Recognized {
  readonly kind: Match["kind"];
  readonly text: string;
}

/** Returns what some filters recognize in each sample; each sample is a log. */
function readAll(some: readonly Filter[]): readonly (readonly Recognized[])[] {
  const routed = some.map((filter) => ({ filter, accepts: undefined }));
  const router = createLineRouter(routed, () => 0);
  return samples.map((line, n) => {
    const found: Recognized[] = [];
    const batch = sampleBatch([line.replaceAll("\n", " ")], []);
    router.route({ ...batch, cursor: { key: `${n}`, value: "" } }, NOW, {
      matched: (entry, match) =>
        found.push({ kind: match.kind, text: `${some[entry]?.name} ${describe(match)}` }),
      unrecognized() {},
    });
    return found;
  });
}

function describe({ rule, ip, host, user, at, isTimed, repeated }: Match): string {
  return [rule, ip, host, user, isTimed ? at : "untimed", repeated].join(" ");
}

const textsOf = (found: readonly Recognized[]): readonly string[] =>
  found.map(({ text }) => text).toSorted();

test("filters recognize in every sample what each of them recognizes alone", () => {
  const together = readAll(compiled);
  const alone = compiled.map((filter) => readAll([filter]));
  assert.ok(samples.length > 2000);
  for (const [n, line] of samples.entries()) {
    const found = together[n] ?? [];
    const expected = alone.flatMap((one) => one[n] ?? []);
    // Once a filter recognizes a line without a header, no further beginning of its message is tried for the others.
    const lost = expected.filter(({ text }) => !found.some((one) => one.text === text));
    assert.deepEqual(textsOf(lost.filter(({ kind }) => kind !== "neutral")), [], line);
    assert.deepEqual(textsOf(found), textsOf(expected.filter((one) => !lost.includes(one))), line);
  }
});
