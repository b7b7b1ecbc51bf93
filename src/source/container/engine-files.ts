/**
 * Reads the files in which a container engine describes its containers. Bounded in size, and only below folders that no
 * other user may change.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { parseJson } from "../../domain/json.ts";
import { codeOf } from "../../domain/thrown-error.ts";
import { reasonOf } from "../../host/explain-system-error.ts";
import { findOtherWriter, type TrustedWriter } from "../../host/other-writer.ts";
import { hasWildcard } from "../file/match-glob.ts";
import type { ListTrouble } from "./container.ts";

/** Maximum size of a file that describes containers, labels and environment included. */
const MAX_BYTES = 4_194_304;
/** Maximum size of all files that are read for one list: a user may own an engine, and its files are read at every change. */
const MAX_LIST_BYTES = 67_108_864;
/** Maximum length of a text in them, which is compared and shown: that of a path. */
const MAX_TEXT_LENGTH = 4096;

/** A text of an engine. */
export const ENGINE_TEXT: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.maxLength(MAX_TEXT_LENGTH),
);

/** Number of bytes that may still be read for one list. */
export interface ReadBudget {
  left: number;
}

export function createReadBudget(): ReadBudget {
  return { left: MAX_LIST_BYTES };
}

export interface EngineFolder {
  /** Without symbolic links. */
  readonly path: string;
  readonly names: readonly string[];
}

/** Opens a folder of an engine that root or the owner runs. undefined: it does not exist. */
export function openEngineFolder(
  path: string,
  owner?: TrustedWriter,
): EngineFolder | ListTrouble | undefined {
  try {
    const real = realpathSync(path);
    const names = readdirSync(real);
    const other = findOtherWriter(real, "present-files", owner);
    if (other !== undefined) {
      const evidence = `${other.who} may change ${other.path}, so its content is not believed`;
      return { evidence, fix: `${other.fix} ${other.path}` };
    }
    if (!hasWildcard(real)) return { path: real, names };
    const evidence = `${real} contains one of * ? [, which select files in a log's path`;
    return { evidence, fix: "move the engine's root directory" };
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : unreadable(path, error);
  }
}

/** Parses a JSON file of an engine; undefined: it is damaged or too large. Throws the error of the system. */
export function readEngineFile(path: string, budget: ReadBudget): unknown {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size > Math.min(MAX_BYTES, budget.left)) return undefined;
    budget.left -= stats.size;
    const buffer = Buffer.alloc(stats.size);
    return parseJson(buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, 0)));
  } finally {
    closeSync(fd);
  }
}

/** Returns the file that an engine names, if it is directly in this folder, and no link to another place. */
export function fileIn(folder: string, path: string): string | undefined {
  const name = basename(path);
  if (!/^\w[\w.-]*$/.test(name) || realFolder(path) !== folder) return undefined;
  const file = join(folder, name);
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true ? undefined : file;
}

function realFolder(path: string): string | undefined {
  try {
    return realpathSync(dirname(path));
  } catch {
    // The engine sees other folders than this process.
    return undefined;
  }
}

export function unreadable(path: string, error: unknown): ListTrouble {
  const evidence = `cannot read ${path}: ${reasonOf(error)}`;
  return { evidence, fix: "run bailiff as root, or with CAP_DAC_READ_SEARCH as its unit does" };
}

/** Describes a log outside of the folder of its container. */
export function logElsewhere(name: string, path: string, folder: string): ListTrouble {
  const evidence = `the log of container ${name} is ${JSON.stringify(path)}, which is not in ${folder}`;
  return { evidence, fix: `name the file: source = { file = [${JSON.stringify(path)}] }` };
}
