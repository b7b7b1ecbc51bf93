/** Describes lines of a jail's programs that its source does not read. */
import type { Elsewhere } from "../../judge/place-facts.ts";
import type { WatchedJail } from "../../jail-check.ts";
import type { LineRecognizer } from "../../recognize-lines.ts";

/** A jail, and the time of the newest line at its location; -Infinity: none. */
export interface JailLastLine {
  readonly watched: WatchedJail;
  readonly lastLineAt: number;
}

export interface Sighting extends Omit<Elsewhere, "matchesNothing"> {
  /** Whether the lines are in the journal that the jail reads, but excluded by its matches. */
  readonly pastMatches: boolean;
}

/** Returns the recognizer for lines of a jail's programs. */
export type RecognizerOf = (watched: WatchedJail) => LineRecognizer;
