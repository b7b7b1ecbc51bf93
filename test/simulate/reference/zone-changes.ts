import type { Happening } from "../happenings.ts";
import { CHECKED_WITHIN, SLACK } from "./promises.ts";

type Change = Pick<Extract<Happening, { kind: "clock" }>, "at" | "zoneStep" | "isByRule">;

/** Maximum number of changes that are remembered. */
const MAX_CHANGES = 16;

/**
 * Tracks changes of the offset of local time. Source: docs/filters.md, The time of a line: "Without a zone, … the time is
 * local", and in the hour that occurs twice it is the last one before the line is read.
 */
export class ZoneChanges {
  #changes: Change[] = [];

  note(change: Change): void {
    if (change.zoneStep !== 0) this.#changes = [...this.#changes, change].slice(-MAX_CHANGES);
  }

  /**
   * Returns by how much the local stamp of a line that was written `at` may be misplaced. `readAt`: when it is read;
   * Infinity: after the next start.
   */
  spread(at: number, readAt: number): number {
    const doubtful = this.#changes.filter((change) => isDoubtful(change, at, readAt));
    return doubtful.reduce((sum, { zoneStep }) => sum + Math.abs(zoneStep), 0);
  }
}

function isDoubtful(
  { at: changed, zoneStep, isByRule }: Change,
  at: number,
  readAt: number,
): boolean {
  if (isByRule === true) {
    const isTwice = zoneStep < 0 && Math.abs(at - changed) <= SLACK - zoneStep;
    return isTwice && readAt - at > SLACK;
  }
  // Lines from before the other zone was set are read with it. The daemon looks at the setting in each round of checks.
  const isBefore = at <= changed && readAt >= changed;
  return isBefore || (at > changed && at <= changed + CHECKED_WITHIN + SLACK);
}
