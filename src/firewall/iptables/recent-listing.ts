/**
 * Shares listings among readers of counters. A set can only be listed as a whole, so a listing is used again for a time
 * in proportion to its cost: counting takes at most a twentieth of a processor, and is current when blocks are few.
 */
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import { createAlarm } from "../../host/timers.ts";

export interface RecentListing {
  read(): Promise<readonly EnforcedBlock[]>;
  /** Called after blocks changed: the next `read` lists again. */
  forget(): void;
}

const LASTS_TIMES = 20;

export function createRecentListing(list: () => Promise<readonly EnforcedBlock[]>): RecentListing {
  let recent: Promise<readonly EnforcedBlock[]> | undefined;
  const forget = (): void => {
    recent = undefined;
  };
  const alarm = createAlarm(forget);
  return {
    read() {
      if (recent !== undefined) return recent;
      const began = performance.now();
      const listing = list();
      recent = listing;
      alarm.clear();
      const finish = (): void => {
        if (recent === listing) alarm.set((performance.now() - began) * LASTS_TIMES);
      };
      listing.then(finish, finish);
      return listing;
    },
    forget,
  };
}
