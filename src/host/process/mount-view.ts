/** Compares the folder at a path with what another process sees there: in a container it is another folder. */
import { statSync } from "node:fs";

/** undefined: the process has ended, or may not be read (CAP_SYS_PTRACE). */
export function seesOtherFolder(pid: number, folder: string): boolean | undefined {
  const root = `/proc/${pid}/root`;
  if (identityOf(`${root}/`) === undefined) return undefined;
  return identityOf(root + folder) !== identityOf(folder);
}

/** undefined: the folder is missing, or may not be read. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
