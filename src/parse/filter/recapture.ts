import type { Instant } from "../../domain/instant.ts";
import type { LocalOffset } from "../header/timestamp.ts";

/**
 * Returns what a filter captures from lines that are read again, by field name. A later line replaces values of earlier
 * ones.
 */
export type Recapture = (lines: readonly string[]) => ReadonlyMap<string, string>;

export interface RecaptureOptions {
  readonly localOffset: LocalOffset;
  readonly now: () => Instant;
  /**
   * Programs that the jail's journal matches name; a line without a header is also read with a header of each. Empty
   * for other sources.
   */
  readonly journalPrograms: readonly string[];
}
