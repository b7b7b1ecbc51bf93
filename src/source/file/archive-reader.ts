/**
 * Reads the rest of a log file that was compressed before it was read to its end. Decompresses as a stream, at most one
 * chunk ahead. Offsets count the uncompressed text, so a cursor of the plain file stays valid. A few KB may be packed to
 * any length of text, so what is read of it is bounded.
 */
import { closeSync, createReadStream, fstatSync, readSync } from "node:fs";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { pipeline, type Readable } from "node:stream";
import { MAX_FINGERPRINT_BYTES, type FileCursor } from "./file-cursor.ts";
import { createLineAssembler, type LineAssembler } from "../line-assembler.ts";
import type { TakenLines } from "../take-lines.ts";
import { isInsideLine } from "./inside-line.ts";
import type { FileTakeOptions, LogFile } from "./log-file.ts";
import { openRegular } from "./open-regular.ts";

/** Maximum number of bytes of text that are read from one archive. */
const MAX_TEXT_BYTES = 1_073_741_824;
const CHUNK_BYTES = 65_536;

export interface ArchiveReader {
  readonly path: string;
  /** `buffer` is not used. `how` must be equal in all calls. */
  next(buffer: Buffer, how?: FileTakeOptions): Promise<TakenLines | undefined>;
  cursor(): FileCursor;
  close(): void;
}

/**
 * Starts after `from.offset` bytes of the text of an open file, which the caller closes; `from` identifies it before its
 * compression. `onLeftOut` is called with what was not read and why.
 */
export function openArchive(
  { path, handle }: Pick<LogFile, "path" | "handle">,
  from: FileCursor,
  onLeftOut: (what: string) => void,
  maxTextBytes: number = MAX_TEXT_BYTES,
): ArchiveReader {
  const text = readArchive(handle);
  const onBound = (): void => onLeftOut(`the end of ${path}: too much text`);
  const chunks = readBounded(text, from.offset, { maxTextBytes, onBound });
  let lines: LineAssembler | undefined;
  let isInLine = isInsideLine(Buffer.from(from.tail, "latin1"));
  /** Bytes of the rest of a line, which are passed. */
  let passed = 0;
  let atEnd = false;

  async function next(
    _buffer: Buffer,
    { start }: FileTakeOptions = {},
  ): Promise<TakenLines | undefined> {
    lines ??= createLineAssembler(start);
    while (!atEnd) {
      const step = await chunks.next();
      if (step.done === true) {
        atEnd = true;
        return lines.end("missing");
      }
      let fresh = step.value;
      if (isInLine) {
        const rest = fresh.indexOf(10) + 1 || fresh.length;
        isInLine = fresh[rest - 1] !== 10;
        passed += rest;
        fresh = fresh.subarray(rest);
      }
      const taken = lines.push(fresh);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  return {
    path,
    next,
    cursor: () => ({ ...from, offset: from.offset + passed + (lines?.consumed() ?? 0), tail: "" }),
    close: () => text.destroy(),
  };
}

interface TextBound {
  readonly maxTextBytes: number;
  readonly onBound: () => void;
}

/** Yields the text behind an offset, up to the bound. */
async function* readBounded(
  text: AsyncIterable<Buffer>,
  offset: number,
  { maxTextBytes, onBound }: TextBound,
): AsyncGenerator<Buffer, undefined, undefined> {
  let skip = offset;
  let left = maxTextBytes;
  try {
    for await (const chunk of text) {
      const fresh = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - fresh.length;
      left -= fresh.length;
      yield fresh;
      if (left > 0) continue;
      onBound();
      return;
    }
  } catch {
    // A damaged or incomplete archive ends at the damage; the text before it is valid.
  }
}

/** Returns the first bytes of the uncompressed text, at most MAX_FINGERPRINT_BYTES; none if it cannot be read. */
export function archiveHead(path: string): Buffer {
  try {
    const fd = openRegular(path);
    try {
      // Enough for a header, the tables of a block and its first bytes; at most 2 MiB of text.
      const packed = Buffer.alloc(2048);
      const length = readSync(fd, packed, 0, packed.length, 0);
      // SYNC_FLUSH: returns what the beginning contains, without requiring the end.
      const options = { finishFlush: constants.Z_SYNC_FLUSH };
      const text = gunzipSync(packed.subarray(0, length), options);
      return Buffer.from(text.subarray(0, MAX_FINGERPRINT_BYTES));
    } finally {
      closeSync(fd);
    }
  } catch {
    // Gone, access denied, or not gzip: it is not the file we look for.
    return Buffer.alloc(0);
  }
}

/**
 * Returns the uncompressed text of what the file contains now: one that never stops growing ends there. Throws the system's
 * error when it cannot be opened.
 */
export function readArchive(path: string): Readable {
  const fd = openRegular(path);
  const end = fstatSync(fd).size;
  const packed = createReadStream(path, { fd, end: Math.max(0, end - 1) });
  return pipeline(packed, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined);
}
