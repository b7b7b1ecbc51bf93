/**
 * Finds other users who could change a file that root reads as configuration. They may write to it, or replace it
 * through a folder above it. Trusts root, the user of this process, and the owner of the program's files, who could
 * change the program itself. Checked only as root: a file in a user's own daemon concerns only that user.
 */
import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { groupName, userName } from "./process/accounts.ts";

export interface OtherWriter {
  /** Path of the file, or of the folder that allows replacing it. */
  readonly path: string;
  /** "every user", "user alice", "group staff". */
  readonly who: string;
  /** A command that revokes the permission. */
  readonly fix: string;
}

const GROUP_WRITES = 0o020;
const ALL_WRITE = 0o002;
/** Users and groups that may change the files besides root. */
export interface TrustedWriter {
  readonly uid: number;
  readonly gid: number;
}

/** Mode bit of a folder in which no user can replace another user's file. */
const STICKY = 0o1000;
const OWN_FILES = join(import.meta.dirname, "../..");

/**
 * Returns undefined if no other user can, or the path does not exist. Throws other errors of `stat`. "new-files": the
 * path is a folder in which files are made, whose names another user could take first, although it is sticky.
 * `trusted`: a further user who may change it.
 */
export function findOtherWriter(
  path: string,
  matters: "present-files" | "new-files" = "present-files",
  trusted?: TrustedWriter,
): OtherWriter | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const places = [path, ...foldersAbove(path), ...throughLinks(path)];
  for (const place of new Set(places)) {
    const stats = statSync(place, { throwIfNoEntry: false });
    const what = place === path ? matters : "present-files";
    const who = stats && writerOf(stats, what, trusted);
    if (who !== undefined) return { path: place, ...who };
  }
  return undefined;
}

function throughLinks(path: string): readonly string[] {
  try {
    const real = realpathSync(path);
    return real === path ? [] : [real, ...foldersAbove(real)];
  } catch {
    // The link has no target, so there is no file to change.
    return [];
  }
}

function foldersAbove(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}

function writerOf(
  stats: Stats,
  matters: "present-files" | "new-files",
  trusted: TrustedWriter | undefined,
): { who: string; fix: string } | undefined {
  const { uid, gid, mode } = stats;
  const own = statSync(OWN_FILES);
  const trustedUsers = [0, process.geteuid?.() ?? 0, own.uid, trusted?.uid];
  // The owner's group is trusted too: distributions create a private group for each user.
  const trustedGroups = [0, own.uid === 0 ? 0 : own.gid, trusted?.gid];
  const isSticky = stats.isDirectory() && (mode & STICKY) !== 0;
  if (!trustedUsers.includes(uid))
    return { who: `user ${userName(uid) ?? uid}`, fix: "chown root" };
  if (isSticky && matters === "present-files") return undefined;
  if ((mode & ALL_WRITE) !== 0) return { who: "every user", fix: "chmod o-w" };
  if ((mode & GROUP_WRITES) !== 0 && !trustedGroups.includes(gid))
    return { who: `group ${groupName(gid) ?? gid}`, fix: "chmod g-w" };
  return undefined;
}
