/** The line a router is reading: what is known of it beside its text. One is reused for all lines. */
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch, LineFields } from "../../domain/line-batch.ts";
import { createEffort, type Effort, RULES_EFFORT } from "../expression/search-effort.ts";

export interface CurrentLine {
  arrival: LineBatch["arrival"];
  now: Instant;
  /** What positions in the header and captures belong to: the batch, or what was taken out of one of its lines. */
  text: string;
  /** The whole batch is ASCII. */
  ascii: boolean;
  /** The rest of it is missing. */
  isCut: boolean;
  fields: LineFields | undefined;
  /** When a container runtime took the line; its own time is not looked at then. */
  wrappedAt: Instant | undefined;
  /** Process that wrote it, 0 when unknown. */
  pid: number;
  repeated: number;
  /** Which reading of a header `at` and `host` belong to. */
  reading: number;
  at: Instant;
  /** Whether `at` was read from the line. */
  isTimed: boolean;
  host: number;
  /** Counts messages given to an index. */
  message: number;
  /** How many filters recognized the present one. */
  recognizers: number;
  /** What long messages in it may still cost. */
  readonly effort: Effort;
}

export const NO_READING = -1;

export function createCurrentLine(): CurrentLine {
  return {
    arrival: "backlog",
    now: 0 as Instant,
    text: "",
    ascii: false,
    isCut: false,
    fields: undefined,
    wrappedAt: undefined,
    pid: 0,
    repeated: 1,
    reading: NO_READING,
    at: 0 as Instant,
    isTimed: false,
    host: 0,
    message: 0,
    recognizers: 0,
    effort: createEffort(RULES_EFFORT),
  };
}
