import type { Instant } from "../../domain/instant.ts";
import type { LocalOffset } from "../header/timestamp.ts";

/** What a filter captures from lines that are read again, by name; later lines win. */
export type Recapture = (lines: readonly string[]) => ReadonlyMap<string, string>;

export interface RecaptureOptions {
  readonly localOffset: LocalOffset;
  readonly now: () => Instant;
  /** Programs whose entries come from a journal, which stores lines without a header; otherwise empty. */
  readonly journalPrograms: readonly string[];
}
