/** Each rule of the architecture check fails for a small artificial tree that violates it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Plan, type Report, findViolations } from "./find-violations.ts";
import { readModule } from "./read-module.ts";

const PLAN: Plan = {
  mayImport: new Map([
    ["domain", []],
    ["parse", ["domain"]],
    ["enforce", ["domain"]],
    ["daemon", ["domain", "parse", "enforce"]],
  ]),
  pure: ["domain", "parse"],
  inTests: ["record"],
  patterns: "parse",
  computed: ["tools/all.ts"],
};

function check(tree: Readonly<Record<string, string>>): Report {
  const modules = Object.entries(tree).map(([path, text]) => readModule(path, text));
  return findViolations(modules, PLAN);
}

const NFTABLES = { "src/enforce/nftables.ts": "export const name = 1;" };
const BAN = { "src/domain/ban.ts": "export interface Ban { readonly a: 1 }" };

test("a tree that follows the layout has no violations, and its imports are counted", () => {
  const report = check({
    ...BAN,
    "src/enforce/nftables.ts":
      'import type { Ban } from "../domain/ban.ts";\nimport { a } from "./nftables/a.ts";',
    "src/enforce/nftables/a.ts": 'import "./b.ts"; export const a: 1 = 1;',
    "src/enforce/nftables/b.ts": "export const b: 1 = 1;",
    "src/enforce/nftables.e2e.test.ts": 'import { b } from "./nftables/b.ts";',
    "src/daemon/run.ts": 'const nft = await import("../enforce/nftables.ts");',
    "src/enforce/fuzz.test.ts": 'import { a } from "../../test/fuzz.ts";',
    "src/enforce/fuzz.fixture.ts": 'import { a } from "../../test/fuzz.ts";',
    "src/enforce/fuzz.contract.ts": 'import { a } from "../../test/fuzz.ts";',
    "test/all.test.ts": 'import "../src/daemon/run.ts"; import { readFileSync } from "node:fs";',
  });
  assert.deepEqual(report.violations, []);
  assert.equal(report.crossings, 3);
});

test("a tree without imports between folders counts none", () => {
  assert.equal(check(BAN).crossings, 0);
});

const FORBIDDEN: readonly (readonly [string, string])[] = [
  ["static", 'import { run } from "../daemon/run.ts";'],
  ["default", 'import run from "../daemon/run.ts";'],
  ["namespace", 'import * as run from "../daemon/run.ts";'],
  ["several lines", 'import {\n  run, // "not this"\n  type Run,\n} from\n  "../daemon/run.ts";'],
  ["type-only", 'import type { Run } from "../daemon/run.ts";'],
  ["side effect", 'import "../daemon/run.ts";'],
  ["dynamic", 'const a = async () => await import("../daemon/run.ts");'],
  ["in a type", 'type Run = import("../daemon/run.ts").Run;'],
  ["re-export", 'export { run } from "../daemon/run.ts"; export const own: 1 = 1;'],
  ["type re-export", 'export type { Run } from "../daemon/run.ts"; export const own: 1 = 1;'],
  ["star re-export", 'export * as run from "../daemon/run.ts"; export const own: 1 = 1;'],
  ["after a regular expression", 'const r = /["\'`/]\\//; import "../daemon/run.ts";'],
  ["inside a template", 'const t = `a ${await import("../daemon/run.ts")} b`;'],
  ["after a template", 'const t = `a ${ `${ {} }` } "`; import "../daemon/run.ts";'],
];

for (const [how, text] of FORBIDDEN) {
  test(`a forbidden import is found: ${how}`, () => {
    const { violations } = check({
      "src/daemon/run.ts": "export const run: 1 = 1;",
      "src/enforce/nftables.ts": text,
    });
    assert.equal(violations.length, 1, violations.join("\n"));
    assert.match(violations[0] ?? "", /enforce may not import from daemon/);
  });
}

const ALLOWED: readonly (readonly [string, string])[] = [
  ["in a comment", '// import "../daemon/run.ts";\n/* import "../daemon/run.ts"; */'],
  ["in a string", "const s = 'import \"../daemon/run.ts\"';"],
  ["in a template", 'const s = `import "../daemon/run.ts"`;'],
  ["in a regular expression", "const r = /import '..\\/daemon\\/run.ts'/;"],
  ["division", 'const a = 4 / 2; const b = (a) / 3; const c = "import";'],
  ["import.meta", "const here = import.meta.dirname;"],
  ["a package", 'import * as v from "valibot";'],
  ["the own package", 'import bailiff from "../../package.json" with { type: "json" };'],
];

for (const [how, text] of ALLOWED) {
  test(`an allowed import is not reported: ${how}`, () => {
    const tree = { "src/daemon/run.ts": "export const run: 1 = 1;", "src/enforce/a.ts": text };
    assert.deepEqual(check(tree).violations, []);
  });
}

test("a listed file may import what it computes", () => {
  assert.deepEqual(check({ ...BAN, "tools/all.ts": "await import(name);" }).violations, []);
});

