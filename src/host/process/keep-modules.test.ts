import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { test } from "node:test";

const PROGRAM = `
import { rmSync, writeFileSync } from "node:fs";
import { keepModules } from "./keep-modules.ts";
import { resolveModules } from "./resolve-modules.ts";

const loaded = resolveModules(new URL(".", import.meta.url));
const { early } = await import("./early.ts");
const packages = { except: [], loadedPackages: ["present"], latePackages: ["needed"] };
keepModules({ folder: import.meta.dirname, loaded, ...packages });
const [, , damage] = process.argv;
if (damage === "gone") rmSync(import.meta.dirname, { recursive: true });
else for (const name of ["late.ts", "deeper/other.ts"])
  writeFileSync(new URL(name, import.meta.url), "export const newer = true;");
const { late } = await import("./late.ts");
const { parsed } = await import("needed");
console.log(early, late, parsed, loaded.has(new URL("early.ts", import.meta.url).href));
`;

/** Output of a program whose files are replaced or removed while it runs. */
function run(damage: "gone" | "replaced"): string {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-keep-${process.pid}-`));
  const files = {
    "main.ts": PROGRAM,
    "early.ts": 'export const early: string = "early";',
    "late.ts":
      'import { other } from "./deeper/other.ts"; export const late: string = `late ${other}`;',
    "deeper/other.ts": 'import { early } from "../early.ts"; export const other = `with ${early}`;',
    "node_modules/needed/package.json": '{"type":"module","main":"lib/index.js"}',
    "node_modules/needed/lib/index.js": 'export { parsed } from "./parse.js";',
    "node_modules/needed/lib/parse.js": 'export const parsed = "parsed";',
  };
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    for (const name of ["keep-modules.ts", "list-modules.ts", "resolve-modules.ts"])
      cpSync(join(import.meta.dirname, name), join(folder, name));
    const env = { PATH: process.env["PATH"] };
    const end = spawnSync(process.execPath, [join(folder, "main.ts"), damage], {
      encoding: "utf8",
      env,
    });
    return `${end.stdout}${end.stderr}`.trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a module that is loaded later has the version of program start", () => {
  for (const damage of ["replaced", "gone"] as const)
    assert.equal(run(damage), "early late with early parsed true", damage);
});
