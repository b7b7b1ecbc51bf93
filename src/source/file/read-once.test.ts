import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { LinesBefore } from "../../domain/line-batch.ts";
import { type ReadProgress, readOnce } from "./read-once.ts";

const TEXT = Array.from({ length: 20_000 }, (_, i) => `line number ${i}`).join("\n");

async function read(path: string): Promise<{ text: string; last: ReadProgress | undefined }> {
  let text = "";
  let last: ReadProgress | undefined;
  const onProgress = (progress: ReadProgress): void => {
    last = progress;
  };
  const { signal } = new AbortController();
  for await (const batch of readOnce({ path, signal, onProgress })) text += batch.text;
  return { text, last };
}

function progressOf(file: string): ReadProgress {
  const { size } = statSync(file);
  return { bytes: size, total: size, cutLines: 0 };
}

test("plain files, gzip and zstd under any name, several members; the last line needs no newline", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-once-${process.pid}-`));
  const file = join(folder, "log");
  try {
    writeFileSync(file, TEXT);
    const plain = await read(file);
    assert.equal(plain.text, `${TEXT}\n`);
    assert.deepEqual(plain.last, { bytes: TEXT.length, total: TEXT.length, cutLines: 0 });
    const half = TEXT.indexOf("\n", TEXT.length / 2);
    writeFileSync(file, Buffer.concat([gzipSync(TEXT.slice(0, half)), gzipSync(TEXT.slice(half))]));
    const packed = await read(file);
    assert.equal(packed.text, `${TEXT}\n`);
    assert.equal(packed.last?.bytes, packed.last?.total);
    writeFileSync(file, zstdCompressSync(TEXT));
    assert.deepEqual(await read(file), { ...packed, last: progressOf(file) });
    writeFileSync(file, gzipSync(TEXT).subarray(0, 500));
    await assert.rejects(read(file), /unexpected end of file/);
    writeFileSync(file, "");
    assert.equal((await read(file)).text, "");
    await assert.rejects(read(join(folder, "missing")), /ENOENT/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the text before each batch shows that a log is read from its beginning", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-once-${process.pid}-`));
  const file = join(folder, "log");
  const { signal } = new AbortController();
  const firstBefore = async (): Promise<LinesBefore | undefined> => {
    for await (const { before } of readOnce({ path: file, signal })) return before?.();
    return assert.fail("it has lines");
  };
  try {
    writeFileSync(file, TEXT);
    assert.deepEqual(await firstBefore(), { text: "", isAll: true });
    writeFileSync(`${file}.1`, "earlier\n");
    assert.deepEqual(await firstBefore(), { text: "", isAll: false });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("standard input, as a pipe and as a file", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-once-${process.pid}-`));
  try {
    const file = join(folder, "log");
    writeFileSync(file, gzipSync(TEXT));
    const fd = openSync(file, "r");
    assert.equal(await readInChild(fd, undefined), `${TEXT}\n`);
    closeSync(fd);
    for (const input of [TEXT, gzipSync(TEXT), zstdCompressSync(TEXT)])
      assert.equal(await readInChild("pipe", input), `${TEXT}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

async function readInChild(
  stdin: number | "pipe",
  input: string | Buffer | undefined,
): Promise<string> {
  const program = `
    import { readOnce } from ${JSON.stringify(join(import.meta.dirname, "read-once.ts"))};
    const { signal } = new AbortController();
    for await (const batch of readOnce({ path: "-", signal })) process.stdout.write(batch.text);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: [stdin, "pipe", "inherit"],
  });
  if (input !== undefined) child.stdin?.end(input);
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(child, "close");
  return text;
}

/** Runs `use` with the path of a new pipe. */
async function withPipe(use: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-once-${process.pid}-`));
  const path = join(folder, "pipe");
  spawnSync("mkfifo", [path]);
  try {
    await use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a pipe is read from its first writer to its end, plain or compressed", async () => {
  for (const data of [TEXT, gzipSync(TEXT)]) {
    await withPipe(async (path) => {
      const reading = read(path);
      await writeFile(path, data);
      assert.equal((await reading).text, `${TEXT}\n`);
    });
  }
});

test("a pipe that a shell passes as a descriptor is read, and ends after its writer", async () => {
  await withPipe(async (path) => {
    for (const data of [gzipSync("line\n"), Buffer.alloc(0)]) {
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const writer = openSync(path, "w");
      writeSync(writer, data);
      closeSync(writer);
      assert.equal((await read(`/dev/fd/${fd}`)).text, data.length === 0 ? "" : "line\n");
    }
  });
});

test("waiting for the writer of a pipe can be aborted", async () => {
  await withPipe(async (path) => {
    const abort = new AbortController();
    const reading = Array.fromAsync(readOnce({ path, signal: abort.signal }));
    setImmediate(() => abort.abort());
    assert.deepEqual(await reading, []);
  });
});

test("devices and sockets are refused", async () => {
  for (const path of ["/dev/zero", "/dev/null"]) {
    await assert.rejects(read(path), { message: `cannot read ${path}: it is a device` });
  }
  await withPipe(async (path) => {
    const server = createServer().listen(`${path}.sock`);
    await once(server, "listening");
    await assert.rejects(read(`${path}.sock`), /it is a socket/);
    server.close();
  });
});
