/**
 * Reads a log once from beginning to end, for `scan`: a file, a pipe or standard input, plain or compressed. The last line
 * counts even without a newline. Pulls one chunk at a time.
 */
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  readSync,
  statSync,
} from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { CodedError } from "../../domain/errors.ts";
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
  /** A path of a file or a pipe, or "-" for standard input. */
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
  /** Ends reading of a compressed file after about this much text. */
  readonly textLimit?: { readonly bytes: number; readonly onReached: () => void } | undefined;
}

/** Other names of standard input. Opening such a path fails for a socket, and takes a second position in a file. */
const STANDARD_INPUT = new Set(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);

/**
 * Throws the system's error when the file cannot be opened or read, or compressed data in it is damaged; an
 * UnknownCompressionError when it is compressed in a form that is not read; a `CodedError` when it is a device.
 */
export function readOnce(options: ReadOnceOptions): AsyncIterable<LineBatch> {
  const isInput = STANDARD_INPUT.has(options.path);
  const path = isInput ? "/proc/self/fd/0" : options.path;
  const stats = isInput ? fstatSync(0) : statSync(path);
  // Reading a directory fails with the system's error.
  if (stats.isFile() || stats.isDirectory())
    return isPacked(path) ? readPacked(path, options) : readPlain(path, options);
  const unknown = { read: () => undefined, total: undefined };
  if (isInput) return readStream(process.stdin, options, unknown);
  if (stats.isFIFO()) return readStream(openPipe(path), options, unknown);
  const kind = stats.isSocket() ? "a socket" : "a device";
  throw new CodedError("no-input", `cannot read ${path}: it is ${kind}`, {
    hint: 'specify a log, a pipe, or "-" for standard input',
  });
}

/**
 * Opens a pipe without waiting for a writer: a thread that waits could not be interrupted. A descriptor that the shell
 * passes as a path is used itself, because one that is opened again does not notice that all writers have closed.
 */
function openPipe(path: string): Readable {
  const passed = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(path)?.[1];
  const fd =
    passed === undefined
      ? openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      : Number(passed);
  return new Socket({ fd, readable: true, writable: false });
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
  const { textLimit } = options;
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
      // Counts text without lines too: a few KB may be packed to any length of it.
      if (textLimit === undefined || seen < textLimit.bytes) continue;
      textLimit.onReached();
      return;
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
