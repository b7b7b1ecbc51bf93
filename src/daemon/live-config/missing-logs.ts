/**
 * Detects within seconds that the log of a jail appeared. It watches the jail's files, and reads their ends after a
 * change, at most once a second. The journal is not watched, because the regular search covers it.
 */
import type { AlarmClock } from "../../domain/clock.ts";
import { expandPatterns } from "../../source/file/expand-patterns.ts";
import { findLogSource } from "../../source/find-log-source.ts";
import { createFolderWatch } from "../../source/file/folder-watch.ts";
import { isInContainer, type LiveJail } from "../../pipeline/live-jail.ts";
import { isSharedLog } from "../../host/logs/shared-log.ts";
import { isSystemLine } from "../../parse/header/is-system-line.ts";

/** Interval between two searches: other programs may write to a shared log continuously. */
const LOOK_AFTER_MS = 1000;

export interface MissingLogs {
  /** Must be called with all jails after each change of the configuration. */
  watch(jails: readonly LiveJail[]): void;
  close(): void;
}

/** Creates the watch. `onFound` is called when a file of one of the jails has its lines, or is empty. */
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
    // New directories may exist now.
    watchFolders();
    for (const { definition } of waiting) {
      const { programs, files } = definition;
      const { chosen } = await findLogSource({
        ...{ programs, files, isShared: isSharedLog, isSystemLine },
        ...{ journal: [], clock },
      });
      if (chosen !== undefined) return onFound();
    }
  }

  return {
    watch(jails) {
      waiting = jails.filter(
        ({ jail, search }) => search.source === undefined && !isInContainer(jail),
      );
      watchFolders();
    },
    close() {
      waiting = [];
      alarm.clear();
      folders.close();
    },
  };
}
