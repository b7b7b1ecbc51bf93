/**
 * Finds and reads the files of the configuration: a main file, then its sibling conf.d/*.toml sorted by name. A path
 * that was given must exist; the default one need not.
 */
import { codeOf } from "../domain/thrown-error.ts";
import { reasonOf, systemReason } from "../host/explain-system-error.ts";
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Problem } from "../domain/problem.ts";
import { type Environment, STANDARD_PATH } from "./default-paths.ts";
import type { Oversight } from "./config.ts";
import { describeOtherWriter } from "./describe-other-writer.ts";
import { findUnreadBeside, findUnreadFiles } from "./unread-files.ts";
import { readText } from "./read-text.ts";

export interface ConfigText {
  readonly path: string;
  readonly text: string;
}

export interface ConfigSources {
  readonly texts: readonly ConfigText[];
  readonly problems: readonly Problem[];
  readonly unread: readonly Oversight[];
}

export interface WhichFiles {
  /** The path on the command line; takes precedence over BAILIFF_CONFIG. */
  readonly path?: string | undefined;
  readonly env: Environment;
  /** Path to use if no file is named. */
  readonly standardPath?: string | undefined;
  /** Texts to use instead of conf.d files; an undefined text: treat the file as missing. */
  readonly planned?: ReadonlyMap<string, string | undefined> | undefined;
}

/** Returns the path of the main file, which need not exist. */
export function mainPath({ path, env, standardPath }: WhichFiles): string {
  return resolve(path ?? (env["BAILIFF_CONFIG"] || undefined) ?? standardPath ?? STANDARD_PATH);
}

/** Returns the directory of further files. */
export function partsDirectory(which: WhichFiles): string {
  return join(dirname(mainPath(which)), "conf.d");
}

/** Returns the default directory of the administrator's filters. */
export function filtersDirectory(which: WhichFiles): string {
  return join(dirname(mainPath(which)), "filters");
}

export async function readSources(which: WhichFiles): Promise<ConfigSources> {
  const named = which.path ?? (which.env["BAILIFF_CONFIG"] || undefined);
  const main = mainPath(which);
  const directory = partsDirectory(which);
  const parts = await listParts(directory);
  const texts: ConfigText[] = [];
  const problems: Problem[] = [...parts.problems];
  const planned = which.planned ?? new Map<string, string | undefined>();
  const paths = [...new Set([...parts.paths, ...planned.keys()])].sort();
  for (const path of [main, ...paths]) {
    if (planned.has(path)) {
      const text = planned.get(path);
      if (text === undefined) continue;
      const others = describeOtherWriter(path, "planned");
      if (others === undefined) texts.push({ path, text });
      else problems.push(others);
      continue;
    }
    const read = await readText(path);
    if (read.ok) texts.push({ path, text: read.value });
    else if (read.error.kind === "wrong") problems.push(withHint(read.error.problem, main));
    else if (path !== main) problems.push(dangling(path));
    else if (named !== undefined) problems.push(absent(path, which));
  }
  const unread = [...findUnreadBeside(main), ...findUnreadFiles(directory)];
  return { texts, problems, unread };
}

/**
 * Lists them sorted by code unit, so that the order does not depend on the locale. Skips hidden files, because editors
 * create them.
 */
async function listParts(
  directory: string,
): Promise<{ readonly paths: readonly string[]; readonly problems: readonly Problem[] }> {
  try {
    const names = await readdir(directory);
    const parts = names.filter((name) => name.endsWith(".toml") && !name.startsWith("."));
    return { paths: parts.sort().map((name) => join(directory, name)), problems: [] };
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return { paths: [], problems: [] };
    const got =
      code === "ENOTDIR" ? "a file" : `an error (${systemReason(error) ?? reasonOf(error)})`;
    return { paths: [], problems: [{ path: directory, got, expected: "a readable directory" }] };
  }
}

function withHint(problem: Problem, main: string): Problem {
  if (problem.path !== main || problem.got !== "a directory") return problem;
  return { ...problem, hint: `specify the file in it: ${join(main, "bailiff.toml")}` };
}

/** Reports a link whose target does not exist, because its settings would otherwise be silently missing. */
function dangling(path: string): Problem {
  return { path, got: "a symbolic link whose target does not exist" };
}

function absent(path: string, which: WhichFiles): Problem {
  const by = which.path === undefined ? "BAILIFF_CONFIG" : "--config";
  return { path, got: `no such file (from ${by})` };
}
