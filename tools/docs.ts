/**
 * Pages generated from the code. `node tools/docs.ts` writes them; with `--check` it only says which differ from
 * what the code would write, and exits 1 if any does. A new page is one entry of PAGES.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { renderConfigurationReference } from "./pages/configuration-reference.ts";
import { renderDefaults } from "./pages/defaults.ts";

interface Page {
  /** From the root of the repository. */
  readonly path: string;
  render(): string | Promise<string>;
}

const PAGES: readonly Page[] = [
  { path: "docs/reference/configuration.md", render: renderConfigurationReference },
  { path: "config/defaults.toml", render: renderDefaults },
];

const ROOT = join(import.meta.dirname, "..");

async function isCurrent(page: Page): Promise<boolean> {
  const wanted = await page.render();
  try {
    return (await readFile(join(ROOT, page.path), "utf8")) === wanted;
  } catch {
    // A page that cannot be read is not what the code would write.
    return false;
  }
}

async function write(page: Page): Promise<void> {
  const path = join(ROOT, page.path);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await page.render());
}

const check = process.argv.includes("--check");
for (const page of PAGES) {
  if (await isCurrent(page)) continue;
  if (check) {
    process.exitCode = 1;
    console.error(`${page.path}: differs from the code; run: npm run docs`);
  } else {
    await write(page);
    console.log(`${page.path}: written`);
  }
}
