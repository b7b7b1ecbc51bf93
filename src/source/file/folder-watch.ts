/**
 * Watches a set of folders for changes. Owns one kernel watch per folder (Node shares it among equal paths) and passes
 * on only events about relevant names, so a busy neighboring file costs one comparison. A watch follows the folder's
 * inode: a replaced folder is watched again at the next `set`.
 */
import { reasonOf } from "../../host/explain-system-error.ts";
import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { hasWildcard, matchGlob } from "./match-glob.ts";

/** names: files may have been created, removed or moved. content: a known file may have grown or shrunk. */
export type FolderChange = "names" | "content";

export interface FolderWatch {
  set(folders: ReadonlyMap<string, ReadonlySet<string>>): void;
  /** Says why an existing folder is not watched (too many watches, no permission to read it); undefined: all are. */
  trouble(): string | undefined;
  close(): void;
}

interface Watched {
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/** Calls `onChange` with the path of the file, if the kernel names one. */
export function createFolderWatch(
  onChange: (change: FolderChange, path: string | undefined) => void,
): FolderWatch {
  const watched = new Map<string, Watched>();
  let wanted: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  let trouble: string | undefined;

  function open(folder: string, identity: string): void {
    try {
      const watcher = watch(folder, (event, name) => {
        // An event with the name of the folder concerns the folder itself.
        const self = name === null || name === basename(folder);
        if (self || concerns(wanted.get(folder), name)) {
          const path = name === null ? undefined : join(folder, name);
          onChange(self || event === "rename" ? "names" : "content", path);
        }
      });
      watcher.on("error", () => {
        drop(folder);
        onChange("names", undefined);
      });
      watched.set(folder, { identity, watcher });
    } catch (error) {
      trouble = `cannot watch ${folder}: ${reasonOf(error)}`;
    }
  }

  function drop(folder: string): void {
    watched.get(folder)?.watcher.close();
    watched.delete(folder);
  }

  return {
    set: (folders) => {
      wanted = folders;
      trouble = undefined;
      for (const folder of [...watched.keys()]) if (!folders.has(folder)) drop(folder);
      for (const folder of folders.keys()) {
        const identity = identityOf(folder);
        if (watched.get(folder)?.identity === identity) continue;
        drop(folder);
        if (identity !== undefined) open(folder, identity);
      }
    },
    trouble: () => trouble,
    close: () => {
      for (const folder of [...watched.keys()]) drop(folder);
    },
  };
}

function concerns(names: ReadonlySet<string> | undefined, name: string): boolean {
  if (names === undefined) return false;
  if (names.has(name)) return true;
  for (const pattern of names) if (hasWildcard(pattern) && matchGlob(name, pattern)) return true;
  return false;
}

function identityOf(folder: string): string | undefined {
  try {
    const stats = statSync(folder);
    return stats.isDirectory() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    // Missing: its parent is watched, and reports its creation.
    return undefined;
  }
}
