/**
 * Reads the rest of a log file that was compressed before it was read to its end. Decompresses as a stream, at most one
 * chunk ahead. Offsets count the uncompressed text, so a cursor of the plain file stays valid.
 */
import { closeSync, createReadStream, openSync, readFileSync, readSync, statSync } from "node:fs";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { pipeline } from "node:stream";
import {
  MAX_FINGERPRINT_BYTES,
  type FileCursor,
  type Fingerprint,
  fingerprintOf,
} from "./file-cursor.ts";
import { createLineAssembler, type LineAssembler } from "../line-assembler.ts";
import type { TakenLines } from "../take-lines.ts";
import { isInsideLine } from "./inside-line.ts";
import type { FileTakeOptions } from "./log-file.ts";

export interface ArchiveReader {
  readonly path: string;
  /** `buffer` is not used. `how` must be equal in all calls. */
  next(buffer: Buffer, how?: FileTakeOptions): Promise<TakenLines | undefined>;
  cursor(): FileCursor;
  close(): void;
}

/**
 * Starts after `from.offset` bytes of the text; `from` identifies the file before its compression. Throws the system's
 * error when the file cannot be opened. Opens it immediately, because the next rotation may rename it.
 */
export function openArchive(path: string, from: FileCursor): ArchiveReader {
  const file = createReadStream(path, { fd: openSync(path, "r") });
  const text = pipeline(file, createGunzip({ chunkSize: 65_536 }), () => undefined);
  const chunks: AsyncIterator<Buffer> = text[Symbol.asyncIterator]();
  let lines: LineAssembler | undefined;
  let skip = from.offset;
  let isInLine = isInsideLine(Buffer.from(from.tail, "latin1"));
  /** Bytes of the rest of a line, which are passed. */
  let passed = 0;
  let atEnd = false;

  async function pull(): Promise<Buffer | undefined> {
    try {
      const step = await chunks.next();
      return step.done === true ? undefined : step.value;
    } catch {
      // A damaged or incomplete archive ends at the damage; the text before it is valid.
      return undefined;
    }
  }

  async function next(
    _buffer: Buffer,
    { start }: FileTakeOptions = {},
  ): Promise<TakenLines | undefined> {
    lines ??= createLineAssembler(start);
    while (!atEnd) {
      const chunk = await pull();
      if (chunk === undefined) {
        atEnd = true;
        return lines.end("missing");
      }
      let fresh = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - fresh.length;
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
    close: () => file.destroy(),
  };
}

/** Returns whether the uncompressed text begins with the bytes of the fingerprint. Reads 8 KiB of the file. */
export function archiveBeginsWith(path: string, fingerprint: Fingerprint): boolean {
  const head = archiveHead(path).subarray(0, fingerprint.length);
  return head.length === fingerprint.length && fingerprintOf(head).hash === fingerprint.hash;
}

/** Returns the uncompressed text; undefined: it cannot be read, or is longer than `most` bytes. */
export function archiveText(path: string, most: number): Buffer | undefined {
  try {
    // Compression makes no text longer than a header and 5 bytes in each 16 KiB (RFC 1951, 3.2.4).
    if (statSync(path).size > most * 1.01 + 1024) return undefined;
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: most };
    return gunzipSync(readFileSync(path), options);
  } catch {
    return undefined;
  }
}

/** Returns the fingerprint of the uncompressed text, as long as possible. */
export function archiveFingerprint(path: string): Fingerprint {
  return fingerprintOf(archiveHead(path).subarray(0, MAX_FINGERPRINT_BYTES));
}

function archiveHead(path: string): Buffer {
  try {
    const fd = openSync(path, "r");
    try {
      const packed = Buffer.alloc(8192);
      const length = readSync(fd, packed, 0, packed.length, 0);
      // SYNC_FLUSH: returns what the beginning contains, without requiring the end.
      return gunzipSync(packed.subarray(0, length), { finishFlush: constants.Z_SYNC_FLUSH });
    } finally {
      closeSync(fd);
    }
  } catch {
    // Gone, access denied, or not gzip: it is not the file we look for.
    return Buffer.alloc(0);
  }
}
