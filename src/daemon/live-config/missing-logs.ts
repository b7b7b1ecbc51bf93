/**
 * Detects within seconds that the log of a jail appeared: watches its files, and reads their ends after a change, at
 * most once a second. Does not watch the journal, which the regular search covers.
 */
import type { AlarmClock } from "../../domain/clock.ts";
import { expandPatterns } from "../../source/file/expand-patterns.ts";
import { findLogSource } from "../../source/find-log-source.ts";
import { createFolderWatch } from "../../source/file/folder-watch.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { isSharedLog } from "../../host/logs/shared-log.ts";

/** Other programs may write to the same log continuously. */
const LOOK_AFTER_MS = 1000;

export interface MissingLogs {
  /** Call it with all jails after each change. */
  watch(jails: readonly LiveJail[]): void;
  close(): void;
}

/** `onFound` is called when one of the jails has lines in a file, or an empty file. */
export function createMissingLogs(clock: AlarmClock, onFound: () => void): MissingLogs {
  let waiting: readonly LiveJail[] = [];
  let isDue = false;
  const alarm = clock.alarm(() => look());
  const folders = createFolderWatch(() => {
    if (isDue) return;
    isDue = true;
    alarm.set(LOOK_AFTER_MS);
  });

  function watchFolders(): void {
    const patterns = waiting.flatMap(({ definition }) => definition.files);
    folders.set(expandPatterns(patterns).folders);
  }

  async function look(): Promise<void> {
    isDue = false;
    // New folders may exist now.
    watchFolders();
    for (const { definition } of waiting) {
      const { programs, files } = definition;
      const { chosen } = await findLogSource({
        ...{ programs, files, isShared: isSharedLog },
        ...{ journal: [], clock },
      });
      if (chosen !== undefined) return onFound();
    }
  }

  return {
    watch(jails) {
      waiting = jails.filter(({ search }) => search.source === undefined);
      watchFolders();
    },
    close() {
      waiting = [];
      alarm.clear();
      folders.close();
    },
  };
}
