/**
 * Notices within seconds that a jail without a log has one: its files are watched, and their ends looked at when
 * something changed, at most once a second. Of the journal only the usual look tells.
 */
import type { AlarmClock } from "../../domain/clock.ts";
import { expandPatterns } from "../../source/file/expand-patterns.ts";
import { findLogSource } from "../../source/find-log-source.ts";
import { createFolderWatch } from "../../source/file/folder-watch.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { isSharedLog } from "../../pipeline/sources/shared-log.ts";

/** Others may write to the same log all the time. */
const LOOK_AFTER_MS = 1000;

export interface MissingLogs {
  /** To be called with all jails after each change. */
  watch(jails: readonly LiveJail[]): void;
  close(): void;
}

/** `onFound`: some jail of those has lines in a file, or an empty file. */
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
    // Folders may have come meanwhile.
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
