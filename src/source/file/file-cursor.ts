/**
 * Stores a durable position in one log file: the identity of the file, and how far it was read. A file is identified by
 * device and inode, and by a fingerprint of its first bytes, which detects a reused inode, a truncated file and a
 * compressed copy.
 */
import { type BigIntStats, fstatSync, readSync } from "node:fs";
import type { Clock } from "../../domain/clock.ts";
import { isRecord, parseJson } from "../../domain/json.ts";

/** Maximum number of bytes that a fingerprint covers. */
export const MAX_FINGERPRINT_BYTES = 1024;

/** Maximum number of bytes before the position that a cursor contains. */
export const MAX_TAIL_BYTES = 512;

export interface Fingerprint {
  /** Bytes covered; below the maximum when the file was shorter. */
  readonly length: number;
  readonly hash: string;
}

export interface FileIdentity {
  readonly device: string;
  readonly inode: string;
}

export interface FileCursor extends FileIdentity {
  /** Position up to which every byte was read; always the start of a line. */
  readonly offset: number;
  readonly fingerprint: Fingerprint;
  /** The bytes before the offset, as Latin-1; "" when unknown. */
  readonly tail: string;
  /**
   * When the position was reached, in epoch milliseconds; in a rotated file, at the latest when it was last written to.
   * 0 if unknown. Of an open file: when it was last written to.
   */
  readonly at: number;
}

export const NO_FINGERPRINT: Fingerprint = { length: 0, hash: "" };

export function fingerprintOf(head: Buffer): Fingerprint {
  if (head.length === 0) return NO_FINGERPRINT;
  // Load the module when the first file is followed, because `scan` needs no fingerprint.
  const { hash } = process.getBuiltinModule("node:crypto");
  return { length: head.length, hash: hash("sha256", head, "hex").slice(0, 32) };
}

export function identityIn({ dev, ino }: BigIntStats): FileIdentity {
  return { device: `${dev}`, inode: `${ino}` };
}

/** Reads identity and size of the file open under `fd`. 64-bit inodes do not fit a number, so they are text. */
export function identify(fd: number): FileIdentity & { readonly size: number } {
  const stats = fstatSync(fd, { bigint: true });
  return { ...identityIn(stats), size: Number(stats.size) };
}

/** Birth times come from a coarse clock of the kernel, which may be this far behind. */
const BIRTH_MARGIN_MS = 20;

/**
 * Returns whether the file itself was created since `at`, so that all its content is new. A file on a late mount may be
 * old although its path is new.
 */
export function wasBornSince(
  { birthtimeMs }: Pick<BigIntStats, "birthtimeMs">,
  at: number,
  name: "was missing" | "was there",
): boolean {
  return Number(birthtimeMs) > at - (name === "was missing" ? BIRTH_MARGIN_MS : 0);
}

export function sameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.inode === b.inode && a.device === b.device;
}

/** Reads the first `length` bytes of an open file, or all of a shorter one. */
export function readHead(fd: number, length: number): Buffer {
  const head = Buffer.alloc(length);
  return head.subarray(0, readSync(fd, head, 0, length, 0));
}

/** Returns the key under which a file's cursor is saved. */
export function cursorKeyOf(path: string): string {
  return `file:${path}`;
}

export function formatFileCursor(cursor: FileCursor, at: number = cursor.at): string {
  const { device, inode, offset, fingerprint, tail } = cursor;
  return JSON.stringify({ device, inode, offset, fingerprint, tail, at });
}

/**
 * Returns undefined if the text is not a cursor; the file is then read as if for the first time. A time after `now` is
 * unknown: the clock was set back since.
 */
export function parseFileCursor(text: string, now: number = Infinity): FileCursor | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || !isRecord(value["fingerprint"])) return undefined;
  const { device, inode, offset, tail, at } = value;
  const { length, hash: digest } = value["fingerprint"];
  if (typeof device !== "string" || typeof inode !== "string" || !isCount(offset)) return undefined;
  if (!isCount(length) || typeof digest !== "string") return undefined;
  return {
    device,
    inode,
    offset,
    fingerprint: { length, hash: digest },
    // Cursors of the first releases lack these fields.
    tail: typeof tail === "string" ? tail : "",
    at: isCount(at) && at <= now ? at : 0,
  };
}

/** Returns the saved position in the log at a path; undefined: none. */
export function savedCursor(
  path: string,
  {
    resume,
    clock,
  }: { readonly resume: (key: string) => string | undefined; readonly clock: Clock },
): FileCursor | undefined {
  const saved = resume(cursorKeyOf(path));
  return saved === undefined ? undefined : parseFileCursor(saved, clock.now());
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
