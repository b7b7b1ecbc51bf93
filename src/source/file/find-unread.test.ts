import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { FileCursor } from "./file-cursor.ts";
import { isSameText } from "./find-unread.ts";
import { LogFile } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-unread-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

const [ONE, TWO, THREE] = ["one", "two", "three"].map(
  (text) => `Nov 23 04:00:00 web1 sshd[42]: ${text}\n`,
);

/** The position after all of that text, which was the content of a file. */
function positionAfter(text: string): { readonly cursor: FileCursor; readonly tail: Buffer } {
  const path = join(folder, "read");
  writeFileSync(path, text);
  const file = new LogFile(path);
  file.seek(text.length);
  const [cursor, tail] = [file.cursor(), file.tail];
  file.close();
  return { cursor, tail };
}

function isSame(read: string, present: string): boolean {
  const path = join(folder, "present");
  writeFileSync(path, present);
  const file = new LogFile(path);
  const { cursor, tail } = positionAfter(read);
  const same = isSameText(file, cursor, tail);
  file.close();
  return same;
}

test("a file that replaced another has the same text if it contains all that was read, or the beginning of it", () => {
  const head = `${ONE}`.repeat(40);
  assert.equal(isSame(head + TWO, head + TWO), true);
  assert.equal(isSame(head + TWO, head + TWO + THREE), true);
  assert.equal(isSame(head + TWO, head), true, "the rest may still come");
  assert.equal(isSame(head + TWO, head + THREE + THREE), false, "it went on otherwise");
  assert.equal(isSame(head + TWO, `${TWO}${head}`), false);
  assert.equal(isSame("short\n", "short\n"), false, "too little to tell");
});
