/**
 * Checks whether the journal is being written, by the modification times of its active files. Takes a few system calls,
 * so it can run every half minute.
 */
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { type Instant, instant } from "../../domain/instant.ts";
import { listNames } from "../../host/read-or-empty.ts";

/** Folders of journald(8): volatile and persistent. */
const PLACES = ["/run/log/journal", "/var/log/journal"] as const;

export interface JournalActivity {
  /** undefined: no journal exists, or it may not be read. */
  readonly changedAt: Instant | undefined;
  /** The newest file that may not be read; undefined when all may be read. */
  readonly denied: string | undefined;
}

/** Reads the activity. `directory`: a folder of journal files other than the system's. */
export function journalActivity(directory?: string): JournalActivity {
  let changedAt = Number.NEGATIVE_INFINITY;
  let denied: string | undefined;
  for (const file of activeFiles(directory === undefined ? PLACES : [directory])) {
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (changed === undefined) continue;
    changedAt = Math.max(changedAt, Math.floor(changed));
    if (!isReadable(file)) denied = file;
  }
  return { changedAt: Number.isFinite(changedAt) ? instant(changedAt) : undefined, denied };
}

/** Lists active journal files. Archived ones have an "@" in their names; each machine has a separate folder. */
function activeFiles(places: readonly string[]): readonly string[] {
  return places.flatMap((place) =>
    listNames(place).flatMap((name) => {
      const path = join(place, name);
      if (name.endsWith(".journal")) return name.includes("@") ? [] : [path];
      return /^[0-9a-f]{32}(?:\.\w+)?$/.test(name)
        ? listNames(path)
            .filter((inner) => inner.endsWith(".journal") && !inner.includes("@"))
            .map((inner) => join(path, inner))
        : [];
    }),
  );
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    // Whatever denies access denies it to journalctl too.
    return false;
  }
}
