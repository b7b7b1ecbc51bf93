/**
 * A client that makes the last text of a line, or its request and headers, so long that the line is cut must still be
 * counted, at its own address.
 * Checks the samples of the filters of access logs, and of a mail server whose first rules are expressions; in an
 * ordinary run the first sample of each rule, and some of the others.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { CUT_MARK } from "../../domain/line-batch.ts";
import type { FilterMode, SampleDefinition } from "../../domain/filter-definition.ts";
import type { Match } from "../../domain/match.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { createLinesRouter, routeLines } from "./route-lines.ts";
import { loadFilters } from "../load-filters.ts";
import { compileFilter } from "../../parse/filter/compile-filter.ts";
import { fuzzSample } from "../../../test/fuzz-rounds.ts";

enableLinearRegex();

/** The filters, and the rules of which a cut line does not count. */
const FILTERS: Readonly<Record<string, readonly string[]>> = {
  "access-log": [
    // The agent itself is the evidence: who can lengthen it can as well leave the name of the program out.
    "scanner",
    "comment-spam",
    // No HTTP, so it has no headers, and the request itself is bounded by the server.
    "bad-request",
  ],
  // Bounds its lines to 1 KiB by default. An IPv6 address is followed by its port without brackets.
  haproxy: ["unauthorized"],
  lighttpd: [],
  modsecurity: [],
  // nginx bounds the lines of its error log to 2 KiB.
  "nginx-proxy-manager": ["login-failed"],
};

const { filters } = await loadFilters([]);

interface Cut {
  readonly line: string;
  readonly ip: string;
  readonly rule: string;
  readonly sample: SampleDefinition;
}

/** Makes the quoted text with which the line ends too long; undefined: it ends in none. */
function cutLastText({ line }: SampleDefinition): string | undefined {
  if (line.startsWith("{") || !/"[^"]*"$/.test(line)) return undefined;
  return `${line.slice(0, -1)}${"y".repeat(17_000)}`.slice(0, 16_384) + CUT_MARK;
}

/** Servers accept 8 KiB for the request and for each header. */
const MAX_HEADER_LENGTH = 8000;

/** Requests that a query would make others. */
const WITHOUT_QUERY = /\/server-status |\/sdk |XDEBUG_SESSION_START=phpstorm /;

/** Makes the request and the headers behind it as long as servers accept them; undefined: it has no such texts. */
function cutLongTexts({ line }: SampleDefinition): string | undefined {
  const parts = /^([^"{]*"[^"]*)( HTTP\/[\d.]+" \d+ \S+ ")([^"]*)" "[^"]*"$/.exec(line);
  if (parts === null || WITHOUT_QUERY.test(line)) return undefined;
  const [, request = "", status, referer] = parts;
  const query = `${request.includes("?") ? "&" : "?"}q=${"ab1%20".repeat(MAX_HEADER_LENGTH / 6)}`;
  const long = `${request}${query}${status}${referer}${"/b".repeat(MAX_HEADER_LENGTH / 2)}" "`;
  return `${long}${"y".repeat(MAX_HEADER_LENGTH)}`.slice(0, 16_384) + CUT_MARK;
}

/** Cuts each sample of a mode that counts an address. */
function cutSamples(
  samples: readonly SampleDefinition[],
  mode: FilterMode,
  cut: (sample: SampleDefinition) => string | undefined,
): readonly Cut[] {
  return samples.flatMap((sample): readonly Cut[] => {
    const { expect } = sample;
    if (sample.mode !== mode || expect.kind === "none" || expect.ip === undefined) return [];
    const line = expect.counts === 0 ? undefined : cut(sample);
    return line === undefined ? [] : [{ line, ip: expect.ip, rule: expect.rule, sample }];
  });
}

/** Number of samples in an ordinary run, beside the first of each rule. */
const FURTHER_SAMPLES = 40;
/** Number of samples with long texts in an ordinary run. */
const LONG_SAMPLES = 20;

function chooseCuts(cuts: readonly Cut[]): readonly Cut[] {
  const firsts = new Map(cuts.toReversed().map((cut) => [cut.rule, cut]));
  const others = cuts.filter((cut) => firsts.get(cut.rule) !== cut);
  return [...firsts.values(), ...fuzzSample(others, FURTHER_SAMPLES)];
}

for (const [name, exempt] of Object.entries(FILTERS)) {
  test(`${name}: a long last text hides no address`, () => {
    const definition = filters.get(name);
    assert.ok(definition !== undefined);
    const lost: string[] = [];
    let checked = 0;
    for (const mode of ["normal", "abuse"] as const) {
      const compiled = compileFilter(definition, mode);
      assert.ok(compiled.ok);
      const cuts = chooseCuts(cutSamples(definition.samples, mode, cutLastText));
      const route = createLinesRouter([compiled.value]);
      const found: readonly (Match | undefined)[] =
        route(cuts.map(({ line }) => line)).matches[0] ?? [];
      for (const [i, { ip, rule, sample }] of cuts.entries()) {
        checked++;
        if (found[i]?.ip === ip) continue;
        assert.equal(found[i], undefined, `another address is accused: ${sample.line}`);
        if (!exempt.includes(rule)) lost.push(sample.line);
      }
    }
    assert.ok(checked > 0, "the filter has such samples");
    assert.deepEqual(lost, []);
  });
}

test("access-log: a long request with long headers hides no address, in the first such lines either", () => {
  const definition = filters.get("access-log");
  assert.ok(definition !== undefined);
  for (const mode of ["normal", "abuse"] as const) {
    const compiled = compileFilter(definition, mode);
    assert.ok(compiled.ok);
    const all = cutSamples(definition.samples, mode, cutLongTexts);
    const cuts = fuzzSample(
      all.filter(({ rule }) => FILTERS["access-log"]?.includes(rule) === false),
      LONG_SAMPLES,
    );
    assert.ok(cuts.length > 0);
    const { matches } = routeLines(
      [compiled.value],
      cuts.map(({ line }) => line),
    );
    const lost = cuts.filter(({ ip }, i) => matches[0]?.[i]?.ip !== ip);
    assert.deepEqual(
      lost.map(({ sample }) => sample.line),
      [],
    );
  }
});

test("postfix: an expression of an earlier rule hides no cut line of another kind", () => {
  const definition = filters.get("postfix");
  assert.ok(definition !== undefined);
  const compiled = compileFilter(definition, "abuse");
  assert.ok(compiled.ok);
  const line = `warning: non-SMTP command from host.example.net[192.0.2.7]: GET /${"y".repeat(16_000)}${CUT_MARK}`;
  const [found] = routeLines([compiled.value], [line, line]).matches;
  assert.equal(found?.[1]?.ip, "192.0.2.7");
});
