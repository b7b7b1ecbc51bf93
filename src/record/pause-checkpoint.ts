/**
 * Chooses when the write-ahead log is copied into the database file. That takes tens of milliseconds on a slow disk, so
 * it is done in a pause between writes, and no ban waits for it. Without a pause it is done when the log is too long
 * (open-file.ts).
 */
import { createAlarm } from "../host/timers.ts";

/** Number of writes after which the next pause is used. */
const AFTER_WRITES = 100;
/** Time without a write that counts as a pause, in milliseconds. */
const PAUSE = 250;

export interface PauseCheckpoint {
  noteWrite(): void;
  /** Starts to count again: a checkpoint was made, or the database is closed. */
  reset(): void;
}

export function createPauseCheckpoint(checkpoint: () => void): PauseCheckpoint {
  const pause = createAlarm(checkpoint);
  let writes = 0;
  return {
    noteWrite() {
      writes++;
      if (writes >= AFTER_WRITES) pause.set(PAUSE);
    },
    reset() {
      writes = 0;
      pause.clear();
    },
  };
}
