/**
 * The lockfile must work for `npm ci` with any registry: it names no registry, and has an entry for each optional
 * package of each platform (npm drops those missing in a mirror, and then reports an outdated lockfile).
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as v from "valibot";

const ROOT = join(import.meta.dirname, "..");
const VERSIONS = v.optional(v.record(v.string(), v.string()), {});
const MANIFEST = v.object({
  dependencies: VERSIONS,
  devDependencies: VERSIONS,
  optionalDependencies: VERSIONS,
});
const LOCK = v.object({
  packages: v.record(
    v.string(),
    v.object({
      version: v.optional(v.string()),
      resolved: v.optional(v.string()),
      integrity: v.optional(v.string()),
      optional: v.optional(v.boolean(), false),
      ...MANIFEST.entries,
    }),
  ),
});

const lock = v.parse(LOCK, JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")));
const packages = new Map(Object.entries(lock.packages));

test("the lockfile agrees with package.json", () => {
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  const { dependencies, devDependencies, optionalDependencies } = v.parse(
    MANIFEST,
    JSON.parse(text),
  );
  const root = packages.get("");
  assert.deepEqual(root?.dependencies, dependencies);
  assert.deepEqual(root?.devDependencies, devDependencies);
  assert.deepEqual(root?.optionalDependencies, optionalDependencies);
});

test("every version is exact", () => {
  const root = packages.get("");
  const versions = {
    ...root?.dependencies,
    ...root?.devDependencies,
    ...root?.optionalDependencies,
  };
  for (const [name, version] of Object.entries(versions)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

test("no entry names a registry", () => {
  const named = [...packages].filter(([, entry]) => entry.resolved !== undefined);
  assert.deepEqual(named, []);
});

test("every optional package of every platform has an entry", () => {
  const missing = [...packages].flatMap(([from, { optionalDependencies }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => packages.get(`node_modules/${name}`)?.version === undefined)
      .map((name) => `${name} of ${from}`),
  );
  assert.deepEqual(missing, []);
});

test("every package for Linux with glibc has its integrity hash", () => {
  for (const [path, { integrity, optional }] of packages) {
    if (path === "" || (optional && !/linux-(?:x64|arm64)(?:-gnu)?$/.test(path))) continue;
    assert.match(integrity ?? "", /^sha512-/, path);
  }
});
