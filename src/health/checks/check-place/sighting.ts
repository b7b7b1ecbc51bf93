/** A sighting describes lines of a jail's programs that its source does not read. */
import type { Elsewhere } from "../../judge/place-facts.ts";
import type { WatchedJail } from "../../jail-check.ts";
import type { LineRecognizer } from "../../recognize-lines.ts";

/** A jail, and when its location last had a line; -Infinity: never. */
export interface JailLastLine {
  readonly watched: WatchedJail;
  readonly lastLineAt: number;
}

export interface Sighting extends Omit<Elsewhere, "matchesNothing"> {
  /** In the journal that the jail reads, but excluded by its matches. */
  readonly pastMatches: boolean;
}

/** What recognizes lines of a jail's programs. */
export type RecognizerOf = (watched: WatchedJail) => LineRecognizer;
