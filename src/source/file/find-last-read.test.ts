import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { commonPrefix, findLastRead, type LastRead, lineStart } from "./find-last-read.ts";
import { LogFile } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-last-read-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));
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
function find(
  text: string,
  tail: readonly string[],
  how: "ongoing" | "settled",
): LastRead | undefined {
  const file = open(text);
  try {
    return findLastRead(file, Buffer.from(tail.join("")), how);
  } finally {
    file.close();
  }
}

const [A, B, C, NEW] = [line(1), line(2), line(3), line(9)] as const;

test("a line that was read more than once does not identify a position", () => {
  const head = "a head that was put there\n";
  assert.equal(find(head + B + NEW, [A, B, B], "settled"), undefined);
  assert.deepEqual(find(head + B + NEW, [A, B], "settled"), {
    from: head.length,
    after: (head + B).length,
    alone: true,
  });
});

test("an older line than the last identifies nothing while the file may still be written", () => {
  const head = "a head that was put there\n";
  assert.equal(find(head + B, [A, B, C], "ongoing"), undefined);
  assert.deepEqual(find(head + B, [A, B, C], "settled"), {
    from: head.length,
    after: (head + B).length,
    alone: true,
  });
  assert.deepEqual(find(B + C + NEW, [A, B, C], "ongoing"), {
    from: 0,
    after: (B + C).length,
    alone: false,
  });
});

test("of equal positions, the last one is where reading stopped", () => {
  const text = A + B + C + A + B;
  assert.equal(find(text + NEW, [A, B], "ongoing")?.after, text.length);
  assert.equal(find(`x${B}`, [B], "settled"), undefined, "in the middle of a line");
});

test("the common part of two files ends at the first byte that differs", () => {
  const [one, other, shorter] = [open(A + B + C), open(A + B.replace("root", "rook") + C), open(A)];
  const differs = (A + B).lastIndexOf("t");
  assert.equal(commonPrefix(one, other, 0), differs);
  assert.equal(commonPrefix(one, shorter, 0), A.length);
  assert.equal(commonPrefix(one, other, differs + 1), (A + B + C).length);
  assert.equal(lineStart(one, differs), A.length);
  assert.equal(lineStart(one, A.length), A.length);
  assert.equal(lineStart(one, A.length - 1), 0);
  for (const file of [one, other, shorter]) file.close();
});
