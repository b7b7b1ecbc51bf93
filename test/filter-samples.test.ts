/**
 * Checks every shipped filter with its samples and the rules of CONTRIBUTING.md ("Adding a filter"). The checks are in
 * src/jails/check-quality.ts, shared with `bailiff filter test`; they must find no problem.
 */
import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import test from "node:test";
import { parseConfig } from "../src/config/parse-config.ts";
import { FILTER_MODES } from "../src/domain/filter-definition.ts";
import { formatProblem } from "../src/domain/problem.ts";
import { isProgramOf } from "../src/domain/program-glob.ts";
import { isSharedLog } from "../src/host/logs/shared-log.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";
import { checkFilters } from "../src/jails/check-filters.ts";
import { findFlaws, findGaps } from "../src/jails/check-quality.ts";
import { compileJails } from "../src/jails/compile-jails.ts";
import { loadFilters } from "../src/jails/load-filters.ts";
import { readShippedHeads, SHIPPED_FILTERS } from "../src/jails/shipped-filters.ts";
import { compileFilter } from "../src/parse/filter/compile-filter.ts";

enableLinearRegex();

const ROOT = join(import.meta.dirname, "..");
const PATHS = globSync("*/*.toml", { cwd: SHIPPED_FILTERS }).map((path) =>
  join(SHIPPED_FILTERS, path),
);
const { filters, problems } = await loadFilters([]);

/** Formats problems with paths relative to the repository. */
function format(found: Parameters<typeof formatProblem>[0][]): readonly string[] {
  return found.map((one) => formatProblem({ ...one, path: relative(ROOT, one.path) }));
}

test("every filter can be read, and no name is used in two folders", async () => {
  assert.deepEqual(format([...problems]), []);
  const names = PATHS.map((path) => basename(path, ".toml"));
  assert.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  );
  assert.ok(filters.size > 200, "as README says");
  assert.deepEqual([...filters.keys()].toSorted(), names.toSorted());
  const heads = await readShippedHeads();
  assert.deepEqual(
    heads.map(({ name }) => name),
    names.toSorted(),
    "the part before the first rule can be read alone",
  );
});

test("a program or file shows at most one service, and what is marked as shared exists", async () => {
  const heads = await readShippedHeads();
  const clues = heads.flatMap(({ name, programs, files, shared = [] }) => {
    const all = [...programs, ...files];
    assert.deepEqual(
      shared.filter((one) => !all.includes(one)),
      [],
      name,
    );
    const telling = all.filter((one) => !shared.includes(one) && !isSharedLog(one));
    return [...new Set(telling)].map((clue) => ({ clue, name }));
  });
  const several = [...Map.groupBy(clues, ({ clue }) => clue)].filter(([, of]) => of.length > 1);
  assert.deepEqual(
    several.map(([clue, of]) => `${clue}: ${of.map(({ name }) => name).join(", ")}`),
    [],
  );
  const appliances = heads.filter(({ remote }) => remote).map(({ name }) => name);
  for (const name of ["junos", "pfsense", "opnsense", "cisco-ios"])
    assert.ok(appliances.includes(name), name);
});

test("a process that a journal match names is one of the filter's programs, or its lines are of another", () => {
  for (const { name, programs, journal } of filters.values()) {
    if (programs.length === 0) continue;
    const processes = journal.flatMap((match) => /(?:^|\s)_COMM=(\S+)/.exec(match)?.[1] ?? []);
    // The kernel keeps 15 bytes of a process's name, and of the tag "postfix/smtpd" the part behind the slash.
    const known = programs.map((program) =>
      program.slice(program.lastIndexOf("/") + 1).slice(0, 15),
    );
    for (const process of processes)
      assert.ok(known.includes(process) || isProgramOf(programs, process), `${name}: ${process}`);
  }
});

test("filters are in the folders that CONTRIBUTING.md lists", () => {
  const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const listed = [...text.matchAll(/^\| `filters\/([a-z-]+)\/` \|/gm)].map(([, name]) => name);
  assert.ok(listed.length > 0);
  const folders = new Set(PATHS.map((path) => relative(SHIPPED_FILTERS, dirname(path))));
  assert.deepEqual(
    [...folders].filter((folder) => !listed.includes(folder)),
    [],
  );
  const strays = readdirSync(SHIPPED_FILTERS).filter((name) => name.endsWith(".toml"));
  assert.deepEqual(strays, []);
});

test("the jail of every filter loads in every mode", async () => {
  for (const mode of FILTER_MODES) {
    const jails = [...filters.keys()].map(
      (name) => `[jails.${name}]\nmode = "${mode}"\nunverified = true\n`,
    );
    const text = jails.join("");
    const paths = { state: "/var/lib/bailiff", socket: "/run/bailiff/bailiff.sock" };
    const config = await parseConfig([{ path: "/x.toml", text }], { paths, ports: new Map() });
    assert.ok(config.ok, JSON.stringify(config));
    const compiled = compileJails(config.value.jails, { filters, compile: compileFilter }, []);
    assert.deepEqual(format([...compiled.problems]), []);
    assert.equal(compiled.jails.length, filters.size);
  }
});

for (const [name, definition] of filters) {
  test(`${name}: every sample has the expected result, and its ports exist`, async () => {
    assert.deepEqual(format([...(await checkFilters([definition], compileFilter))]), []);
  });

  test(`${name}: no client can change an address, no rules disagree, and no line is slow`, async () => {
    assert.deepEqual(format([...(await findFlaws(definition))]), []);
  });

  test(`${name}: it has evidence, proven senders and samples of every kind`, async () => {
    assert.deepEqual(format([...(await findGaps(definition))]), []);
  });
}
