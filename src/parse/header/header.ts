/** Holds the header of a line, as offsets in the text. One object is reused for all lines of a router. */
import { type Stamp, type StampContext, createStamp, createStampContext } from "./stamp.ts";
import type { TimeFormat } from "./scan-stamp.ts";

export interface Header {
  readonly stamp: Stamp;
  /** Scratch space for a time that is parsed but not used, such as the sender's in a line that a relay timestamped. */
  readonly spare: Stamp;
  /** Forms of times that filters and jails of the log state, which are tried first. */
  readonly formats: readonly TimeFormat[];
  /** The stated form of the line's time; undefined: it has a form that is generally known, or no time. */
  format: TimeFormat | undefined;
  /** Whether the line had a time, which is in `stamp`. */
  stamped: boolean;
  /** Position after the time, where the text of a program that writes its own file begins. */
  bodyStart: number;
  hostStart: number;
  hostEnd: number;
  /** If programStart === programEnd, the line names no program. */
  programStart: number;
  programEnd: number;
  /** The process id; 0 if the line has none. */
  pid: number;
  messageStart: number;
  /** Position of the structured data of RFC 5424; -1: the line has none. */
  structuredStart: number;
  /**
   * Whether a container runtime wrote the line. Then the host is the stream, and the message begins with the runtime's
   * flag.
   */
  isContainer: boolean;
  /** Number of headers parsed: the same number means the same time and host as before. */
  reading: number;
  /** The header of the previous line, for the parser only. */
  readonly known: CachedHeader;
}

export function createHeader(
  context: StampContext = createStampContext(),
  formats: readonly TimeFormat[] = [],
): Header {
  return {
    stamp: createStamp(context),
    spare: createStamp(context),
    formats,
    format: undefined,
    stamped: false,
    bodyStart: 0,
    hostStart: 0,
    hostEnd: 0,
    programStart: 0,
    programEnd: 0,
    pid: 0,
    messageStart: 0,
    structuredStart: -1,
    isContainer: false,
    reading: 0,
    known: { minute: "", afterSeconds: "", host: 0 },
  };
}

/** The header of the previous line. Its texts are slices of the batch. */
export interface CachedHeader {
  /** The beginning of the line, up to the seconds; "": nothing is cached. */
  minute: string;
  /** The rest of the time after the seconds or their fraction, the host and the following space. */
  afterSeconds: string;
  /** Offset of the host in `afterSeconds`. */
  host: number;
}
