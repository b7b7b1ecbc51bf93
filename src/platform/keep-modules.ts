/**
 * Keeps the text of every module of a program as it is now, so that one which is loaded later is of the same version:
 * an upgrade replaces the files under a program that runs. Compressed in blocks, half a megabyte for two of text; a
 * module that is loaded unpacks its own block.
 */
import { globSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";

export interface ModulesToKeep {
  /** Every module below is kept, except tests. */
  readonly folder: string;
  /** Packages of which everything that will be used is loaded already: only their places are remembered. */
  readonly loaded: readonly string[];
  /** Packages of ECMAScript modules that may be loaded later. */
  readonly late: readonly string[];
}

const TEST_FILE = /\.(?:test|fixture|contract)\.ts$/;

/** For good. Costs some 30 ms. */
export function keepModules({ folder, loaded, late }: ModulesToKeep): void {
  const places = new Map([...loaded, ...late].map((name) => [name, placeOf(name)]));
  const own = globSync("**/*.ts", { cwd: folder }).filter((path) => !TEST_FILE.test(path));
  const archive = createArchive([
    ...own.map((path) => join(folder, path)),
    ...late.flatMap((name) => siblingsOf(places.get(name))),
  ]);
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

/** undefined: it is not installed; whoever needs it says so. */
function placeOf(name: string): string | undefined {
  try {
    return import.meta.resolve(name);
  } catch {
    return undefined;
  }
}

/** A package's modules: those beside its entry. */
function siblingsOf(entry: string | undefined): readonly string[] {
  if (entry === undefined) return [];
  const folder = join(fileURLToPath(entry), "..");
  return globSync("*.{js,mjs}", { cwd: folder }).map((path) => join(folder, path));
}

interface Archive {
  has(url: string): boolean;
  text(url: string): string | undefined;
}

/** Where a module's text is. */
interface Kept {
  readonly block: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Much smaller, and each block would begin to learn anew; larger, and a module's loading would cost megabytes. */
const BLOCK_BYTES = 65_536;

function createArchive(files: readonly string[]): Archive {
  const kept = new Map<string, Kept>();
  for (const block of blocksOf(files)) {
    const packed = zstdCompressSync(Buffer.concat(block.map(({ text }) => text)));
    let start = 0;
    for (const { path, text } of block) {
      const end = start + text.length;
      kept.set(pathToFileURL(path).href, { block: packed, start, end });
      start = end;
    }
  }
  return {
    has: (url) => kept.has(url),
    text: (url) => {
      const place = kept.get(url);
      return place && zstdDecompressSync(place.block).toString("utf8", place.start, place.end);
    },
  };
}

interface ModuleText {
  readonly path: string;
  readonly text: Buffer;
}

/** One block at a time is in memory. */
function* blocksOf(files: readonly string[]): Generator<readonly ModuleText[]> {
  let block: ModuleText[] = [];
  let bytes = 0;
  for (const path of files) {
    const text = readFileSync(path);
    block.push({ path, text });
    bytes += text.length;
    if (bytes < BLOCK_BYTES) continue;
    yield block;
    block = [];
    bytes = 0;
  }
  yield block;
}
