import type { Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { Match } from "../../domain/match.ts";
import type { LinePlace } from "../../parse/route/line-sink.ts";

/** A line that a filter recognized, and where it stands. */
export interface RoutedMatch {
  /** Index of the filter. */
  readonly filter: number;
  /** When it happened; undefined: the line has no time, or one in the future. */
  readonly at: Instant | undefined;
  readonly match: Match;
  readonly place: LinePlace;
  readonly batch: LineBatch;
}
