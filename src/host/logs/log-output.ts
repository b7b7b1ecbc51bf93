/** Writes log output to standard error, unbuffered, so that a crash loses nothing. */
import { fstatSync, writeSync } from "node:fs";

/** systemd.exec(5): JOURNAL_STREAM names the device and inode of the journal's end of standard error. */
export function isJournalStream(
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const [device, inode] = (environment["JOURNAL_STREAM"] ?? "").split(":");
  if (device === undefined || inode === undefined) return false;
  try {
    const stat = fstatSync(2, { bigint: true });
    return stat.dev === BigInt(device) && stat.ino === BigInt(inode);
  } catch {
    // No usable standard error, or a variable that is not two numbers: it is not the journal.
    return false;
  }
}

/** One write per line; a reader that has gone away or is full loses the line, never the daemon. */
export function writeLine(fd: 1 | 2, line: string): void {
  try {
    writeSync(fd, `${line}\n`);
  } catch {
    // EPIPE or EAGAIN: no process reads it.
  }
}
