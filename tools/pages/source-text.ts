/** Extracts parts of the sources for pages. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export function readSource(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Returns the text of all files of a glob, sorted by name. */
export function readSources(pattern: string): string {
  return globSync(pattern, { cwd: ROOT }).toSorted().map(readSource).join("\n");
}

/** Returns an exported interface or type with its comment, without `readonly` and `export`. */
export function declarationOf(name: string, path: string): string {
  const source = readSource(path);
  const pattern = new RegExp(
    `(?:/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?export interface ${name}(?: extends \\w+)? \\{\\n(?:[^}].*\\n)*\\}`,
  );
  const [text] = pattern.exec(source) ?? [];
  if (text === undefined) throw new Error(`${path} declares no interface ${name}`);
  return text.replaceAll("readonly ", "").replace("export interface", "interface");
}
