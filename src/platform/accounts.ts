/** Names and numbers of users and groups, from the files of the system (passwd(5), group(5)); no network directory. */
import { readFileSync } from "node:fs";

/** undefined when no such user is listed. */
export function userName(uid: number): string | undefined {
  return entries("/etc/passwd").find(([, , id]) => id === String(uid))?.[0];
}

/** Takes a name, or a number as it is. */
export function groupNumber(group: string): number | undefined {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  const id = entries("/etc/group").find(([name]) => name === group)?.[2];
  return id === undefined ? undefined : Number(id);
}

function entries(path: string): readonly (readonly string[])[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch {
    // Minimal containers have no such file: then nobody has a name.
    return [];
  }
}
