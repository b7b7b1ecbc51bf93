import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import test from "node:test";
import { filterNamed, OTHER_NAMES } from "./other-names.ts";

const FILTERS = join(import.meta.dirname, "../../filters");
const SHIPPED = globSync("*/*.toml", { cwd: FILTERS }).map((path) => basename(path, ".toml"));

test("other names lead to a shipped filter, each to one, and hide none", () => {
  const all = Object.values(OTHER_NAMES).flat();
  assert.deepEqual(
    Object.keys(OTHER_NAMES).filter((filter) => !SHIPPED.includes(filter)),
    [],
  );
  assert.deepEqual(
    all.filter((name, n) => SHIPPED.includes(name) || all.indexOf(name) !== n),
    [],
  );
  for (const [filter, names] of Object.entries(OTHER_NAMES))
    for (const name of names) assert.equal(filterNamed(name, SHIPPED), filter);
});

test("letters' case does not matter, and a filter of the administrator comes first", () => {
  assert.equal(filterNamed("MariaDB", SHIPPED), "mysql");
  assert.equal(filterNamed("Nginx", SHIPPED), "nginx");
  assert.equal(filterNamed("mariadb", [...SHIPPED, "mariadb"]), "mariadb");
});

test("a name without a filter is returned as it was written", () => {
  for (const name of ["Nothing-Known", "", "__proto__", "constructor"])
    assert.equal(filterNamed(name, SHIPPED), name);
});
