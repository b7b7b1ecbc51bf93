/**
 * Lists the shipped filters, which are in folders by kind of service. Heads can be read without rules: most hosts run
 * few of these services, and others must not slow down a start.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { FilterHead } from "../domain/filter-definition.ts";
import { readHead } from "../parse/filter/read-filter.ts";

export const SHIPPED_FILTERS: string = fileURLToPath(new URL("../../filters", import.meta.url));

interface KeptFilters {
  readonly paths: ReadonlyMap<string, string>;
  /** Content of each file, compressed with zstd, by path. */
  readonly texts: ReadonlyMap<string, Uint8Array>;
}

let kept: KeptFilters | undefined;

/** Keeps the present filters in memory: an upgrade may replace the files while the daemon runs. */
export function keepShippedFilters(): void {
  const paths = listShippedFilters();
  const texts = [...paths.values()].map((path) => {
    // Copied to memory of its exact size: the result of zlib holds a shared piece of 64 KB.
    return [path, new Uint8Array(zstdCompressSync(readFileSync(path)))] as const;
  });
  kept = { paths, texts: new Map(texts) };
}

/** Returns the kept text of a filter; undefined if filters are not kept, so that the file must be read. */
export function readKeptFilter(path: string): string | undefined {
  const text = kept?.texts.get(path);
  return text && zstdDecompressSync(text).toString("utf8");
}

/** Returns paths by filter name; the folder is not part of the name. */
export function listShippedFilters(): ReadonlyMap<string, string> {
  if (kept !== undefined) return kept.paths;
  const paths = readdirSync(SHIPPED_FILTERS)
    .sort()
    .flatMap((folder) => {
      const directory = join(SHIPPED_FILTERS, folder);
      const names = readdirSync(directory).filter((name) => name.endsWith(".toml"));
      return names.sort().map((name) => join(directory, name));
    });
  return new Map(paths.map((path) => [basename(path, ".toml"), path]));
}

/** Reads the head of every shipped filter, sorted by name. */
export async function readShippedHeads(): Promise<readonly FilterHead[]> {
  // Loaded on demand: most commands need no TOML.
  const { parseToml } = await import("../config/parse-toml.ts");
  const heads = [...listShippedFilters().values()].flatMap((path) => {
    const text = readKeptFilter(path) ?? readFileSync(path, "utf8");
    const table = parseToml(path, textOfHead(text));
    // Invalid files are skipped without a report: the test suite validates every shipped filter.
    return (table.ok ? readHead(table.value, path) : undefined) ?? [];
  });
  return heads.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the text before the first rule. */
function textOfHead(text: string): string {
  const end = text.search(/^\[\[/m);
  return end < 0 ? text : text.slice(0, end);
}
