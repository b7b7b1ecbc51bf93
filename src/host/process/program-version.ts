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
  /** Changes when the file is replaced: inode, size and time of change. */
  readonly identity: string;
}

export interface ProgramPackage {
  readonly name: string;
  readonly version: string;
}

/** The first of the programs that is installed in a system folder. */
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

/** `root` is the folder of the package lists; undefined when no list contains the file. */
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
  // When /bin is a link to /usr/bin, packages may list either path.
  const spellings = new Set([path, path.replace(/^\/usr\//, "/"), `/usr${path}`]);
  const wanted = [...spellings].map((spelling) => Buffer.from(`\n${spelling}\n`));
  const info = join(root, "info");
  for (const list of listsIn(info)) {
    const files = await readFile(join(info, list)).catch(() => NOTHING);
    if (wanted.some((line) => files.includes(line))) return list.replace(/(?::[^.]*)?\.list$/, "");
  }
  return undefined;
}

/** A list that cannot be read is skipped. */
const NOTHING = Buffer.alloc(0);

function listsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".list"));
  } catch {
    // No dpkg on this system.
    return [];
  }
}

async function versionOf(name: string, root: string): Promise<string | undefined> {
  // The file has megabytes on a large system, so it is never read as a whole.
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
