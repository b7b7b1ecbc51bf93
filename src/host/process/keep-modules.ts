/**
 * Keeps the text of every module of the program, so that later imports get the same version: an upgrade replaces the
 * files of a running program. Two megabytes of text take half a megabyte, compressed.
 */
import { globSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";

export interface ModulesToKeep {
  /** Every module in this folder is kept, except tests. */
  readonly folder: string;
  /** Packages whose modules are all loaded already: only their locations are kept. */
  readonly loaded: readonly string[];
  /** ES module packages that may be loaded later. */
  readonly late: readonly string[];
}

const TEST_FILE = /\.(?:test|fixture|contract)\.ts$/;

export interface KeptModules {
  /**
   * Serves all later imports from the kept modules, for the rest of the process. Call it as late as possible: modules
   * read from files are already compiled in Node's cache.
   */
  serve(): void;
}

/** Takes some 30 ms, and megabytes of memory that later work reuses. */
export function keepModules({ folder, loaded, late }: ModulesToKeep): KeptModules {
  const places = new Map([...loaded, ...late].map((name) => [name, entryOf(name)]));
  const own = globSync("**/*.ts", { cwd: folder }).filter((path) => !TEST_FILE.test(path));
  const archive = createArchive([
    ...own.map((path) => join(folder, path)),
    ...late.flatMap((name) => siblingsOf(places.get(name))),
  ]);
  return { serve: () => serve(archive, places) };
}

function serve(archive: Archive, places: ReadonlyMap<string, string | undefined>): void {
  registerHooks({
    resolve(specifier, context, next) {
      const url = /^\.\.?\//.test(specifier)
        ? URL.parse(specifier, context.parentURL)?.href
        : places.get(specifier);
      const isKept = url !== undefined && (url === places.get(specifier) || archive.has(url));
      return isKept ? { url, shortCircuit: true } : next(specifier, context);
    },
    load(url, context, next) {
      const source = archive.text(url);
      if (source === undefined) return next(url, context);
      const format = url.endsWith(".ts") ? "module-typescript" : "module";
      return { format, source, shortCircuit: true };
    },
  });
}

/** undefined: the package is not installed; the module that imports it reports the error. */
function entryOf(name: string): string | undefined {
  try {
    return import.meta.resolve(name);
  } catch {
    return undefined;
  }
}

/** The modules of a package: those beside its entry point. */
function siblingsOf(entry: string | undefined): readonly string[] {
  if (entry === undefined) return [];
  const folder = join(fileURLToPath(entry), "..");
  return globSync("*.{js,mjs}", { cwd: folder }).map((path) => join(folder, path));
}

interface Archive {
  has(url: string): boolean;
  text(url: string): string | undefined;
}

function createArchive(files: readonly string[]): Archive {
  const texts = files.map((path) => readFileSync(path));
  const ends = new Map<string, readonly [number, number]>();
  let at = 0;
  for (const [i, path] of files.entries()) {
    const length = texts[i]?.length ?? 0;
    ends.set(pathToFileURL(path).href, [at, at + length]);
    at += length;
  }
  const packed = zstdCompressSync(Buffer.concat(texts));
  return {
    has: (url) => ends.has(url),
    text: (url) => {
      const place = ends.get(url);
      return place && zstdDecompressSync(packed).toString("utf8", ...place);
    },
  };
}