const BROKEN: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ["a missing file", { "src/domain/a.ts": 'import "./b.ts";' }, /does not exist/],
  ["an import without its ending", { "src/domain/a.ts": 'import "./a";' }, /does not exist/],
  ["a computed import", { "src/daemon/a.ts": "await import(name);" }, /computed/],
  ["an import from outside", { "src/daemon/a.ts": 'import "../../tools/x.ts";' }, /outside src/],
  [
    "an import of what tests share",
    { "src/daemon/a.ts": 'import "../../test/x.ts";' },
    /outside src/,
  ],
  ["a file in no folder", { "src/main.ts": "" }, /no folder of the plan/],
  ["a folder that is not planned", { "src/stuff/a.ts": "" }, /no folder of the plan/],
  ["a file named utils.ts", { "src/domain/utils.ts": "" }, /utils\.ts says nothing/],
  ["a folder named lib", { "src/domain/lib/a.ts": "" }, /lib says nothing/],
  ["a test of types.ts", { "test/types.test.ts": "" }, /says nothing/],
  ["index.ts", { "src/domain/index.ts": "" }, /says nothing/],
  ["a barrel", { ...BAN, "src/domain/all.ts": 'export * from "./ban.ts";' }, /only passes on/],
  [
    "a cycle of types",
    {
      "src/domain/a.ts": 'import type { B } from "./b.ts";',
      "src/domain/b.ts": 'import type { C } from "./c.ts";',
      "src/domain/c.ts": 'export type { A } from "./a.ts"; export type C = 1;',
    },
    /cycle: src\/domain\/a\.ts -> src\/domain\/b\.ts -> src\/domain\/c\.ts -> src\/domain\/a\.ts/,
  ],
  ["a file that imports itself", { "src/domain/a.ts": 'import "./a.ts";' }, /cycle/],
  [
    "a private file from a neighbor",
    {
      ...NFTABLES,
      "src/enforce/nftables/a.ts": "",
      "src/enforce/memory.ts": 'import "./nftables/a.ts";',
    },
    /src\/enforce\/nftables\/ is private/,
  ],
  [
    "a private file from another room",
    {
      ...NFTABLES,
      "src/enforce/nftables/a.ts": "",
      "src/daemon/a.ts": 'import "../enforce/nftables/a.ts";',
    },
    /src\/enforce\/nftables\/ is private/,
  ],
  [
    "a private file from a test elsewhere",
    {
      ...NFTABLES,
      "src/enforce/nftables/a.ts": "",
      "test/a.test.ts": 'import "../src/enforce/nftables/a.ts";',
    },
    /src\/enforce\/nftables\/ is private/,
  ],
  ["a pattern compiled elsewhere", { "src/enforce/a.ts": "new RegExp(a);" }, /compiles a pattern/],
  ["the same without new", { "src/enforce/a.ts": "RegExp(a);" }, /compiles a pattern/],
];

for (const [what, tree, expected] of BROKEN) {
  test(`found: ${what}`, () => {
    const { violations } = check(tree);
    assert.equal(violations.length, 1, violations.join("\n"));
    assert.match(violations[0] ?? "", expected);
  });
}

test("patterns are compiled only in their folder and in tests", () => {
  const tree = { "src/parse/a.ts": "new RegExp(a);", "src/enforce/a.test.ts": "new RegExp(a);" };
  assert.deepEqual(check(tree).violations, []);
});

const IMPURE: readonly (readonly [string, string])[] = [
  ["node:fs", 'import { readFileSync } from "node:fs";'],
  ["os", 'import type { CpuInfo } from "os";'],
  ["Date.now", "const a = Date.now();"],
  ["Date.now", "const a = Date.now;"],
  ["new Date()", "const a = new Date();"],
  ["new Date()", "const a = new Date;"],
  ["Date()", "const a = Date();"],
  ["Math.random", "const a = Math.random();"],
  ["process", "if (process.env['A']) a();"],
  ["console", "console.log(1);"],
  ["console", "const a = b ? console : c;"],
  ["setTimeout", "setTimeout(a, 1);"],
  ["setImmediate", "const wait = { with: setImmediate };"],
  ["performance", "performance.now();"],
  ["Temporal.Now", "Temporal.Now.instant();"],
  ["globalThis", "globalThis.process.exit();"],
];

for (const [what, text] of IMPURE) {
  test(`a pure folder may not name ${what}: ${text}`, () => {
    const { violations } = check({ "src/parse/a.ts": text });
    assert.deepEqual(violations, [`src/parse/a.ts:1 names ${what}, and parse is pure`]);
    assert.deepEqual(check({ "src/enforce/a.ts": text }).violations, []);
    assert.deepEqual(check({ "src/parse/a.test.ts": text }).violations, []);
  });
}

test("names that a pure folder may use are not reported", () => {
  const text = `
    const a = new Date(0).getTime() + Date.UTC(2026, 1) + Math.max(1, 2);
    interface B { readonly process: string; console?: 1 }
    const c = { process: 1, console: 2 }; c.process; c?.console;
    const d = "Date.now() process.exit()"; // console.log
    function e(at: Date): Date { return at; }`;
  assert.deepEqual(check({ "src/parse/a.ts": text }).violations, []);
});

test("source that cannot be split into tokens is an error, not skipped", () => {
  for (const text of ['const a = "open', "const a = `open ${b", "const a = `open", "= /open"]) {
    assert.throws(() => check({ "src/parse/a.ts": text }), /cannot be read as TypeScript/);
  }
});
