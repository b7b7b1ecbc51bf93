/**
 * A log that others rotate: lines are added to the file of that name, whichever file that is. What is written within one
 * turn goes out in one call. It is looked at once a second whether the name is another file now.
 */
import { reasonOf } from "../explain-system-error.ts";
import { closeSync, fstatSync, openSync, statSync, writeSync } from "node:fs";

export interface AppendLog {
  write(line: string): void;
  /** Closes and opens it again: whoever rotates asks for it. */
  reopen(): void;
  close(): void;
}

export interface AppendLogOptions {
  /** Told once, and again after it worked in between. */
  readonly failed: (reason: string) => void;
}

const LOOK_EVERY_MS = 1000;
/** Characters held before they are written without waiting for the turn to end. */
const MOST_HELD = 65_536;

export function openAppendLog(path: string, { failed }: AppendLogOptions): AppendLog {
  let fd: number | undefined;
  let held: string[] = [];
  let size = 0;
  let lookedAt = 0;
  let broken = false;
  let scheduled = false;

  function flush(): void {
    scheduled = false;
    if (held.length === 0) return;
    const text = held.join("");
    held = [];
    size = 0;
    try {
      writeSync(current(), text);
      broken = false;
    } catch (error) {
      release();
      if (!broken) failed(reasonOf(error));
      broken = true;
    }
  }

  function current(): number {
    const now = performance.now();
    if (fd !== undefined && now - lookedAt > LOOK_EVERY_MS) {
      lookedAt = now;
      if (!isStillThere(fd, path)) release();
    }
    fd ??= openSync(path, "a", 0o640);
    return fd;
  }

  function release(): void {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  }

  return {
    write(line) {
      held.push(`${line}\n`);
      size += line.length + 1;
      if (size > MOST_HELD) flush();
      else if (!scheduled) {
        scheduled = true;
        setImmediate(flush);
      }
    },
    reopen() {
      flush();
      release();
      // A file that is gone is made anew at once, as whoever rotates expects.
      try {
        current();
      } catch (error) {
        failed(reasonOf(error));
      }
    },
    close() {
      flush();
      release();
    },
  };
}

function isStillThere(fd: number, path: string): boolean {
  const named = statSync(path, { bigint: true, throwIfNoEntry: false });
  const open = fstatSync(fd, { bigint: true });
  return named !== undefined && named.ino === open.ino && named.dev === open.dev;
}
