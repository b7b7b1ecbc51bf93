/**
 * A file that has lost its name to a successor but may still grow: its writer has not reopened yet. Owns the open file
 * and a kernel watch on the thing itself, so growth is seen wherever it was moved, even when it was deleted.
 */
import { type FSWatcher, watch } from "node:fs";
import type { OldFile } from "./find-unread.ts";
import { LogFile } from "./log-file.ts";

export interface RetiredFile {
  readonly file: OldFile;
  /** Whether its lines count as live when they come. */
  readonly arrival: "live" | "backlog";
  /** Monotonic time of its last growth, or of its retirement. */
  quietSince: number;
  close(): void;
  /** Hands the open file to someone else. */
  release(): OldFile;
}

export function retireFile(
  file: OldFile,
  arrival: "live" | "backlog",
  now: number,
  onGrowth: () => void,
): RetiredFile {
  let watcher: FSWatcher | undefined;
  if (file instanceof LogFile) {
    try {
      watcher = watch(file.handle, onGrowth);
      watcher.on("error", () => watcher?.close());
    } catch {
      // Too many watches: it is then read at the rare look, which reports that for the folder.
      watcher = undefined;
    }
  }
  return {
    file,
    arrival,
    quietSince: now,
    close: () => {
      watcher?.close();
      file.close();
    },
    release: () => {
      watcher?.close();
      return file;
    },
  };
}
