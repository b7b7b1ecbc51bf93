/** Holds the header of a line, as offsets in the text. One object is reused for all lines of a router. */
import { type Stamp, type StampContext, createStamp, createStampContext } from "./stamp.ts";

export interface Header {
  readonly stamp: Stamp;
  /** For a time that is parsed but not used, such as the sender's in a line that a relay timestamped. */
  readonly spare: Stamp;
  /** Whether `stamp` was filled. */
  stamped: boolean;
  /** Just after the time: where the text begins for programs that write their own file. */
  bodyStart: number;
  hostStart: number;
  hostEnd: number;
  /** programStart === programEnd: the line names no program. */
  programStart: number;
  programEnd: number;
  /** 0 if the line has none. */
  pid: number;
  messageStart: number;
  /** A container runtime wrote it: the host is the stream, and the message begins with the runtime's flag. */
  isContainer: boolean;
  /** Number of headers parsed: the same number means the same time and host as before. */
  reading: number;
  /** Of the previous line; only for the parser. */
  readonly known: CachedHeader;
}

export function createHeader(context: StampContext = createStampContext()): Header {
  return {
    stamp: createStamp(context),
    spare: createStamp(context),
    stamped: false,
    bodyStart: 0,
    hostStart: 0,
    hostEnd: 0,
    programStart: 0,
    programEnd: 0,
    pid: 0,
    messageStart: 0,
    isContainer: false,
    reading: 0,
    known: { minute: "", afterSeconds: "", host: 0 },
  };
}

/** The header of the previous line. The texts are slices of its batch. */
export interface CachedHeader {
  /** The beginning of the line, up to the seconds; "": nothing to compare. */
  minute: string;
  /** The rest of the time after the seconds or their fraction, the host and the following space. */
  afterSeconds: string;
  /** Offset of the host in `afterSeconds`. */
  host: number;
}
