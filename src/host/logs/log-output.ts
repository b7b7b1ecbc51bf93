/** Writes log output to standard error, unbuffered, so that a crash loses nothing. */
import { fstatSync, writeSync } from "node:fs";

/**
 * Returns whether standard error is the journal: JOURNAL_STREAM names the device and inode of the journal's end of it
 * (systemd.exec(5)).
 */
export function isJournalStream(
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const [device, inode] = (environment["JOURNAL_STREAM"] ?? "").split(":");
  if (device === undefined || inode === undefined) return false;
  try {
    const stat = fstatSync(2, { bigint: true });
    return stat.dev === BigInt(device) && stat.ino === BigInt(inode);
  } catch {
    // Without standard error, or with a variable that is not two numbers, it is not the journal.
    return false;
  }
}

/** Writes one line in one call. If the reader is gone or full, the line is lost, but the daemon continues. */
export function writeLine(fd: 1 | 2, line: string): void {
  try {
    writeSync(fd, `${line}\n`);
  } catch {
    // EPIPE or EAGAIN: no process reads it.
  }
}
