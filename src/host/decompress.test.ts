import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { decompress, isCompressed } from "./decompress.ts";

const TEXT = Array.from({ length: 50_000 }, (_, i) => `line number ${i}`).join("\n");

/** The text of a stream that delivers the data in chunks of `size` bytes. */
async function textOf(data: Buffer | string, size: number): Promise<string> {
  const bytes = Buffer.from(data);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  const read: Buffer[] = [];
  for await (const chunk of decompress(Readable.from(chunks))) read.push(chunk);
  return Buffer.concat(read).toString();
}

test("plain text, gzip and zstd, also when the first bytes come one by one", async () => {
  for (const size of [1, 7, 65_536]) {
    assert.equal(await textOf(TEXT.slice(0, 500), size), TEXT.slice(0, 500));
    assert.equal(await textOf(gzipSync(TEXT.slice(0, 500)), size), TEXT.slice(0, 500));
    assert.equal(await textOf(zstdCompressSync(TEXT.slice(0, 500)), size), TEXT.slice(0, 500));
  }
  assert.equal(await textOf(gzipSync(TEXT), 65_536), TEXT);
  for (const short of ["", "(", "B", "BZh", "\n"]) assert.equal(await textOf(short, 1), short);
});

test("forms that are not read are named, with what decompresses them", async () => {
  for (const [name, begins] of [
    ["xz", "fd377a585a0000"],
    ["bzip2", "425a6839314159265359"],
    ["lz4", "04224d1864"],
  ] as const) {
    const data = Buffer.concat([Buffer.from(begins, "hex"), Buffer.alloc(99)]);
    assert.ok(isCompressed(data));
    await assert.rejects(textOf(data, 1), {
      message: `it is compressed with ${name}`,
      hint: `pipe it through ${name} -dc`,
    });
  }
});

test("damaged data ends with its error, after what came before the damage", async () => {
  for (const packed of [gzipSync(TEXT), zstdCompressSync(TEXT)])
    await assert.rejects(textOf(packed.subarray(0, packed.length / 2), 999), /unexpected end/);
});

test("a reader that stops early does not wait for a writer that pauses", async () => {
  for (const data of [Buffer.from("plain text that is long enough"), gzipSync(TEXT)]) {
    const stream = new PassThrough();
    stream.write(data);
    for await (const chunk of decompress(stream)) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.ok(stream.destroyed);
  }
});
