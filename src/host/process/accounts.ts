/**
 * Maps names and numbers of users and groups, from the system's files (passwd(5), group(5)). Queries no network
 * directory.
 */
import { readFileSync } from "node:fs";

/** Returns undefined if no such user is listed. */
export function userName(uid: number): string | undefined {
  return entries("/etc/passwd").find(([, , id]) => id === String(uid))?.[0];
}

export interface Account {
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
  readonly home: string;
}

/** Returns undefined if no such user is listed. */
export function accountOf(user: string): Account | undefined {
  const [, , uid, gid, , home = ""] = entries("/etc/passwd").find(([name]) => name === user) ?? [];
  const isListed = uid !== undefined && gid !== undefined && home.startsWith("/");
  return isListed ? { uid: Number(uid), gid: Number(gid), home } : undefined;
}

/** Returns undefined if no such group is listed. */
export function groupName(gid: number): string | undefined {
  return entries("/etc/group").find(([, , id]) => id === String(gid))?.[0];
}

/** Returns the number of a group. A number is returned unchanged. */
export function groupNumber(group: string): number | undefined {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  const id = entries("/etc/group").find(([name]) => name === group)?.[2];
  return id === undefined ? undefined : Number(id);
}

/**
 * Returns the members listed for a group; users whose primary group it is are not included. Empty when the group does
 * not exist.
 */
export function groupMembers(group: string): readonly string[] {
  const members = entries("/etc/group").find(([name]) => name === group)?.[3] ?? "";
  return members.split(",").filter((name) => name !== "");
}

function entries(path: string): readonly (readonly string[])[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch {
    // Minimal containers lack the file, so no user has a name there.
    return [];
  }
}
