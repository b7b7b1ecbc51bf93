/**
 * Holds every shipped filter against the samples in its own file, through the router and the attempt counter that the
 * daemon uses, and proves for every failure rule that what a client types cannot change whom the line accuses.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import test from "node:test";
import { parse } from "smol-toml";
import { checkFilters } from "../src/jails/check-filters.ts";
import { type Attempt, createAttemptCounter } from "../src/detect/attempts.ts";
import type {
  FilterDefinition,
  FilterMode,
  SampleDefinition,
} from "../src/domain/filter-definition.ts";
import { instant } from "../src/domain/instant.ts";
import { subjectContains, parseSubject } from "../src/domain/cidr.ts";
import { parseIp } from "../src/domain/ip.ts";
import type { Match } from "../src/domain/match.ts";
import { compileFilter } from "../src/parse/filter/compile-filter.ts";
import { forgeRule } from "../src/parse/filter/forge-rule.ts";
import { type LineRouter, createLineRouter } from "../src/parse/route/line-router.ts";
import { readFilter } from "../src/parse/filter/read-filter.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const FOLDER = join(import.meta.dirname, "..", "filters");
const DOCUMENTATION = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"];

function read(path: string): FilterDefinition {
  const definition = readFilter(parse(readFileSync(path, "utf8")), basename(path));
  assert.ok(definition.ok, JSON.stringify(definition));
  return definition.value;
}

function routerOf(definition: FilterDefinition, mode: FilterMode): LineRouter {
  const filter = compileFilter(definition, mode);
  assert.ok(filter.ok, JSON.stringify(filter));
  return createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
}

interface Outcome {
  readonly match: Match | undefined;
  readonly attempt: Attempt | undefined;
}

/** What one line is taken for, in a separate session. */
function take(router: LineRouter, line: string): Outcome {
  let outcome: Outcome = { match: undefined, attempt: undefined };
  const attempts = createAttemptCounter();
  router.route(
    { text: `${line}\n`, fields: undefined, arrival: "backlog", cursor: undefined },
    NOW,
    {
      matched: (_entry, match) => {
        outcome = { match, attempt: attempts.observe(match) };
      },
      unrecognized() {},
    },
  );
  return outcome;
}

const FILTERS = globSync("*.toml", { cwd: FOLDER }).map((name) => read(join(FOLDER, name)));

test("there are filters, each named after its file", () => {
  assert.ok(FILTERS.length > 0);
  for (const { name, path } of FILTERS) assert.equal(`${name}.toml`, path);
});

for (const definition of FILTERS) {
  const { name, samples, rules } = definition;
  const routers = {
    normal: routerOf(definition, "normal"),
    aggressive: routerOf(definition, "aggressive"),
  };

  test(`${name}: every sample is taken for exactly what it expects`, () => {
    for (const { line, mode, expect } of samples) {
      const { match, attempt } = take(routers[mode], line);
      if (expect.kind === "none") assert.equal(match, undefined, line);
      else {
        assert.equal(match?.rule, expect.rule, line);
        assert.equal(attempt?.ip, expect.ip, line);
        assert.equal(attempt?.user, expect.user, line);
        if (expect.counts !== undefined) assert.equal(attempt?.counts, expect.counts, line);
      }
    }
  });

  test(`${name}: failures and lines that are none both have samples`, () => {
    const failures = new Set(rules.filter(({ is }) => is === "failure").map(({ id }) => id));
    const accuses = ({ expect }: SampleDefinition): boolean =>
      expect.kind === "rule" && failures.has(expect.rule);
    assert.ok(samples.some(accuses), "no sample of a failure");
    assert.ok(
      samples.some((sample) => sample.expect.kind === "none"),
      "no sample of a line that is not the filter's",
    );
  });

  test(`${name}: what is checked at start in filters of an operator holds too`, async () => {
    assert.deepEqual(await checkFilters([definition], compileFilter), []);
  });

  test(`${name}: every pattern is exercised by a sample`, () => {
    const missing = rules.flatMap((rule) => {
      if (rule.recognize.kind !== "line")
        return samples.some(({ expect }) => expect.kind === "rule" && expect.rule === rule.id)
          ? []
          : [rule.id];
      return rule.recognize.patterns.filter((pattern) => {
        const alone = routerOf(
          { ...definition, rules: [{ ...rule, recognize: { kind: "line", patterns: [pattern] } }] },
          "aggressive",
        );
        return !samples.some(
          ({ line, expect }) =>
            expect.kind === "rule" &&
            expect.rule === rule.id &&
            take(alone, line).match !== undefined,
        );
      });
    });
    assert.deepEqual(missing, []);
  });

  test(`${name}: samples name addresses set aside for documentation only`, () => {
    const networks = DOCUMENTATION.map(parseSubject);
    const addresses = samples.flatMap(
      ({ line }) => line.match(/(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*/gi) ?? [],
    );
    for (const text of addresses) {
      const ip = parseIp(text);
      if (ip === undefined) continue;
      assert.ok(
        networks.some((network) => network !== undefined && subjectContains(network, ip)),
        text,
      );
    }
  });

  test(`${name}: no text a client chooses changes the address of a failure or of a login`, () => {
    const wrong: string[] = [];
    let forged = 0;
    for (const rule of rules) {
      if (rule.is !== "failure" && rule.is !== "success") continue;
      for (const { line, truth } of forgeRule(rule, samples)) {
        const { match } = take(routers.aggressive, line);
        const accused = match?.kind === rule.is ? (match.ip ?? match.host) : undefined;
        // Not being recognized is the safe reading; accusing somebody else, or taking him for logged in, never is.
        if (accused !== undefined && accused !== truth)
          wrong.push(`${rule.id}: ${accused} for ${line}`);
        forged++;
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(forged > 0, "nothing was forged: the check is blind");
  });
}
