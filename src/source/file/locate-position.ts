/** Finds the position of a saved cursor in a log, or in its rotated files. */
import { type FileCursor, type FileIdentity, sameFile } from "./file-cursor.ts";
import { LogFile } from "./log-file.ts";
import { rotatedSiblings } from "./rotated-siblings.ts";
import { statsAt } from "../../host/read-or-empty.ts";

/** Opens the file whose first `offset` bytes were read; undefined if it is gone, compressed or has other text. */
export function locatePosition(path: string, cursor: FileCursor): LogFile | undefined {
  const name = namesOf(path).find((one) => sameFile(one, cursor))?.path;
  if (name === undefined) return undefined;
  let file: LogFile;
  try {
    file = new LogFile(name);
  } catch {
    // Renamed again, or access denied: treat it as gone.
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
  const stats = statsAt(path);
  const live = stats && { path, device: `${stats.dev}`, inode: `${stats.ino}` };
  return [...(live === undefined ? [] : [live]), ...rotatedSiblings(path)];
}
