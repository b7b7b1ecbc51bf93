import type { Instant } from "../../domain/instant.ts";
import type { LocalOffset } from "../header/timestamp.ts";

/** What a filter captures from lines that are read once more, by name; later lines win. */
export type Recapture = (lines: readonly string[]) => ReadonlyMap<string, string>;

export interface RecaptureOptions {
  readonly localOffset: LocalOffset;
  readonly now: () => Instant;
  /** Programs whose entries come from a journal, whose lines are kept without their head; else none. */
  readonly journalPrograms: readonly string[];
}
