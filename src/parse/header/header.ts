/** What the head of a line says, as positions in the text. One is reused for all lines of a router. */
import { type Stamp, type StampContext, createStamp, createStampContext } from "./stamp.ts";

export interface Header {
  readonly stamp: Stamp;
  /** For a time that is read past and not believed, such as the sender's in a line that a relay stamped. */
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
  /** 0 when the line names none. */
  pid: number;
  messageStart: number;
  /** A container runtime wrote it: the host is the stream, and the message begins with the runtime's flag. */
  isContainer: boolean;
  /** Counts the heads read: the same number means the same time and host as before. */
  reading: number;
  /** How the line before began; not for readers of the header. */
  readonly known: KnownHead;
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
    known: { text: "", host: 0 },
  };
}

export interface KnownHead {
  /** What a line began with: stamp, host and the blank after it. A window into its batch; "": nothing to compare with. */
  text: string;
  /** Where the host begins, from the line's start. */
  host: number;
}
