/** Compares the folder at a path with the one that another process sees there. In a container it is another folder. */
import { fileIdentity } from "../file-identity.ts";

/** Returns undefined if the process has ended, or may not be read (CAP_SYS_PTRACE). */
export function seesOtherFolder(pid: number, folder: string): boolean | undefined {
  const root = `/proc/${pid}/root`;
  if (fileIdentity(`${root}/`) === undefined) return undefined;
  return fileIdentity(root + folder) !== fileIdentity(folder);
}
