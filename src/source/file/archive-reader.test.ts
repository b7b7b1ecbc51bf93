/** Archives that a local user may put beside a log: none may hang the daemon, fill its memory or be read without a bound. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { instant } from "../../domain/instant.ts";
import { archiveHead, openArchive } from "./archive-reader.ts";
import { MAX_FINGERPRINT_BYTES, NO_FINGERPRINT } from "./file-cursor.ts";
import { LogFile } from "./log-file.ts";
import { readLogHistory } from "./log-history.ts";
import { rotatedSiblings } from "./rotated-siblings.ts";
import { searchSiblings } from "./rotated-texts.ts";
import { SiblingTexts } from "./sibling-texts.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-archives-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

const { signal } = new AbortController();
const BEGINNING = {
  device: "0",
  inode: "0",
  offset: 0,
  fingerprint: NO_FINGERPRINT,
  tail: "",
  at: 0,
};
const LINE = "Nov 23 04:00:00 web1 sshd[42]: one\n";

/** Reads an archive to its end. `whenOpen` is called before it is read. */
async function read(
  path: string,
  options: { readonly maxTextBytes?: number; readonly whenOpen?: () => void } = {},
): Promise<{ readonly text: string; readonly leftOut: readonly string[] }> {
  const leftOut: string[] = [];
  const file = new LogFile(path);
  const onLeftOut = (what: string): void => void leftOut.push(what);
  const reader = openArchive(file, BEGINNING, onLeftOut, options.maxTextBytes);
  options.whenOpen?.();
  let text = "";
  const unused = Buffer.alloc(0);
  for (let next = await reader.next(unused); next; next = await reader.next(unused))
    text += next.text;
  reader.close();
  file.close();
  return { text, leftOut };
}

test("of an archive with too much text the beginning is read, and the rest is reported", async () => {
  const bombs = { lines: LINE.repeat(100_000), "one line": "x".repeat(4_000_000) };
  for (const [name, content] of Object.entries(bombs)) {
    const path = join(folder, `${name}.gz`);
    writeFileSync(path, gzipSync(content));
    const { text, leftOut } = await read(path, { maxTextBytes: 1_000_000 });
    assert.ok(text.length <= 1_100_000, `${name}: ${text.length}`);
    assert.deepEqual(leftOut, [`the end of ${path}: too much text`], name);
  }
});

test("history of an archive without line ends is bounded by its text too", async () => {
  const log = join(folder, "history.log");
  writeFileSync(`${log}.1.gz`, gzipSync("x".repeat(4_000_000)));
  const leftOut: string[] = [];
  const history = readLogHistory({
    files: [log],
    since: instant(0),
    maxBytes: 1_000_000,
    signal,
    onLeftOut: (what) => void leftOut.push(what),
  });
  for await (const { text } of history) assert.ok(text.length < 1_100_000);
  assert.deepEqual(leftOut, [`the end of ${log}.1.gz: too much text`]);
});

test("an archive that grows is read up to where it ended when it was opened", async () => {
  const path = join(folder, "grows.gz");
  writeFileSync(path, gzipSync(LINE));
  const whenOpen = (): void => appendFileSync(path, gzipSync(LINE.repeat(1000)));
  assert.equal((await read(path, { whenOpen })).text, LINE);
});

const NUMBERED = Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join("");

test("of an archive that was cut, the text before the cut is read, and the rest is reported", async () => {
  for (const [name, packed] of [
    ["cut.gz", gzipSync(NUMBERED)],
    ["cut.zst", zstdCompressSync(NUMBERED)],
  ] as const) {
    const path = join(folder, name);
    writeFileSync(path, packed.subarray(0, packed.length / 2));
    const { text, leftOut } = await read(path);
    assert.match(text, /^line 0\nline 1\n/);
    assert.ok(text.length > 1000);
    assert.equal(leftOut.length, 1, name);
    assert.match(leftOut[0] ?? "", /the end of .*cut\.\w+: /);
  }
});

test("an archive is read by its content, whatever its name; its beginning needs only its first block", async () => {
  for (const [name, packed] of [
    ["named.zst", gzipSync(NUMBERED)],
    ["named.gz", zstdCompressSync(NUMBERED)],
    ["several", Buffer.concat([zstdCompressSync(NUMBERED), zstdCompressSync(LINE)])],
  ] as const) {
    const path = join(folder, name);
    writeFileSync(path, packed);
    const { text, leftOut } = await read(path);
    assert.ok(text.startsWith(NUMBERED), name);
    assert.deepEqual(leftOut, []);
    const head = (await archiveHead(path)).toString();
    assert.equal(head, NUMBERED.slice(0, MAX_FINGERPRINT_BYTES), name);
  }
});

test("an archive of zstd that demands much memory is not read, and reported", async () => {
  const path = join(folder, "window.zst");
  // A frame with a window of 128 MiB and one block of raw text.
  const header = [0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3];
  const block = Buffer.from(LINE);
  const length = (block.length << 3) | 1;
  writeFileSync(path, Buffer.from([...header, length & 255, length >> 8, 0, ...block]));
  const { text, leftOut } = await read(path);
  assert.equal(text, "");
  assert.equal(leftOut.length, 1);
  assert.equal((await archiveHead(path)).length, 0);
});

test("what is no regular file is never opened as a log or an archive", async () => {
  const log = join(folder, "kinds.log");
  execFileSync("mkfifo", [`${log}.1`, `${log}.2.gz`]);
  symlinkSync("/dev/zero", `${log}.3`);
  symlinkSync("/dev/zero", `${log}.4.gz`);
  symlinkSync(folder, `${log}.5`);
  assert.deepEqual(rotatedSiblings(log), []);
  for (const name of ["1", "2.gz", "3", "4.gz", "5"]) {
    assert.throws(() => new LogFile(`${log}.${name}`), /not a regular file/, name);
    assert.equal((await archiveHead(`${log}.${name}`)).length, 0, name);
  }
});

test("of many rotated files the newest are searched, and the others are reported", async () => {
  const log = join(folder, "many.log");
  for (let n = 1; n <= 260; n++) writeFileSync(`${log}.${n}`, `${LINE}${n}\n`);
  const leftOut: string[] = [];
  const options = { signal, onLeftOut: (what: string) => void leftOut.push(what) };
  const list = (): ReturnType<typeof rotatedSiblings> => rotatedSiblings(log);
  const opened = await searchSiblings(list, undefined, options, (rotated) =>
    rotated.openChanged(0),
  );
  for (const file of opened) file.close();
  assert.deepEqual(leftOut, ["4 older of 260 rotated files"]);
  assert.equal(opened.length, 64);
});

test("texts with the same beginning are compared up to a bound, then left out and reported", async () => {
  const log = join(folder, "same.log");
  const common = LINE.repeat(20_000);
  for (const n of [1, 2, 3]) writeFileSync(`${log}.${n}.gz`, gzipSync(`${common}${n}\n`));
  assert.equal((await archiveHead(`${log}.1.gz`)).length, MAX_FINGERPRINT_BYTES);
  const [third, second, first] = rotatedSiblings(log);
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const leftOut: string[] = [];
  const options = { signal, onLeftOut: (what: string) => void leftOut.push(what) };
  const texts = new SiblingTexts(options, [1_000_000, 1_500_000]);
  assert.equal(await texts.holdsAll(third, second, 32), false, "they differ at the end");
  assert.deepEqual(leftOut, []);
  assert.equal(await texts.holdsAll(third, first, 32), true);
  assert.deepEqual(leftOut, [`${first.path}: too many files have the same beginning`]);
});
