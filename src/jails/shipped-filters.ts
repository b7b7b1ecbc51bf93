/**
 * Lists the filters that are shipped with the program, in folders by kind. Their heads are read apart from their rules:
 * most hosts run few of these services, and a start must not cost more for the others.
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
  /** Compressed, by path. */
  readonly texts: ReadonlyMap<string, Buffer>;
}

let kept: KeptFilters | undefined;

/** Makes this process use the filters as they are now: an upgrade replaces the files of a running daemon. */
export function keepShippedFilters(): void {
  const paths = listShippedFilters();
  const texts = [...paths.values()].map(
    (path) => [path, zstdCompressSync(readFileSync(path))] as const,
  );
  kept = { paths, texts: new Map(texts) };
}

/** undefined: not kept, so it is read from its file. */
export function readKeptFilter(path: string): string | undefined {
  const text = kept?.texts.get(path);
  return text && zstdDecompressSync(text).toString("utf8");
}

/** Paths by name; the folder is no part of the name. */
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
    // The test suite reads every shipped filter whole.
    return (table.ok ? readHead(table.value, path) : undefined) ?? [];
  });
  return heads.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the text before the first rule. */
function textOfHead(text: string): string {
  const end = text.search(/^\[\[/m);
  return end < 0 ? text : text.slice(0, end);
}
