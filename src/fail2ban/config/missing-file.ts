/** Reports a filter or an action whose file is missing: where it is named, and which file may be meant. */
import { join } from "node:path";
import { didYouMean } from "../../domain/did-you-mean.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Layers } from "./layers.ts";
import type { IniEntry } from "./parse-ini.ts";
import { listFolder } from "./read-ini-file.ts";

export interface NamedFile {
  /** The layers of jail.conf. */
  readonly layers: Layers;
  readonly jail: string;
  readonly directory: string;
  readonly kind: "filter" | "action";
  /** Name as written. */
  readonly name: string;
  /** File of the problem, if the name is found in no file. */
  readonly path: string;
}

/** Returns problems of files that do not exist or are unreadable. */
export function notRead({ problems }: Layers, named: NamedFile): readonly Problem[] {
  return problems.length > 0 ? problems : [missingFile(named)];
}

export function missingFile({ layers, jail, directory, kind, name, path }: NamedFile): Problem {
  const entry = entryThatNames(name, layers, jail, kind);
  const place = entry === undefined ? { path } : { path: entry.path, line: entry.line };
  const file = name.endsWith(".py") ? name : `${name}.conf`;
  const names = namesIn(join(directory, `${kind}.d`));
  const hint = becameMode(name, names) ?? hintFor(didYouMean(name, names));
  const problem = {
    ...place,
    key: `${jail}.${kind}`,
    got: `${kind} "${name}"`,
    expected: `a file ${kind}.d/${file}`,
  };
  return hint === undefined ? problem : { ...problem, hint };
}

function hintFor(meant: string | undefined): string | undefined {
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

/** Returns a hint for filters that became modes of another filter in fail2ban 0.10, such as sshd-ddos. */
function becameMode(name: string, names: readonly string[]): string | undefined {
  const { base = "", mode = "" } = /^(?<base>.+)-(?<mode>ddos)$/.exec(name)?.groups ?? {};
  return names.includes(base) ? `it became a mode: filter = ${base}[mode=${mode}]` : undefined;
}

/**
 * Returns the option that contains the name, or the one it refers to (`banaction`). Without a `filter` option the
 * section names the filter.
 */
function entryThatNames(
  name: string,
  { sections, defaults }: Layers,
  jail: string,
  kind: "filter" | "action",
): IniEntry | undefined {
  const own = sections.get(jail);
  const word = (text: string): boolean => text.split(/[^\w.-]+/).includes(name);
  const said = own?.get(kind) ?? defaults.get(kind);
  const written = [said, ...(own?.values() ?? []), ...defaults.values()];
  const found = written.find((entry) => entry !== undefined && entry.line > 0 && word(entry.text));
  if (found !== undefined) return found;
  return name === jail ? [...(own?.values() ?? [])][0] : said;
}

function namesIn(folder: string): readonly string[] {
  const listed = listFolder(folder);
  if ("path" in listed) return [];
  return listed.flatMap((file) => {
    if (file.endsWith(".py")) return [file];
    return /\.(?:conf|local)$/.test(file) ? [file.replace(/\.[^.]+$/, "")] : [];
  });
}
