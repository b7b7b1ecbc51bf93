/**
 * Merges all files of one name (jail, fail2ban, filter.d/N, action.d/N) into one table of sections. The order is
 * NAME.conf, NAME.d/*.conf, NAME.local, NAME.d/*.local, each between the files that its [INCLUDES] names; later files
 * override single keys. An overridden value is still available as "known".
 */
import { dirname, extname, isAbsolute, join } from "node:path";
import type { Problem } from "../../domain/problem.ts";
import type { IniEntry, IniFile, IniSection } from "./parse-ini.ts";
import { isThere, listFolder, readIniFile } from "./read-ini-file.ts";

export interface Layers {
  readonly sections: ReadonlyMap<string, IniSection>;
  readonly defaults: IniSection;
  /** For each section, values of its keys in an earlier layer. */
  readonly known: ReadonlyMap<string, IniSection>;
  /** Paths in reading order; empty: no file exists. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** Reads layers, and caches each file. */
export interface LayerReader {
  /** Reads all files of a name; `name`: relative to `directory`, without extension. */
  read(directory: string, name: string): Layers;
  /** Reads one file with its includes, without other files of its name. */
  readFile(path: string): Layers;
}

/** A conditional section such as `[Init?family=inet6]`, whose keys apply to IPv6 only. */
const CONDITIONAL = /^(?<name>\w+)(?<condition>\?.+)$/;

export function createLayerReader(): LayerReader {
  const cache = new Map<string, IniFile | Problem>();

  const parseFile = (path: string): IniFile | Problem =>
    cache.getOrInsertComputed(path, readIniFile);

  function joinFiles(paths: readonly string[], problems: Problem[]): Layers {
    const order = paths.flatMap((path) => expand(path, [], parseFile, problems));
    return merge(order, problems);
  }

  return {
    read: (directory, name) => {
      const problems: Problem[] = [];
      return joinFiles(layersOf(join(directory, name), problems), problems);
    },
    readFile: (path) => joinFiles([path], []),
  };
}

function layersOf(base: string, problems: Problem[]): readonly string[] {
  const listed = listFolder(`${base}.d`);
  if ("path" in listed) problems.push(listed);
  const names = "path" in listed ? [] : listed;
  const parts = (ending: string): readonly string[] =>
    names
      .filter((name) => name.endsWith(ending) && !name.startsWith("."))
      .sort()
      .map((name) => join(`${base}.d`, name));
  const all = [`${base}.conf`, ...parts(".conf"), `${base}.local`, ...parts(".local")];
  return all.filter(isThere);
}

/** Lists the file and its includes in order of precedence. */
function expand(
  path: string,
  inside: readonly string[],
  parse: (path: string) => IniFile | Problem,
  problems: Problem[],
): readonly IniFile[] {
  const file = parse(path);
  if (!("sections" in file)) {
    problems.push(file);
    return [];
  }
  const includes = file.sections.get("INCLUDES");
  const listed = (key: string): readonly IniFile[] =>
    included(includes?.get(key), path).flatMap(({ target, entry }) => {
      if (target === path || inside.includes(target)) {
        problems.push(circular(entry, target));
        return [];
      }
      if (!isThere(target)) {
        // Includes name .local files that need not exist.
        if (!target.endsWith(".local")) problems.push(missing(entry, target));
        return [];
      }
      return expand(target, [...inside, path], parse, problems);
    });
  return [...listed("before"), file, ...listed("after")];
}

function included(
  entry: IniEntry | undefined,
  path: string,
): readonly { readonly target: string; readonly entry: IniEntry }[] {
  if (entry === undefined) return [];
  const names = entry.text.split("\n").filter((name) => name.trim() !== "");
  const targets = names.map((name) => (isAbsolute(name) ? name : join(dirname(path), name)));
  // fail2ban also reads the .local file beside an included file, unless it is included explicitly.
  return targets.flatMap((target) => {
    const local = `${target.slice(0, target.length - extname(target).length)}.local`;
    const beside = local !== target && !targets.includes(local) && isThere(local);
    return [{ target, entry }, ...(beside ? [{ target: local, entry }] : [])];
  });
}

function circular({ path, line }: IniEntry, target: string): Problem {
  return { path, line, got: `an include of ${target}, which includes it`, expected: "no circle" };
}

function missing({ path, line }: IniEntry, target: string): Problem {
  const hint = "fail2ban ignores it without a message";
  return { path, line, got: `an include of ${target}`, expected: "an existing file", hint };
}

function merge(files: readonly IniFile[], problems: readonly Problem[]): Layers {
  const sections = new Map<string, Map<string, IniEntry>>();
  const known = new Map<string, Map<string, IniEntry>>();
  const defaults = new Map<string, IniEntry>();
  for (const file of files) {
    for (const [key, entry] of file.defaults) defaults.set(key, entry);
    for (const [title, entries] of file.sections) {
      const match = CONDITIONAL.exec(title);
      const name = match?.groups?.["name"] ?? title;
      const suffix = match?.groups?.["condition"] ?? "";
      const section = sections.getOrInsertComputed(name, () => new Map());
      const before = known.getOrInsertComputed(name, () => new Map());
      for (const [key, entry] of entries) {
        const old = section.get(key + suffix);
        if (old !== undefined) before.set(key + suffix, old);
        section.set(key + suffix, entry);
      }
    }
  }
  const unique = [...new Set(files)];
  return {
    sections,
    defaults,
    known,
    files: unique.map(({ path }) => path),
    problems: [...problems, ...unique.flatMap((file) => file.problems)],
  };
}
