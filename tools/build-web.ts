/**
 * Bundles the dashboard's page from src/web/page/ into web/, which is committed: the product runs without a build. Usage:
 * npm run web:build. With --check it compares web/ with a fresh bundle, and fails if they differ.
 */
import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./run-step.ts";

const PAGE = join(ROOT, "src/web/page");
const OUT = join(ROOT, "web");

/** Returns the content of each file by its name. */
async function bundle(): Promise<ReadonlyMap<string, string>> {
  const built = await build({
    entryPoints: { page: join(PAGE, "main.ts"), "page-style": join(PAGE, "style.css") },
    absWorkingDir: ROOT,
    outdir: OUT,
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    charset: "utf8",
    target: ["chrome123", "firefox121", "safari17.5"],
    // Licenses of bundled packages stay in the file.
    legalComments: "inline",
    logLevel: "warning",
  });
  const files = new Map(
    built.outputFiles.map(({ path, text }) => {
      const name = path.slice(OUT.length + 1);
      return [name === "page-style.css" ? "page.css" : name, text] as const;
    }),
  );
  for (const name of ["index.html", "icon.svg"])
    files.set(name, readFileSync(join(PAGE, name), "utf8"));
  return files;
}

const files = await bundle();
if (process.argv.includes("--check")) {
  const old = [...files].filter(([name, text]) => {
    const path = join(OUT, name);
    return !existsSync(path) || readFileSync(path, "utf8") !== text;
  });
  for (const [name] of old) console.log(`web/${name} is not the bundle of src/web/page/`);
  if (old.length > 0) console.log("run: npm run web:build");
  process.exitCode = old.length === 0 ? 0 : 1;
} else {
  mkdirSync(OUT, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(OUT, name), text);
}
