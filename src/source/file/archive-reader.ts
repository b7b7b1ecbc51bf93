/**
 * Reads the rest of a log file that was compressed before it was read to its end. Decompresses as a stream, at most one
 * chunk ahead. Offsets count the uncompressed text, so a cursor of the plain file stays valid. A few KB may be packed to
 * any length of text, so what is read of it is bounded.
 */
import { createReadStream, fstatSync, readSync } from "node:fs";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { pipeline, type Readable } from "node:stream";
import { reasonOf } from "../../host/explain-system-error.ts";
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
  const onEnded = (why: string): void => onLeftOut(`the end of ${path}: ${why}`);
  const chunks = readBounded(text, from.offset, { maxTextBytes, onEnded });
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
  /** Called with the reason if there is more. */
  readonly onEnded: (why: string) => void;
}

/** Yields the text behind an offset, up to the bound or to damage. */
async function* readBounded(
  text: AsyncIterable<Buffer>,
  offset: number,
  { maxTextBytes, onEnded }: TextBound,
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
      onEnded("too much text");
      return;
    }
  } catch (error) {
    // The text before damage is valid.
    onEnded(reasonOf(error));
  }
}

/** Returns the first bytes of the uncompressed text, at most MAX_FINGERPRINT_BYTES; none if it cannot be read. */
export async function archiveHead(path: string): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of readArchive(path, HEAD_BYTES)) {
      head = Buffer.concat([head, chunk.subarray(0, MAX_FINGERPRINT_BYTES)]);
      if (head.length >= MAX_FINGERPRINT_BYTES) break;
    }
  } catch {
    // Gone, access denied, damaged, or in another form: what was read of it tells whether it is the file we look for.
  }
  return head.subarray(0, MAX_FINGERPRINT_BYTES);
}

/** Enough for a header and the first block, which zstd decompresses as a whole (RFC 8878, 3.1.1.2.4). */
const HEAD_BYTES = 135_168;
/** The first bytes of zstd; other archives are read as gzip. */
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** Memory for a window is allocated as the file demands: 8 MiB is the largest that all decoders must allow. */
const ZSTD_PARAMS = { [constants.ZSTD_d_windowLogMax]: 23 };

/**
 * Returns the uncompressed text of what the file contains now, or of its first `length` bytes: one that never stops growing
 * ends there. Throws the system's error when it cannot be opened.
 */
export function readArchive(path: string, length: number = Infinity): Readable {
  const fd = openRegular(path);
  const end = Math.min(fstatSync(fd).size, length);
  const magic = Buffer.alloc(ZSTD_MAGIC.length);
  readSync(fd, magic, 0, magic.length, 0);
  const packed = createReadStream(path, { fd, start: 0, end: Math.max(0, end - 1) });
  const text = magic.equals(ZSTD_MAGIC)
    ? createZstdDecompress({ chunkSize: CHUNK_BYTES, params: ZSTD_PARAMS })
    : createGunzip({ chunkSize: CHUNK_BYTES });
  return pipeline(packed, text, () => undefined);
}
