/**
 * A lock that ends with its owner, however it ends: flock(2) on a file of its own. The file stays; only the lock
 * means something.
 */
import { closeSync, constants, openSync } from "node:fs";
import { fail, ok, type Result } from "../domain/result.ts";
import { openNativeLibrary } from "./native-library.ts";

export interface FileLock {
  release(): void;
}

export type LockFailure = "held" | "unsupported";

/** Values of <sys/file.h>. */
const LOCK_EX = 2;
const LOCK_NB = 4;

/** Throws what `open` throws when the file cannot be made. */
export async function acquireFileLock(path: string): Promise<Result<FileLock, LockFailure>> {
  const libc = await openNativeLibrary("libc.so.6", (bind) =>
    bind("int flock(int fd, int operation)"),
  );
  if (!libc.ok) return fail("unsupported");
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  if (libc.value.calls(fd, LOCK_EX | LOCK_NB) !== 0) {
    closeSync(fd);
    return fail("held");
  }
  return ok({ release: () => closeSync(fd) });
}
