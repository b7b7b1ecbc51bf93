/**
 * A client that makes its request and its headers as long as servers accept them, of characters that JSON escapes, must
 * still be counted. Checks the samples of access logs in JSON, read as a source reads them; in an ordinary run the first
 * sample of each rule, and some of the others.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { CUT_MARK } from "../../domain/line-batch.ts";
import type { FilterMode, SampleDefinition } from "../../domain/filter-definition.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { takeLines } from "../../source/take-lines.ts";
import { routeLines } from "./route-lines.ts";
import { loadFilters } from "../load-filters.ts";
import { compileFilter } from "../../parse/filter/compile-filter.ts";
import { fuzzSample } from "../../../test/fuzz-rounds.ts";

enableLinearRegex();

/** Servers accept 8 KiB for the request and for each header. */
const MAX_HEADER_LENGTH = 8000;
const PADDINGS: readonly string[] = ["ab1%20", '\\"', "%27or", "login."];

/** Requests that a query would make others. */
const WITHOUT_QUERY = /XDEBUG_SESSION_START=phpstorm /;

/** The target of a request, with the method or without it; its end. */
const TARGET =
  /("(?:request|request_line|request_uri|uri|path|url|uri_path|RequestPath|x-envoy-origin-path)":"(?:[A-Z]+ )?\/[^" ]*)((?: HTTP\/[\d.]+)?")/;

/** Makes the request of a line in JSON long, and adds a long header; undefined: the line has none. */
function lengthen({ line }: SampleDefinition, padding: string): string | undefined {
  const long = padding.repeat(MAX_HEADER_LENGTH / padding.length);
  if (!line.startsWith("{") || !TARGET.test(line) || WITHOUT_QUERY.test(line)) return undefined;
  const query = line.replace(TARGET, (_, target: string, end: string) => {
    return `${target}${target.includes("?") ? "&" : "?"}q=${long}${end}`;
  });
  return query.replace(/\}$/, `,"long":"${long}"}`);
}

const { filters } = await loadFilters([]);

interface Counted {
  readonly line: string;
  readonly rule: string;
  readonly ip: string;
  readonly sample: SampleDefinition;
}

function countedOf(samples: readonly SampleDefinition[], mode: FilterMode): readonly Counted[] {
  return samples.flatMap((sample): readonly Counted[] => {
    const { expect, line } = sample;
    if (sample.mode !== mode || expect.kind === "none" || expect.ip === undefined) return [];
    if (expect.counts !== 1 || lengthen(sample, "x") === undefined) return [];
    return [{ line, rule: expect.rule, ip: expect.ip, sample }];
  });
}

for (const name of ["access-log", "caddy", "traefik", "envoy"]) {
  test(`${name}: a long request with a long header hides no address in JSON`, () => {
    const definition = filters.get(name);
    assert.ok(definition !== undefined);
    for (const mode of ["normal", "abuse"] as const) {
      const compiled = compileFilter(definition, mode);
      assert.ok(compiled.ok);
      const counted = countedOf(definition.samples, mode);
      const firsts = new Map(counted.toReversed().map((one) => [one.rule, one]));
      const chosen = new Set([...firsts.values(), ...fuzzSample(counted, 20)]);
      for (const { sample, ip } of chosen) {
        const lines = PADDINGS.flatMap((padding) => lengthen(sample, padding) ?? []);
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const text = takeLines(bytes, bytes.length)?.text ?? "";
        assert.ok(!text.includes(CUT_MARK));
        const { matches, overLimit } = routeLines(
          [compiled.value],
          text.split("\n").slice(0, lines.length),
        );
        const found = matches[0]?.map((match) =>
          match?.kind === "failure" ? match.ip : undefined,
        );
        assert.deepEqual(
          found,
          lines.map(() => ip),
          sample.line,
        );
        assert.equal(overLimit, 0);
      }
    }
  });
}
