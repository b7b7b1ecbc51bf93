import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { commonPrefix, findLastRead, type LastRead, lineStart } from "./find-last-read.ts";
import { LogFile } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-last-read-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();
let files = 0;

function open(text: string): LogFile {
  const path = join(folder, String(files++));
  writeFileSync(path, text);
  return new LogFile(path);
}

function line(n: number): string {
  return `Nov 23 04:00:${String(n).padStart(2, "0")} web1 sshd[${n}]: Failed password for root\n`;
}

/** The result for a file of that text, when these lines were read last. */
async function find(
  text: string,
  tail: readonly string[],
  how: "ongoing" | "settled",
): Promise<LastRead | undefined> {
  const file = open(text);
  try {
    return await findLastRead(file, Buffer.from(tail.join("")), how, signal);
  } finally {
    file.close();
  }
}

const [A, B, C, NEW] = [line(1), line(2), line(3), line(9)] as const;

test("a line that was read more than once does not identify a position", async () => {
  const head = "a head that was put there\n";
  assert.equal(await find(head + B + NEW, [A, B, B], "settled"), undefined);
  assert.deepEqual(await find(head + B + NEW, [A, B], "settled"), {
    from: head.length,
    after: (head + B).length,
    alone: true,
  });
});

test("an older line than the last identifies nothing while the file may still be written", async () => {
  const head = "a head that was put there\n";
  assert.equal(await find(head + B, [A, B, C], "ongoing"), undefined);
  assert.deepEqual(await find(head + B, [A, B, C], "settled"), {
    from: head.length,
    after: (head + B).length,
    alone: true,
  });
  assert.deepEqual(await find(B + C + NEW, [A, B, C], "ongoing"), {
    from: 0,
    after: (B + C).length,
    alone: false,
  });
});

test("of equal positions, the last one is where reading stopped", async () => {
  const text = A + B + C + A + B;
  assert.equal((await find(text + NEW, [A, B], "ongoing"))?.after, text.length);
  assert.equal(await find(`x${B}`, [B], "settled"), undefined, "in the middle of a line");
});

test("the common part of two files ends at the first byte that differs", async () => {
  const [one, other, shorter] = [open(A + B + C), open(A + B.replace("root", "rook") + C), open(A)];
  const differs = (A + B).lastIndexOf("t");
  assert.equal(await commonPrefix(one, other, { from: 0, signal }), differs);
  assert.equal(await commonPrefix(one, shorter, { from: 0, signal }), A.length);
  assert.equal(await commonPrefix(one, other, { from: differs + 1, signal }), (A + B + C).length);
  assert.equal(await lineStart(one, differs, signal), A.length);
  assert.equal(await lineStart(one, A.length, signal), A.length);
  assert.equal(await lineStart(one, A.length - 1, signal), 0);
  for (const file of [one, other, shorter]) file.close();
});
