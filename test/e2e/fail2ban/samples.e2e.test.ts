/**
 * Runs every annotated sample line of the installed package through its filters: one expression matches, with the
 * annotated address, time and groups. Clock and time zone are those of fail2ban's own tests.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { instant } from "../../../src/domain/instant.ts";
import { buildFilter } from "../../../src/fail2ban/dialect/build-filter.ts";
import type { Fail2banFailure } from "../../../src/fail2ban/dialect/fail2ban-failure.ts";
import { Fail2banMatcher } from "../../../src/fail2ban/dialect/fail2ban-matcher.ts";
import { createLayerReader } from "../../../src/fail2ban/config/layers.ts";
import { readNamedFilter } from "../../../src/fail2ban/config/read-named-filter.ts";
import { localOffset } from "../../../src/host/time-zone.ts";
import {
  CONFIG,
  filtersWithSamples,
  isMeant,
  PACKAGE,
  readSamples,
  type Facts,
  type Sample,
  type SampleOptions,
} from "./read-samples.ts";

/** A zone with the same rules as that of the annotations, whose name ICU does not support. */
process.env["TZ"] = "Europe/Paris";
const NOW = instant(1_124_013_600_000);

/**
 * Filters of the tests include common ones by a path in the source tree, which differs by release, so links are
 * created.
 */
const tree = mkdtempSync(join(tmpdir(), "bailiff-samples-"));
mkdirSync(join(tree, "a/b/c/fail2ban/tests"), { recursive: true });
for (const place of ["config", "a/b/c/config"]) symlinkSync(CONFIG, join(tree, place));
symlinkSync(join(PACKAGE, "tests/config"), join(tree, "a/b/c/fail2ban/tests/config"));

/**
 * Directories of filters, with the minimum number of lines with options, so that the test cannot silently check
 * nothing.
 */
const DIRECTORIES = [
  { directory: join(tree, "config"), least: 1381 },
  { directory: join(tree, "a/b/c/fail2ban/tests/config"), least: 10 },
] as const;

interface Tally {
  passed: number;
  total: number;
}

const tallies = new Map<string, Tally>();
const reader = createLayerReader();

for (const { directory, least } of DIRECTORIES) {
  for (const name of filtersWithSamples(directory)) {
    test(`${name}: its sample lines`, () => {
      const tally = { passed: 0, total: 0 };
      tallies.set(name, tally);
      const open = createOpener(directory, name);
      const wrong = readSamples(name).flatMap((sample) =>
        sample.options.flatMap((options) => {
          const filter = open(options);
          if (!isMeant(sample.says["constraint"], name, options)) return [];
          tally.total++;
          const complaint = tryLine(sample, options, filter);
          if (complaint === undefined) {
            tally.passed++;
            return [];
          }
          return [`${sample.place}: ${complaint}: ${sample.line}`];
        }),
      );
      assert.deepEqual(wrong, []);
      assert.ok(tally.total > 0);
    });
  }
  test(`${directory}: no sample was lost`, () => {
    const names = new Set(filtersWithSamples(directory));
    const total = [...tallies].reduce(
      (sum, [name, one]) => sum + (names.has(name) ? one.total : 0),
      0,
    );
    assert.ok(total >= least, `${total} lines were tried, there are ${least} at least`);
  });
}

after(() => rmSync(tree, { recursive: true }));

test("every sample line was tried, and how many of each filter", (t) => {
  const all = [...tallies.values()];
  const sum = (key: keyof Tally): number => all.reduce((n, one) => n + one[key], 0);
  const each = [...tallies].map(([name, { passed, total }]) => `${name} ${passed}/${total}`);
  t.diagnostic(`sample lines: ${sum("passed")} of ${sum("total")}; ${each.join(", ")}`);
  assert.equal(sum("passed"), sum("total"));
});

/** Opens one filter for each set of options, and reuses it for all files, because its state is part of the test. */
function createOpener(
  directory: string,
  name: string,
): (options: SampleOptions) => Fail2banMatcher {
  const opened = new Map<string, Fail2banMatcher>();
  return (options) => {
    const args = Object.entries(options).filter(([key]) => !key.startsWith("test."));
    const key = options["test.filter-name"] ?? JSON.stringify(args);
    const known = opened.get(key);
    if (known !== undefined) return known;
    const { rules, problems } = readNamedFilter({ directory, name, args: new Map(args), reader });
    assert.deepEqual(problems, []);
    const built = buildFilter({ rules, localOffset });
    assert.ok(built.ok, JSON.stringify(built));
    const filter = new Fail2banMatcher(built.value, { everyRule: true, keepLines: true });
    opened.set(key, filter);
    return filter;
  };
}

/** Returns the difference from the annotation; undefined: none. */
function tryLine(
  { line, says }: Sample,
  options: SampleOptions,
  filter: Fail2banMatcher,
): string | undefined {
  const journal = options["logtype"] === "journal";
  const text = journal ? (options["test.prefix-line"] ?? "") + line : line;
  const found = filter
    .examine({ line: text, at: journal ? NOW : undefined, now: NOW, undated: "keep" })
    // Without a session, a line of context is reported as a failure.
    .filter(({ outcome, groups }) => outcome === "failure" && !groups.get("nofail"));
  const [failure] = found;
  if (failure === undefined) return says["match"] === true ? "not matched" : undefined;
  if (says["match"] !== true) return `matched by ${failure.rule + 1}, and should not`;
  if (found.length > 1) return `matched by ${found.map(({ rule }) => rule + 1).join(" and ")}`;
  return compare(failure, says);
}

const NO_GROUPS = new Set(["time", "match", "desc", "constraint"]);

function compare(failure: Fail2banFailure, says: Facts): string | undefined {
  for (const [key, wanted] of Object.entries(says)) {
    if (NO_GROUPS.has(key)) continue;
    const got = factOf(failure, key);
    const same = Array.isArray(wanted)
      ? JSON.stringify(wanted.map(String).sort()) === JSON.stringify(got)
      : got === wanted;
    if (!same) return `${key} is ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`;
  }
  const time = says["time"];
  if (typeof time !== "string") return undefined;
  const wanted = Math.floor(instantOf(time) / 1000);
  const got = Math.floor((failure.at ?? Number.NaN) / 1000);
  return got === wanted ? undefined : `its time is ${got}, not ${wanted} (${time})`;
}

function factOf({ groups, id, lines, users }: Fail2banFailure, key: string): unknown {
  if (key === "users") return [...users].sort();
  const group = groups.get(key);
  if (group !== undefined) return group;
  if (key === "host") return id;
  if (key === "attempts") return lines().length;
  return null;
}

/** "2005-08-14T11:57:00", some with one digit for the day or with a fraction: local time. */
function instantOf(text: string): number {
  const fields = text.split(/[-T:]/).map(Number);
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = fields;
  return new Date(year, month - 1, day, hour, minute, second).getTime();
}
