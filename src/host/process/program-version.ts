/**
 * Which file a program is, and which package in which version it came from, so that "since the update" can be said.
 * Asked on demand only: the package lists are read piece by piece, nothing is spawned, and what is not Debian's is told by
 * its file alone.
 */
import { createReadStream, readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findProgram } from "./find-program.ts";

export interface ProgramFile {
  readonly path: string;
  /** Another text means another file: inode, size and time of change. */
  readonly identity: string;
}

export interface ProgramPackage {
  readonly name: string;
  readonly version: string;
}

/** The first of the programs that is installed in one of the system's folders. */
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

/** `root` is where the lists lie; undefined when none of them knows the file. */
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
  // On systems where /bin is a link to /usr/bin, packages may have been made for either.
  const spellings = new Set([path, path.replace(/^\/usr\//, "/"), `/usr${path}`]);
  const wanted = [...spellings].map((spelling) => Buffer.from(`\n${spelling}\n`));
  const info = join(root, "info");
  for (const list of listsIn(info)) {
    const files = await readFile(join(info, list)).catch(() => NOTHING);
    if (wanted.some((line) => files.includes(line))) return list.replace(/(?::[^.]*)?\.list$/, "");
  }
  return undefined;
}

/** A list that cannot be read names nothing. */
const NOTHING = Buffer.alloc(0);

function listsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".list"));
  } catch {
    // No dpkg here.
    return [];
  }
}

async function versionOf(name: string, root: string): Promise<string | undefined> {
  // Megabytes on a large system, so never all of it at once.
  const input = createReadStream(join(root, "status"), "utf8");
  let inside = false;
  try {
    for await (const line of createInterface({ input })) {
      if (line.startsWith("Package: ")) inside = line.slice("Package: ".length) === name;
      else if (inside && line.startsWith("Version: ")) return line.slice("Version: ".length);
    }
  } catch {
    // No status that can be read: no version.
  } finally {
    input.destroy();
  }
  return undefined;
}
