/**
 * Detects within a second that a container was created, started, stopped, renamed or removed. Watches the files in which
 * engines describe their containers. It is idle, and loads nothing, unless a jail names a container or they are
 * discovered.
 */
import type { AlarmClock } from "../../domain/clock.ts";
import { isInContainer } from "../../pipeline/live-jail.ts";
import type { RunningConfig } from "../../pipeline/running-config.ts";
import { expandPatterns } from "../../source/file/expand-patterns.ts";
import { createFolderWatch } from "../../source/file/folder-watch.ts";

/** An engine changes several files for each start of a container. */
const LOOK_AFTER_MS = 500;

export interface ContainerWatch {
  /** Must be called after each change of the configuration. */
  watch(running: Pick<RunningConfig, "config" | "jails">): Promise<void>;
  close(): void;
}

/** Creates the watch. `onChange` is called after changes, at most twice a second. */
export function createContainerWatch(clock: AlarmClock, onChange: () => void): ContainerWatch {
  let patterns: readonly string[] = [];
  let isDue = false;
  const alarm = clock.alarm(() => {
    isDue = false;
    // A new container has a new folder.
    watchFolders();
    onChange();
  });
  const folders = createFolderWatch(() => {
    if (isDue) return;
    isDue = true;
    alarm.set(LOOK_AFTER_MS);
  });

  function watchFolders(): void {
    folders.set(expandPatterns(patterns).folders);
  }

  return {
    async watch({ config, jails }) {
      patterns = [];
      if (config.containers.discover || jails.some(({ jail }) => isInContainer(jail))) {
        const { containerPatterns } = await import("../../source/container/find-container-log.ts");
        const { enginePlaces } = await import("../../source/container/engine-places.ts");
        patterns = containerPatterns(enginePlaces(config.containers));
      }
      watchFolders();
    },
    close() {
      patterns = [];
      alarm.clear();
      folders.close();
    },
  };
}
