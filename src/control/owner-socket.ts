/**
 * The socket of the daemon's owner, beside one that a group shares: a client that keeps the queue of the shared one full keeps
 * root from nothing.
 */
import { lstatSync, type Stats } from "node:fs";

export function ownerSocketOf(path: string): string {
  return `${path}.owner`;
}

/**
 * Where a client of this user connects first; undefined: only at the shared path. A socket that somebody else made
 * under that name, in a folder that is open to all, is nobody's daemon.
 */
export function ownerSocketFor(path: string, uid: number): string | undefined {
  const owner = ownerSocketOf(path);
  const there = look(owner);
  if (there === undefined || !there.isSocket()) return undefined;
  return uid === there.uid || (uid === 0 && there.uid === look(path)?.uid) ? owner : undefined;
}

/** What may not be looked at is found out, with its reason, when it is connected to. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
