/**
 * Reads a log once from beginning to end, for `scan`: a file or standard input, plain or compressed. The last line
 * counts even without a newline. Pulls one chunk at a time.
 */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import type { Readable } from "node:stream";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import { nextTurn } from "../../host/timers.ts";
import { createLineAssembler } from "../line-assembler.ts";
import { decompress, isCompressed, MAGIC_BYTES } from "../../host/decompress.ts";
import { earlierLines } from "./lines-before.ts";
import { LogFile } from "./log-file.ts";
import type { TakenLines } from "../take-lines.ts";

const CHUNK_BYTES = 262_144;
/** Number of chunks read before other work may run: about 5 ms of processing. */
const CHUNKS_PER_TURN = 8;

export interface ReadProgress {
  /** Bytes of the file on disk (as compressed). */
  readonly bytes: number;
  /** undefined when unknown: a pipe. */
  readonly total: number | undefined;
  readonly cutLines: number;
}

export interface ReadOnceOptions {
  /** A path, or "-" for standard input. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
  /**
   * Offset at which reading of a plain file ends; an incomplete line before it is left out. Without `end`, the last
   * line counts even without a newline.
   */
  readonly end?: number | undefined;
  /** Joins lines to records that begin so. */
  readonly start?: RecordStart | undefined;
}

/**
 * Throws the system's error when the file cannot be opened or read, or compressed data in it is damaged; an
 * UnknownCompressionError when it is compressed in a form that is not read.
 */
export function readOnce(options: ReadOnceOptions): AsyncIterable<LineBatch> {
  const path = options.path === "-" ? "/proc/self/fd/0" : options.path;
  if (options.path === "-" && !fstatSync(0).isFile()) {
    return readStream(process.stdin, options, { read: () => undefined, total: undefined });
  }
  return isPacked(path) ? readPacked(path, options) : readPlain(path, options);
}

async function* readPlain(path: string, options: ReadOnceOptions): AsyncIterable<LineBatch> {
  const file = new LogFile(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const total = file.size;
    let cutLines = 0;
    const end = options.end ?? Number.POSITIVE_INFINITY;
    for (let chunk = 1; !options.signal.aborted && file.offset < end; chunk++) {
      const part = buffer.subarray(0, end - file.offset);
      const last = (): TakenLines | undefined =>
        options.end === undefined
          ? file.last(buffer, "complete", options)
          : file.next(part, { ...options, more: "none" });
      const next = file.next(part, options);
      if (next === undefined && file.isSearching) {
        await nextTurn();
        continue;
      }
      const taken = next ?? last();
      if (taken === undefined) return;
      cutLines += taken.cutLines;
      options.onProgress?.({ bytes: file.offset, total, cutLines });
      // Shows that the first piece of a container's output is no rest of a line.
      yield { ...batchOf(taken), ...earlierLines(file, "begins", options.start), content: file };
      if (chunk % CHUNKS_PER_TURN === 0) await nextTurn();
    }
  } finally {
    file.close();
  }
}

function readPacked(path: string, options: ReadOnceOptions): AsyncIterable<LineBatch> {
  const packed = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const total = fileSize(path);
  return readStream(packed, options, { read: () => packed.bytesRead, total });
}

interface Position {
  /** Bytes read from disk; undefined: count those of the stream. */
  readonly read: () => number | undefined;
  readonly total: number | undefined;
}

async function* readStream(
  stream: Readable,
  options: ReadOnceOptions,
  position: Position,
): AsyncIterable<LineBatch> {
  const lines = createLineAssembler(options.start);
  let [seen, cutLines] = [0, 0];
  const note = (taken: TakenLines): LineBatch => {
    cutLines += taken.cutLines;
    options.onProgress?.({ bytes: position.read() ?? seen, total: position.total, cutLines });
    return batchOf(taken);
  };
  const stop = (): void => void stream.destroy();
  options.signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of decompress(stream)) {
      seen += chunk.length;
      const taken = lines.push(chunk);
      if (taken !== undefined) yield note(taken);
    }
    const last = lines.end("complete");
    if (last !== undefined) yield note(last);
  } catch (error) {
    // The abort signal destroyed the stream, which is not a failure.
    if (!options.signal.aborted) throw error;
  } finally {
    options.signal.removeEventListener("abort", stop);
  }
}

function batchOf(taken: TakenLines): LineBatch {
  const { text, records } = taken;
  return { text, records, fields: undefined, arrival: "backlog", cursor: undefined };
}

function fileSize(path: string): number {
  const fd = openSync(path, "r");
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

function isPacked(path: string): boolean {
  const fd = openSync(path, "r");
  try {
    const head = Buffer.alloc(MAGIC_BYTES);
    return isCompressed(head.subarray(0, readSync(fd, head, 0, MAGIC_BYTES, 0)));
  } finally {
    closeSync(fd);
  }
}
