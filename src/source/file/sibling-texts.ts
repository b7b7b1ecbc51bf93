/**
 * Compares the texts of rotated files, plain or compressed, with each other and with a cursor. Anybody who may write to the
 * folder of a log can place any number of files of any content there, so the work is divided into slices and bounded.
 */
import { archiveHead, readArchive } from "./archive-reader.ts";
import {
  type FileCursor,
  type Fingerprint,
  fingerprintOf,
  MAX_FINGERPRINT_BYTES,
} from "./file-cursor.ts";
import { LogFile } from "./log-file.ts";
import { nextSlice, SLICE_BYTES } from "./next-slice.ts";
import type { Sibling } from "./rotated-siblings.ts";

/** Of two longer texts the beginnings are compared. */
const LIMITS = [67_108_864, 536_870_912] as const;

const NO_BYTES: Buffer = Buffer.alloc(0);

/** `file`: set if it is open, and `path` leads to the open file. */
type TextFile = Pick<Sibling, "path" | "packed" | "size"> & { readonly file?: LogFile };

export interface SearchOptions {
  /** Ends the search, which throws its reason. */
  readonly signal: AbortSignal;
  /** Called with what was not read and why. */
  readonly onLeftOut: (what: string) => void;
}

type Chunks = AsyncGenerator<Buffer, undefined, undefined>;

export class SiblingTexts {
  readonly #options: SearchOptions;
  readonly #heads = new Map<TextFile, Buffer>();
  readonly #maxCompared: number;
  #left: number;

  /** Creates a comparison for one search. `limits`: maximum lengths in bytes of two texts, and of all together. */
  constructor(options: SearchOptions, limits: readonly [number, number] = LIMITS) {
    this.#options = options;
    [this.#maxCompared, this.#left] = limits;
  }

  /** Returns the first bytes of a text; none if it cannot be read. */
  async head(sibling: TextFile): Promise<Buffer> {
    const known = this.#heads.get(sibling);
    if (known !== undefined) return known;
    const { path, packed } = sibling;
    const head = packed ? await archiveHead(path) : (withFile(path, readBeginning) ?? NO_BYTES);
    this.#heads.set(sibling, head);
    await nextSlice(this.#options.signal);
    return head;
  }

  async beginsWith(sibling: TextFile, fingerprint: Fingerprint): Promise<boolean> {
    const head = (await this.head(sibling)).subarray(0, fingerprint.length);
    return head.length === fingerprint.length && fingerprintOf(head).hash === fingerprint.hash;
  }

  /** Returns whether a text has the bytes of the cursor before its position. */
  async endsAt(sibling: TextFile, { offset, tail }: FileCursor): Promise<boolean> {
    const wanted = Buffer.from(tail, "latin1");
    if (!sibling.packed)
      return withFile(sibling.path, (file) => file.endsAt(offset, wanted)) ?? false;
    if (offset > Math.min(this.#maxCompared, this.#left)) return false;
    this.#left -= offset;
    const from = offset - wanted.length;
    let at = 0;
    let found = NO_BYTES;
    try {
      for await (const chunk of this.#chunks(sibling)) {
        const part = chunk.subarray(Math.max(0, from - at), Math.max(0, offset - at));
        found = Buffer.concat([found, part]);
        at += chunk.length;
        if (at >= offset) break;
      }
    } catch (error) {
      if (this.#options.signal.aborted) throw error;
      // Damaged before the position.
      return false;
    }
    return found.equals(wanted);
  }

  /** Returns whether the original contains all that the copy contains. */
  async holdsAll(original: TextFile, copy: TextFile, minLength: number): Promise<boolean> {
    if (!original.packed && !copy.packed && copy.size > original.size) return false;
    const [whole, part] = [await this.head(original), await this.head(copy)];
    if (part.length < minLength || !whole.subarray(0, part.length).equals(part)) return false;
    if (this.#left < this.#maxCompared) {
      this.#options.onLeftOut(
        `${copy.file?.path ?? copy.path}: too many files have the same beginning`,
      );
      return true;
    }
    const [left, right] = [this.#chunks(original), this.#chunks(copy)];
    try {
      return await this.#repeats(left, right);
    } catch (error) {
      if (this.#options.signal.aborted) throw error;
      // Damaged, removed or access denied: nothing shows that it is new.
      return true;
    } finally {
      await left.return(undefined);
      await right.return(undefined);
    }
  }

  /** Returns whether the second text is a beginning of the first. */
  async #repeats(whole: Chunks, part: Chunks): Promise<boolean> {
    let [left, right] = [NO_BYTES, NO_BYTES];
    for (let compared = 0; compared < this.#maxCompared; ) {
      if (right.length === 0) right = (await part.next()).value ?? NO_BYTES;
      if (right.length === 0) return true;
      if (left.length === 0) left = (await whole.next()).value ?? NO_BYTES;
      const length = Math.min(left.length, right.length);
      if (length === 0 || !left.subarray(0, length).equals(right.subarray(0, length))) return false;
      [left, right] = [left.subarray(length), right.subarray(length)];
      compared += length;
      this.#left -= length;
    }
    return true;
  }

  /** Reads a text in slices. A chunk is valid until the next one is read. */
  async *#chunks({ path, packed }: TextFile): Chunks {
    const { signal } = this.#options;
    if (packed) {
      for await (const chunk of readArchive(path)) {
        yield chunk;
        await nextSlice(signal);
      }
      return;
    }
    const file = new LogFile(path);
    try {
      const buffer = Buffer.allocUnsafeSlow(SLICE_BYTES / 2);
      for (let at = 0; ; await nextSlice(signal)) {
        const chunk = file.read(at, buffer.length, buffer);
        if (chunk.length === 0) return;
        yield chunk;
        at += chunk.length;
      }
    } finally {
      file.close();
    }
  }
}

function readBeginning(file: LogFile): Buffer {
  return file.read(0, MAX_FINGERPRINT_BYTES);
}

/** Opens a file for one use of it; undefined: it cannot be opened. */
export function withFile<T>(path: string, use: (file: LogFile) => T): T | undefined {
  let file: LogFile;
  try {
    file = new LogFile(path);
  } catch {
    // Removed or access denied since it was listed.
    return undefined;
  }
  try {
    return use(file);
  } finally {
    file.close();
  }
}
