/**
 * Remembers which lines of the journal go on in a later entry. Such an entry begins wherever the writer's client wanted
 * it to, so it is nobody's line. What a service writes to its standard output is one entry a line, but a line beyond
 * `LineMax=` goes on in the next entry of that stream (`_LINE_BREAK=` of systemd.journal-fields(7)); a container runtime
 * splits at 8 or 16 KiB (`CONTAINER_PARTIAL_MESSAGE=`). Remembers MAX_STREAMS streams.
 */
import type { JournalEntry } from "./journal-export.ts";

/** What says that a line goes on, and where. */
export const BREAK_FIELDS: readonly string[] = [
  "_LINE_BREAK",
  "_STREAM_ID",
  "PRIORITY",
  "CONTAINER_ID_FULL",
  "CONTAINER_ID",
  "CONTAINER_NAME",
  "CONTAINER_PARTIAL_MESSAGE",
  "CONTAINER_PARTIAL_LAST",
  "CONTAINER_PARTIAL_ORDINAL",
];

const MAX_STREAMS = 1024;
/** How long the rest of a line is awaited under another priority than its beginning has. */
const MAX_PRIORITY_DOUBT = 10_000_000n;

export interface LineBreaks {
  /** Whether the entry is the rest of a line. Every entry must be asked about once, in order. */
  isContinued(entry: JournalEntry): boolean;
  /** Streams whose next entry is the rest of a line, as hexadecimal digits. */
  list(): readonly string[];
}

/** `before`: the list where reading stopped. */
export function createLineBreaks(before: readonly string[]): LineBreaks {
  /** Each with the time of its last piece, in microseconds; of those before, of the first entry. */
  const broken = new Map<string, bigint | undefined>(before.map((stream) => [stream, undefined]));
  let listed = before;

  /** Whether the stream was broken before this entry. */
  function update(stream: string, brokenAt: bigint | undefined): boolean {
    const wasBroken = broken.delete(stream);
    if (brokenAt !== undefined) broken.set(stream, brokenAt);
    const [oldest] = broken.keys();
    if (broken.size > MAX_STREAMS && oldest !== undefined) broken.delete(oldest);
    if (wasBroken || brokenAt !== undefined) listed = [...broken.keys()];
    return wasBroken;
  }

  function isRestOfContainer(fields: JournalEntry["fields"], container: string): boolean {
    const now = timeOf(fields);
    const wasBroken = update(
      `${container}${streamOf(fields)}`,
      isPartial(fields) ? now : undefined,
    );
    // What the runtime says of the piece itself also helps where its beginning was not read.
    if (wasBroken || Number(fields.get("CONTAINER_PARTIAL_ORDINAL") ?? 1) > 1) return true;
    // Podman's conmon takes the priority from the text ("<3>…"), so it does not say which stream an entry is of.
    return fields.get("_COMM") !== DOCKER && isDoubtful(fields, container, now);
  }

  function isDoubtful(fields: JournalEntry["fields"], container: string, now: bigint): boolean {
    if (broken.size === 0) return false;
    const own = `${container}${streamOf(fields)}`;
    let isBroken = false;
    for (const [stream, at] of broken) {
      if (!stream.startsWith(container) || stream === own) continue;
      if (at === undefined) broken.set(stream, now);
      isBroken ||= now - (at ?? now) < MAX_PRIORITY_DOUBT;
    }
    return isBroken;
  }

  return {
    isContinued({ fields }) {
      const container = containerOf(fields);
      if (container !== undefined) return isRestOfContainer(fields, container);
      const stream = fields.get("_STREAM_ID");
      const isBroken = fields.get("_LINE_BREAK") === "line-max";
      return stream !== undefined && update(stream, isBroken ? timeOf(fields) : undefined);
    },
    list: () => listed,
  };
}

/** Whether the line of the entry goes on in the next one of its stream, by what a container runtime says. */
export function isPartial(fields: JournalEntry["fields"]): boolean {
  return (
    fields.get("CONTAINER_PARTIAL_MESSAGE") === "true" ||
    fields.get("CONTAINER_PARTIAL_LAST") === "false"
  );
}

const DOCKER = "dockerd";

/** Any account may send these fields, so another one's entries are kept apart. */
function containerOf(fields: JournalEntry["fields"]): string | undefined {
  const id =
    fields.get("CONTAINER_ID_FULL") ?? fields.get("CONTAINER_ID") ?? fields.get("CONTAINER_NAME");
  return id === undefined ? undefined : hex(`${fields.get("_UID") ?? ""}/${id}/`);
}

/** Standard output and standard error have a priority each. */
function streamOf(fields: JournalEntry["fields"]): string {
  return hex(fields.get("PRIORITY") ?? "-");
}

function timeOf(fields: JournalEntry["fields"]): bigint {
  const text = fields.get("__REALTIME_TIMESTAMP") ?? "";
  return /^\d{1,17}$/.test(text) ? BigInt(text) : 0n;
}

function hex(text: string): string {
  return Buffer.from(text).toString("hex");
}
