/**
 * Locates a separate socket for the daemon's owner, beside the one that a group shares. A client that fills the queue
 * of the shared socket then cannot lock out root.
 */
import { lstatSync, type Stats } from "node:fs";

export function ownerSocketOf(path: string): string {
  return `${path}.owner`;
}

/**
 * Returns the socket that a client of this user tries first; undefined: only the shared one. A socket of another user
 * at that path is ignored: in a directory that all can write to, any user can create one.
 */
export function ownerSocketFor(path: string, uid: number): string | undefined {
  const owner = ownerSocketOf(path);
  const there = look(owner);
  if (there === undefined || !there.isSocket()) return undefined;
  return uid === there.uid || (uid === 0 && there.uid === look(path)?.uid) ? owner : undefined;
}

/** Returns undefined also without permission: connecting then fails with the reason. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
