/**
 * Measures the maximum cost of a line of 16 KB in a shipped filter. The unit is a pass of V8's linear engine over a
 * line of that length; quadratic work would cost thousands of passes. Also measures a chunk of lines without blanks,
 * relative to usual lines.
 */
import assert from "node:assert/strict";
import { instant } from "../src/domain/instant.ts";
import { loadFilters } from "../src/jails/load-filters.ts";
import { compileFilter } from "../src/parse/filter/compile-filter.ts";
import { createLineRouter } from "../src/parse/route/line-router.ts";
import type { LineRouter } from "../src/parse/route/line-sink.ts";
import { hostileSamples, MAX_LINE_LENGTH } from "../src/jails/hostile-samples.ts";
import type { FilterDefinition } from "../src/domain/filter-definition.ts";
import type { Figure } from "./figure.ts";
import type { Setting } from "./section.ts";

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
/** Target: maximum number of passes; usually two or three. */
const MAX_WALKS = 40;
/** Number of slowest lines that are measured again separately. */
const REMEASURED = 4;
const REPETITIONS = 8;
const CHUNK_LINES = 60_000;
const MAX_TIMES_USUAL = 20;
const USUAL =
  "Nov 23 04:11:05 web1 sshd[42]: Failed password for root from 192.0.2.7 port 4022 ssh2";
const BARE = ["x", "<", "sshd(", "[", "Nov", "a:", "1", "@4"];

export async function measureShipped({ say }: Setting): Promise<readonly Figure[]> {
  const { filters } = await loadFilters([]);
  say("hostile: lines made of samples, through their own filter");
  const lines = [...filters.values()].map(worstLine).toSorted((a, b) => b.ours - a.ours);
  say("hostile: chunks of lines without any blank");
  const [sshd] = [...filters.values()].filter(({ name }) => name === "sshd");
  return [...lines.slice(0, 1), ...(sshd === undefined ? [] : [worstChunk(sshd)])];
}

function worstLine(definition: FilterDefinition): Figure {
  const router = routerOf(definition);
  const lines = hostileSamples(definition);
  const ranked = lines
    .map((line) => ({ line, ms: leastTime(router, [line], 1) }))
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, REMEASURED)
    .map(({ line }) => ({ line, ms: leastTime(router, [line], REPETITIONS) }))
    .toSorted((a, b) => b.ms - a.ms);
  const walk = timeOfWalk();
  return {
    name: "worst hostile line of 16 KB, shipped filters",
    unit: "ms",
    ours: ranked[0]?.ms ?? Number.NaN,
    peer: { name: "one walk of V8's linear engine over such a line", value: walk },
    target: { kind: "within", times: MAX_WALKS },
    details: { lines: lines.length, filter: definition.name },
  };
}

function worstChunk(definition: FilterDefinition): Figure {
  const router = routerOf(definition);
  const chunk = (line: string): number =>
    leastTime(router, new Array<string>(CHUNK_LINES).fill(line), 3);
  const worst = Math.max(...BARE.map(chunk));
  return {
    name: `${CHUNK_LINES} lines without any blank`,
    unit: "ms",
    ours: worst,
    peer: { name: "as many usual lines", value: chunk(USUAL) },
    target: { kind: "within", times: MAX_TIMES_USUAL },
  };
}

function routerOf(definition: FilterDefinition): LineRouter {
  const filter = compileFilter(definition, "aggressive");
  assert.ok(filter.ok, JSON.stringify(filter));
  return createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
}

/** Returns the milliseconds of the fastest repetition, which excludes other work of the machine. */
function leastTime(router: LineRouter, lines: readonly string[], goes: number): number {
  const text = lines.map((line) => `${line}\n`).join("");
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  return least(goes, () => {
    router.route(batch, NOW, { matched() {}, unrecognized() {} });
  });
}

function timeOfWalk(): number {
  const line = `${"a".repeat(MAX_LINE_LENGTH - 1)}b`;
  const walk = new RegExp("^(?:a+)+$", "l");
  return least(20 * REPETITIONS, () => void walk.test(line));
}

function least(goes: number, work: () => void): number {
  const times = Array.from({ length: goes }, () => {
    const before = performance.now();
    work();
    return performance.now() - before;
  });
  return Math.min(...times);
}
