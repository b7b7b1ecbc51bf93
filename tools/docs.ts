/**
 * Generates pages from the code. `node tools/docs.ts` writes them; with `--check` it lists pages that differ, and exits
 * with 1 if any does. A new page needs one entry in PAGES.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { renderAbilities } from "./pages/abilities.ts";
import { renderBashCompletion } from "./pages/bash-completion.ts";
import { renderCausesReference } from "./pages/causes-reference.ts";
import { renderCliReference } from "./pages/cli-reference.ts";
import { renderConfigurationReference } from "./pages/configuration-reference.ts";
import { renderControlReference } from "./pages/control-reference.ts";
import { renderDefaults } from "./pages/defaults.ts";
import { renderErrorsReference } from "./pages/errors-reference.ts";
import { renderEventsReference } from "./pages/events-reference.ts";
import { renderFiguresReference } from "./pages/figures-reference.ts";
import {
  FILTER_FOLDERS,
  renderFilterFolder,
  renderFiltersReference,
} from "./pages/filters-reference.ts";
import { renderFishCompletion } from "./pages/fish-completion.ts";
import { renderManPage } from "./pages/man-page.ts";
import { renderZshCompletion } from "./pages/zsh-completion.ts";

interface Page {
  /** Path from the root of the repository. */
  readonly path: string;
  render(): string | Promise<string>;
}

const PAGES: readonly Page[] = [
  { path: "docs/reference/configuration.md", render: renderConfigurationReference },
  { path: "docs/reference/cli.md", render: renderCliReference },
  { path: "docs/reference/control.md", render: renderControlReference },
  { path: "docs/reference/errors.md", render: renderErrorsReference },
  { path: "docs/reference/causes.md", render: renderCausesReference },
  { path: "docs/reference/events.md", render: renderEventsReference },
  { path: "docs/reference/filters.md", render: renderFiltersReference },
  ...FILTER_FOLDERS.map((folder) => ({
    path: `docs/reference/filters/${folder}.md`,
    render: () => renderFilterFolder(folder),
  })),
  { path: "docs/reference/figures.md", render: renderFiguresReference },
  { path: "docs/firewalls.md", render: renderAbilities },
  { path: "config/defaults.toml", render: renderDefaults },
  { path: "packaging/man/bailiff.8", render: renderManPage },
  { path: "packaging/completions/bailiff.bash", render: renderBashCompletion },
  { path: "packaging/completions/_bailiff", render: renderZshCompletion },
  { path: "packaging/completions/bailiff.fish", render: renderFishCompletion },
];

const ROOT = join(import.meta.dirname, "..");

async function isCurrent(page: Page): Promise<boolean> {
  const wanted = await page.render();
  try {
    return (await readFile(join(ROOT, page.path), "utf8")) === wanted;
  } catch {
    // An unreadable page counts as different.
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
