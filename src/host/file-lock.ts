/** Locks a file with flock(2), which the kernel releases when the owner ends. The file itself is never deleted. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { fail, ok, type Result } from "../domain/result.ts";
import { openNativeLibrary } from "./kernel/native-library.ts";

export interface FileLock {
  release(): void;
}

export type LockFailure = "held" | "unsupported";

export type KernelLockFailure =
  /** `pid`: the owner; 0: it runs in another PID namespace. */
  { readonly kind: "held"; readonly pid: number } | { readonly kind: "unsupported" };

/** Values of <sys/file.h>. */
const LOCK_EX = 2;
const LOCK_NB = 4;

/** Locks the file, and creates it if it is missing. Throws the error of `open` if that is impossible. */
export async function acquireFileLock(path: string): Promise<Result<FileLock, LockFailure>> {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  const flock = await loadFlock();
  if (flock === undefined) return fail("unsupported");
  const fd = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  if (flock(fd)) return ok({ release: () => closeSync(fd) });
  closeSync(fd);
  return fail("held");
}

/**
 * Locks a file that the kernel provides, without writing to it. "unsupported": the file is missing or may not be
 * opened.
 */
export async function lockKernelFile(path: string): Promise<Result<FileLock, KernelLockFailure>> {
  const flock = await loadFlock();
  const fd = flock === undefined ? undefined : openToRead(path);
  if (flock === undefined || fd === undefined) return fail({ kind: "unsupported" });
  if (flock(fd)) return ok({ release: () => closeSync(fd) });
  const pid = flockOwner(fd);
  closeSync(fd);
  return fail({ kind: "held", pid });
}

async function loadFlock(): Promise<((fd: number) => boolean) | undefined> {
  const libc = await openNativeLibrary("libc.so.6", (bind) =>
    bind("int flock(int fd, int operation)"),
  );
  return libc.ok ? (fd) => libc.value.calls(fd, LOCK_EX | LOCK_NB) === 0 : undefined;
}

function openToRead(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch {
    return undefined;
  }
}

/** Reads the owner from /proc/locks (proc_locks(5)): "1: FLOCK ADVISORY WRITE pid major:minor:inode 0 EOF". */
function flockOwner(fd: number): number {
  const { ino, dev } = fstatSync(fd);
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  const file = `${hex((dev >> 8) & 0xfff)}:${hex((dev & 0xff) | ((dev >> 12) & 0xfff00))}:${ino}`;
  try {
    const locks = readFileSync("/proc/locks", "utf8").split("\n");
    const fields = locks.map((line) => line.split(/\s+/));
    const own = fields.find(([, kind, , , , locked]) => kind === "FLOCK" && locked === file);
    return Number(own?.[4] ?? 0);
  } catch {
    return 0;
  }
}
