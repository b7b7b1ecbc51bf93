/** Writes a file atomically. Readers see the old content, or none, or the new one, also after a power failure. */
import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/**
 * Creates a missing folder, and keeps the owner and mode of an existing file; `newMode` is that of a new one. Throws errors of the system, and an error if the
 * path is a symbolic link.
 */
export function replaceFile(path: string, text: string, newMode = 0o644): void {
  refuseLink(path);
  const former = statSync(path, { throwIfNoEntry: false });
  const mode = former === undefined ? newMode : former.mode & 0o777;
  writeBeside(path, { text, mode, owner: former, place: renameSync });
}

/** Creates a file, and a missing folder. Throws errors of the system: EEXIST if the file exists. */
export function createFile(path: string, text: string): void {
  const place = (temporary: string): void => {
    // Unlike a renamed file, a link never replaces one.
    linkSync(temporary, path);
    rmSync(temporary);
  };
  writeBeside(path, { text, mode: 0o644, owner: undefined, place });
}

/** Throws an error if the path is a symbolic link: the administrator who made it may use its target elsewhere. */
export function refuseLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new Error(
    `it is a symbolic link to ${readlinkSync(path)}: change that file, or remove the link`,
  );
}

interface WrittenFile {
  readonly text: string;
  readonly mode: number;
  /** undefined: this process. */
  readonly owner: Pick<Stats, "uid" | "gid"> | undefined;
  /** Gives the complete file its name. */
  readonly place: (temporary: string, path: string) => void;
}

function writeBeside(path: string, { text, mode, owner, place }: WrittenFile): void {
  makeFolder(dirname(path));
  // Use a name that no program reads as configuration.
  const temporary = join(dirname(path), `.new-${process.pid}`);
  try {
    const file = openSync(temporary, "wx", mode);
    try {
      // Before the mode, because a change of the owner may clear parts of it.
      if (owner !== undefined) keepOwner(file, owner);
      fchmodSync(file, mode);
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    place(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function keepOwner(file: number, { uid, gid }: Pick<Stats, "uid" | "gid">): void {
  const own = fstatSync(file);
  if (own.uid !== uid || own.gid !== gid) fchownSync(file, uid, gid);
}

/**
 * Creates one folder after the other. mkdir's `recursive` loops forever if the kernel reports a missing folder for one
 * that cannot be created.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
  // Ignore the umask of the service, because other programs read this file.
  chmodSync(path, 0o755);
}
