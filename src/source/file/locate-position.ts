/** Finds where a saved position is now, in a log or in what rotation left of it. */
import { statSync } from "node:fs";
import { type FileCursor, type FileIdentity, sameFile } from "./file-cursor.ts";
import { LogFile } from "./log-file.ts";
import { rotatedSiblings } from "./rotated-siblings.ts";

/** The file, open, whose first `offset` bytes were read; undefined when it is gone, packed or another text by now. */
export function locatePosition(path: string, cursor: FileCursor): LogFile | undefined {
  const name = namesOf(path).find((one) => sameFile(one, cursor))?.path;
  if (name === undefined) return undefined;
  let file: LogFile;
  try {
    file = new LogFile(name);
  } catch {
    // Renamed again or closed to us: as if it were gone.
    return undefined;
  }
  const { offset, fingerprint, tail } = cursor;
  const isSame =
    sameFile(file.identity, cursor) &&
    file.size >= offset &&
    file.beginsWith(fingerprint) &&
    file.endsAt(offset, Buffer.from(tail, "latin1"));
  if (isSame) return file;
  file.close();
  return undefined;
}

function namesOf(path: string): readonly (FileIdentity & { readonly path: string })[] {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  const live = stats && { path, device: `${stats.dev}`, inode: `${stats.ino}` };
  return [...(live === undefined ? [] : [live]), ...rotatedSiblings(path)];
}
