/**
 * Finds the file, package and version of a program, so that a report can say "since the update". Used on demand: reads
 * the package lists in pieces and starts no process. Without a Debian package, only the file identifies the program.
 */
import { createReadStream, readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findProgram } from "./find-program.ts";

export interface ProgramFile {
  readonly path: string;
  /** A text that changes when the file is replaced: inode, size and time of change. */
  readonly identity: string;
}

export interface ProgramPackage {
  readonly name: string;
  readonly version: string;
}

/** Returns the first of the programs that is installed in a system folder. */
export function findProgramFile(names: readonly string[]): ProgramFile | undefined {
  for (const name of names) {
    const path = findProgram(name);
    if (path === undefined) continue;
    const { ino, size, mtimeMs } = statSync(path);
    return { path, identity: `${ino} ${size} ${Math.floor(mtimeMs)}` };
  }
  return undefined;
}

const DPKG = "/var/lib/dpkg";

/** Finds the package of a file. `root` is the folder of the package lists; undefined: no list contains the file. */
export async function packageOf(
  path: string,
  root: string = DPKG,
): Promise<ProgramPackage | undefined> {
  const name = await ownerOf(path, root);
  if (name === undefined) return undefined;
  const version = await versionOf(name, root);
  return version === undefined ? undefined : { name, version };
}

async function ownerOf(path: string, root: string): Promise<string | undefined> {
  // If /bin is a link to /usr/bin, packages may list either path.
  const spellings = new Set([path, path.replace(/^\/usr\//, "/"), `/usr${path}`]);
  const wanted = [...spellings].map((spelling) => Buffer.from(`\n${spelling}\n`));
  const info = join(root, "info");
  for (const list of listsIn(info)) {
    const files = await readFile(join(info, list)).catch(() => NOTHING);
    if (wanted.some((line) => files.includes(line))) return list.replace(/(?::[^.]*)?\.list$/, "");
  }
  return undefined;
}

/** Content of a list that cannot be read, so that it is skipped. */
const NOTHING = Buffer.alloc(0);

function listsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".list"));
  } catch {
    // This system has no dpkg.
    return [];
  }
}

async function versionOf(name: string, root: string): Promise<string | undefined> {
  // Read the file in pieces, because it has megabytes on a large system.
  const input = createReadStream(join(root, "status"), "utf8");
  let inside = false;
  try {
    for await (const line of createInterface({ input })) {
      if (line.startsWith("Package: ")) inside = line.slice("Package: ".length) === name;
      else if (inside && line.startsWith("Version: ")) return line.slice("Version: ".length);
    }
  } catch {
    // Without a readable status file the version is unknown.
  } finally {
    input.destroy();
  }
  return undefined;
}
