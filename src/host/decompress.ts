/**
 * Recognizes compressed data by its first bytes, not by a name. Decompresses gzip and zstd; other forms are an error
 * that names the program for them.
 */
import type { Readable } from "node:stream";

/** The data is compressed in a form that is not read. */
export class UnknownCompressionError extends Error {
  /** What the user can do about it. */
  readonly hint: string;

  constructor(form: string, command: string) {
    super(`it is compressed with ${form}`);
    this.hint = `pipe it through ${command}`;
  }
}

interface Form {
  readonly name: string;
  /** The first bytes of all such data, as Latin-1. */
  readonly magic: readonly string[];
  /** Writes the decompressed data to standard output. */
  readonly command: string;
}

const FORMS: readonly Form[] = [
  { name: "gzip", magic: ["\x1f\x8b"], command: "gzip -dc" },
  { name: "zstd", magic: ["\x28\xb5\x2f\xfd"], command: "zstd -dc" },
  { name: "xz", magic: ["\xfd7zXZ\0"], command: "xz -dc" },
  {
    name: "bzip2",
    magic: Array.from("123456789", (size) => `BZh${size}1AY&SY`),
    command: "bzip2 -dc",
  },
  { name: "lz4", magic: ["\x04\x22\x4d\x18"], command: "lz4 -dc" },
];

/** Number of first bytes that identify every form. */
export const MAGIC_BYTES = 10;

/** Returns whether data begins as compressed data does. `head`: its first bytes, at most MAGIC_BYTES are looked at. */
export function isCompressed(head: Buffer): boolean {
  return formOf(head) !== undefined;
}

function formOf(head: Buffer): Form | undefined {
  const begins = head.toString("latin1", 0, MAGIC_BYTES);
  return FORMS.find(({ magic }) => magic.some((one) => begins.startsWith(one)));
}

/** Returns whether the bytes that follow may make it compressed data. */
function isOpen(head: Buffer): boolean {
  const begins = head.toString("latin1", 0, MAGIC_BYTES);
  return FORMS.some(({ magic }) => magic.some((one) => one.startsWith(begins)));
}

/**
 * Yields the text of a stream, whether it is compressed or not, and destroys the stream in the end. Throws an
 * UnknownCompressionError, or the error of zlib for damaged data.
 */
export async function* decompress(stream: Readable): AsyncIterable<Buffer> {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  try {
    let head: Buffer = Buffer.alloc(0);
    while (isOpen(head)) {
      const step = await chunks.next();
      if (step.done === true) break;
      head = head.length === 0 ? step.value : Buffer.concat([head, step.value]);
    }
    const form = formOf(head);
    const all = prepend(head, chunks);
    yield* form === undefined ? all : await openPacked(form, all);
  } finally {
    // Ends a pending read too, which a pause of the writer would prolong.
    stream.destroy();
  }
}

async function* prepend(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  if (head.length > 0) yield head;
  for (;;) {
    const step = await chunks.next();
    if (step.done === true) return;
    yield step.value;
  }
}

const CHUNK_BYTES = 262_144;

async function openPacked(
  { name, command }: Form,
  packed: AsyncIterable<Buffer>,
): Promise<AsyncIterable<Buffer>> {
  if (name !== "gzip" && name !== "zstd") throw new UnknownCompressionError(name, command);
  // Loaded for the first compressed log: scanning a plain one should start quickly.
  const [streams, { createGunzip, createZstdDecompress }] = await Promise.all([
    import("node:stream"),
    import("node:zlib"),
  ]);
  const create = name === "gzip" ? createGunzip : createZstdDecompress;
  // The reader gets the error from the iteration of the last stream.
  return streams.pipeline(
    streams.Readable.from(packed, { objectMode: false }),
    create({ chunkSize: CHUNK_BYTES }),
    () => undefined,
  );
}
