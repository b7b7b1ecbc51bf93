/** Names and numbers of users and groups, from the files of the system (passwd(5), group(5)); no network directory. */
import { readFileSync } from "node:fs";

/** undefined when no such user is listed. */
export function userName(uid: number): string | undefined {
  return entries("/etc/passwd").find(([, , id]) => id === String(uid))?.[0];
}

/** undefined when no such group is listed. */
export function groupName(gid: number): string | undefined {
  return entries("/etc/group").find(([, , id]) => id === String(gid))?.[0];
}

/** Takes a name, or a number as it is. */
export function groupNumber(group: string): number | undefined {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  const id = entries("/etc/group").find(([name]) => name === group)?.[2];
  return id === undefined ? undefined : Number(id);
}

/** Whom a group names; those whose own group it is are not looked for. Empty when there is no such group. */
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
    // Minimal containers lack the file: then no user has a name.
    return [];
  }
}
