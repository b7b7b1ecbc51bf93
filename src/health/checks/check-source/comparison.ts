/** Compares the content of a log with what its reader delivered. */
import type { Instant } from "../../../domain/instant.ts";

/**
 * complete: the newest line was read. catching-up: it was not read yet, but the reader makes progress. stuck: it was
 * not read, and the reader delivers nothing, or can deliver it no more. held: it was read, but a quote in a row of CSV
 * before it is still open, so it is not delivered. missed: the newest line was read, but an earlier one was deleted
 * before it was.
 */
export interface Comparison {
  readonly kind: "complete" | "catching-up" | "stuck" | "held" | "missed";
  readonly at: Instant;
  readonly evidence: string;
}
