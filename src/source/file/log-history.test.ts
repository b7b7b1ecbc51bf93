import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { instant } from "../../domain/instant.ts";
import { hasLogHistory, readLogHistory } from "./log-history.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-history-${process.pid}-`));
const log = join(folder, "auth.log");
const NOW = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;

after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string | Buffer, daysAgo: number): void {
  writeFileSync(join(folder, name), text);
  utimesSync(join(folder, name), new Date(NOW - daysAgo * DAY), new Date(NOW - daysAgo * DAY));
}

async function read(maxBytes = 1e9): Promise<{ text: string; leftOut: readonly string[] }> {
  const leftOut: string[] = [];
  let text = "";
  const history = readLogHistory({
    files: [log],
    since: instant(NOW - 28 * DAY),
    maxBytes,
    signal: AbortSignal.timeout(60_000),
    onLeftOut: (what) => leftOut.push(what),
  });
  for await (const batch of history) text += batch.text;
  return { text, leftOut };
}

test("rotated files come first, oldest first, also compressed ones; files that are too old are not read", async () => {
  assert.equal(hasLogHistory(log), false);
  write("auth.log.3.gz", gzipSync("too old\n"), 40);
  write("auth.log.2.gz", gzipSync("first\n"), 14);
  write("auth.log.1", "second\n", 7);
  assert.equal(hasLogHistory(log), true, "also while the log itself is missing");
  write("auth.log", "third\n", 0);
  assert.deepEqual(await read(), { text: "first\nsecond\nthird\n", leftOut: [] });
});

test("of too much text the newest is read, and what was left out is reported", async () => {
  assert.deepEqual(await read(10), {
    text: "third\n",
    leftOut: ["2 older of 3 files: too much text"],
  });
});

test("an archive whose text is far longer than its size is read to the maximum", async () => {
  const line = `${"x".repeat(99)}\n`;
  write("auth.log.2.gz", gzipSync(line.repeat(200_000)), 14);
  const { text, leftOut } = await read(1_000_000);
  assert.ok(text.length < 2_000_000, String(text.length));
  assert.ok(text.endsWith("second\nthird\n"));
  assert.deepEqual(leftOut, [`the end of ${join(folder, "auth.log.2.gz")}: too much text`]);
});

test("a damaged archive is reported, and the rest is read", async () => {
  write("auth.log.2.gz", gzipSync("x".repeat(5000)).subarray(0, 15), 14);
  const { text, leftOut } = await read();
  assert.match(text, /second\nthird\n$/);
  assert.equal(leftOut.length, 1);
  assert.match(leftOut[0] ?? "", /auth\.log\.2\.gz: /);
});

test("archives of zstd are read, and those in other forms are reported", async () => {
  write("auth.log.2.gz", gzipSync("first\n"), 14);
  write("auth.log.3.zst", zstdCompressSync("before\n"), 21);
  write("auth.log.4.xz", "", 60);
  assert.deepEqual(await read(), { text: "before\nfirst\nsecond\nthird\n", leftOut: [] });
  write("auth.log.4.xz", "", 25);
  // The same text is there in a form that is read.
  write("auth.log.2.bz2", "", 14);
  assert.match(
    (await read()).leftOut.join(),
    /^[^,]*auth\.log\.4\.xz: bailiff reads gzip and zstd; /,
  );
  write("auth.log-20261101.bz2", "", 22);
  write("auth.log.5.lz4", "", 26);
  assert.match((await read()).leftOut.join(), /^[^,]*auth\.log-20261101\.bz2 and 2 more: /);
});
