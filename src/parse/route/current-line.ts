/** Holds the line that a router is processing, and facts beyond its text. One object is reused for all lines. */
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch, LineFields } from "../../domain/line-batch.ts";
import { createEffort, type Effort, RULES_EFFORT } from "../expression/search-effort.ts";

export interface CurrentLine {
  arrival: LineBatch["arrival"];
  now: Instant;
  /** The text to which offsets in the header and captures refer: the batch, or an unwrapped line. */
  text: string;
  /** Whether the whole batch is ASCII. */
  ascii: boolean;
  /** Whether the rest of the line is missing. */
  isCut: boolean;
  /** Whether it is the rest of a record without its first line. */
  isHeadless: boolean;
  fields: LineFields | undefined;
  /** Name of the container that wrote it, as a filter states it; undefined: the line names none. */
  prefix: string | undefined;
  /** Whether the message begins after a time, without host and program. */
  isBehindTime: boolean;
  /** Whether the text is a line of a W3C log, as JSON. */
  isW3c: boolean;
  /** The key of a filter's columns, if the text is a CSV line with these, by the header of its log; otherwise "". */
  columns: string;
  /** When a container runtime received the line, which may be after the line's own time. */
  wrappedAt: Instant | undefined;
  /** Id of the process that wrote it, 0 if unknown. */
  pid: number;
  repeated: number;
  /** Number of the parsed header to which `at` and `host` belong. */
  reading: number;
  at: Instant;
  /** Whether `at` was read from the line. */
  isTimed: boolean;
  host: number;
  /** Number of messages passed to an index. */
  message: number;
  /** Number of filters that recognized the current message. */
  recognizers: number;
  /** The remaining effort for the line's long messages. */
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
    isHeadless: false,
    fields: undefined,
    prefix: undefined,
    isBehindTime: false,
    isW3c: false,
    columns: "",
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
