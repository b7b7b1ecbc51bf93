import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { FileCursor } from "./file-cursor.ts";
import { findCopies, findMissed, findUnread, isSameText } from "./find-unread.ts";
import { LogFile } from "./log-file.ts";
import type { OldFile } from "./rotated-texts.ts";
import { rotatedSiblings, type Sibling } from "./rotated-siblings.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-unread-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

const [ONE, TWO, THREE] = ["one", "two", "three"].map(
  (text) => `Nov 23 04:00:00 web1 sshd[42]: ${text}\n`,
);

/** The position after all of that text, which was the content of a file. */
function positionAfter(text: string): FileCursor {
  const path = join(folder, "read");
  writeFileSync(path, text);
  const file = new LogFile(path);
  file.seek(text.length);
  const cursor = file.cursor();
  file.close();
  return cursor;
}

function isSame(read: string, present: string): boolean {
  const path = join(folder, "present");
  writeFileSync(path, present);
  const file = new LogFile(path);
  const same = isSameText(file, positionAfter(read));
  file.close();
  return same;
}

test("a file that replaced another has the same text if it contains all that was read, or the beginning of it", async () => {
  const head = `${ONE}`.repeat(40);
  assert.equal(isSame(head + TWO, head + TWO), true);
  assert.equal(isSame(head + TWO, head + TWO + THREE), true);
  assert.equal(isSame(head + TWO, head), true, "the rest may still come");
  assert.equal(isSame(head + TWO, head + THREE + THREE), false, "it went on otherwise");
  assert.equal(isSame(head + TWO, `${TWO}${head}`), false);
  assert.equal(isSame("short\n", "short\n"), false, "too little to tell");
});

const DAY = 86_400_000;

const SEARCH = { signal: new AbortController().signal, onLeftOut: () => undefined };

/** Path of a log in a separate folder. */
function newLog(name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name, "log");
}

/** A rotated file that was last written to `days` days after the epoch. */
function writeOld(path: string, content: string | Buffer, days: number): void {
  writeFileSync(path, content);
  utimesSync(path, days * (DAY / 1000), days * (DAY / 1000));
}

/** The end of the content of an open file. */
function readToEnd(path: string): LogFile {
  const file = new LogFile(path);
  file.seek(statSync(path).size);
  return file;
}

function namesOf(files: readonly OldFile[]): readonly string[] {
  for (const file of files) file.close();
  return files.map(({ path }) => basename(path));
}

test("a later file with the same beginning is unread if it is longer, and a copy if it is not", async () => {
  const log = newLog("same-beginning");
  // As a program writes that begins each file with the same long header.
  const header = "# fields: date time client user status\n".repeat(40);
  writeFileSync(log, header + ONE);
  const read = readToEnd(log);
  const cursor = read.cursor();
  read.close();
  renameSync(log, `${log}.3`);
  utimesSync(`${log}.3`, 1, 1);
  writeOld(`${log}.2`, header, 2);
  writeOld(`${log}.1`, header + ONE + TWO, 3);
  const { outcome, old } = await findUnread(() => rotatedSiblings(log), cursor, undefined, {
    ...SEARCH,
    oldest: 0,
    path: log,
  });
  assert.equal(outcome, "rotated");
  assert.deepEqual(namesOf(old), ["log.3", "log.1"]);
  // As long as the others or shorter, with other lines.
  writeOld(`${log}.2`, header + TWO, 2);
  const again = await findUnread(() => rotatedSiblings(log), cursor, undefined, {
    ...SEARCH,
    oldest: 0,
    path: log,
  });
  assert.deepEqual(namesOf(again.old), ["log.3", "log.2", "log.1"]);
});

test("of archives with the same beginning, the one that contains the last line read is continued", async () => {
  const log = newLog("same-archives");
  const header = "# fields: date time client user status\n".repeat(40);
  writeFileSync(log, header + TWO);
  const read = readToEnd(log);
  const cursor = read.cursor();
  read.close();
  const list = (): readonly Sibling[] => rotatedSiblings(log);
  for (const [end, pack] of [
    ["zst", zstdCompressSync],
    ["gz", gzipSync],
  ] as const) {
    for (const [i, last] of [ONE, TWO, THREE].entries()) {
      const path = `${log}.${3 - i}.${end}`;
      writeFileSync(path, pack(header + last));
      utimesSync(path, i + 1, i + 1);
    }
    await check(end);
    for (const { path } of list()) rmSync(path);
  }

  async function check(end: string): Promise<void> {
    const { outcome, old } = await findUnread(list, cursor, undefined, {
      ...SEARCH,
      oldest: 0,
      path: log,
    });
    assert.equal(outcome, "rotated");
    assert.deepEqual(namesOf(old), [`log.2.${end}`, `log.1.${end}`]);
    assert.deepEqual(namesOf(await findMissed(list, cursor, undefined, SEARCH)), [`log.1.${end}`]);
  }
});

test("rotated files in a form that is not read are reported if they may have unread lines", async () => {
  const log = newLog("unreadable");
  writeFileSync(log, `${ONE}`);
  const file = readToEnd(log);
  const cursor = { ...file.cursor(), at: 2 * DAY };
  const leftOut: string[] = [];
  const onLeftOut = (what: string): void => void leftOut.push(what);
  const options = { ...SEARCH, onLeftOut, oldest: 0, path: log };
  const list = (): readonly Sibling[] => rotatedSiblings(log);
  for (const name of ["3.xz", "2.bz2", "1.lzma"]) {
    writeOld(`${log}.${name}`, "", 3);
    assert.equal((await findUnread(list, cursor, file, options)).outcome, "found");
    assert.deepEqual(leftOut, [], "the log was not rotated");
    assert.equal((await findUnread(list, cursor, undefined, options)).outcome, "lost");
    assert.match(leftOut.join(), new RegExp(`log\\.${name}: bailiff reads gzip and zstd; `));
    leftOut.length = 0;
    writeOld(`${log}.${name}`, "", 1);
    await findUnread(list, cursor, undefined, options);
    assert.deepEqual(leftOut, [], "its lines were read before it was compressed");
  }
  file.close();
});

test("after the clock was set back, numbers order the rotated files", async () => {
  for (const [name, days] of Object.entries({
    "the oldest is from the future": [9, 2, 3],
    "the second is from the future, and the oldest from before": [1, 9, 3],
    "all are from the future": [7, 9, 8],
  })) {
    const log = newLog(name);
    for (const [i, text] of [`${ONE}${TWO}`, `${TWO}${ONE}`, `${THREE}`].entries())
      writeOld(`${log}.${3 - i}`, text, days[i] ?? 0);
    const list = (): readonly Sibling[] => rotatedSiblings(log, 4 * DAY);
    for (const number of [3, 2, 1]) {
      const file = new LogFile(`${log}.${number}`);
      file.seek(`${ONE}`.length);
      const later = ["log.2", "log.1"].slice(3 - number);
      const options = { ...SEARCH, oldest: 0, path: log };
      const { old } = await findUnread(list, file.cursor(), undefined, options);
      assert.deepEqual(namesOf(old), [`log.${number}`, ...later], name);
      assert.deepEqual(
        namesOf(await findMissed(list, file.cursor(), undefined, SEARCH)),
        later,
        name,
      );
      file.close();
    }
  }
});

test("of a lost file's successors, those written to before it was read or before the limit are history", async () => {
  const log = newLog("lost");
  for (const days of [1, 2, 3, 4]) writeOld(`${log}.${9 - days}`, `${ONE}${days}\n`, days);
  const fingerprint = { length: 100, hash: "of no file" };
  const lost = { device: "0", inode: "0", offset: 100, tail: "" };
  async function unreadOf(
    readAt: number,
    oldest: number,
    length: number,
  ): Promise<readonly string[]> {
    const cursor = { ...lost, fingerprint: { ...fingerprint, length }, at: readAt * DAY };
    const { outcome, old } = await findUnread(() => rotatedSiblings(log), cursor, undefined, {
      ...SEARCH,
      oldest: oldest * DAY,
      path: log,
    });
    assert.equal(outcome, "lost");
    return namesOf(old);
  }
  for (const length of [8, 100]) {
    assert.deepEqual(await unreadOf(3, 2, length), ["log.6", "log.5"], "read until day 3");
    assert.deepEqual(
      await unreadOf(2, 3, length),
      ["log.6", "log.5"],
      "nothing before day 3 counts",
    );
  }
});

test("a short beginning does not identify a file, so nothing is taken for its copy or its successor", async () => {
  const log = newLog("short");
  const [short] = `${ONE}`.split("web1");
  writeFileSync(log, `${short}\n`);
  writeOld(`${log}.3.gz`, gzipSync(`${short}\n${TWO}`), 1);
  writeOld(`${log}.2`, `${short}\n${TWO}`, 2);
  writeOld(`${log}.1`, THREE ?? "", 3);
  const file = readToEnd(log);
  assert.deepEqual(
    namesOf(await findCopies(() => rotatedSiblings(log), file, file.cursor(), SEARCH)),
    [],
  );
  assert.deepEqual(
    namesOf(await findMissed(() => rotatedSiblings(log), file.cursor(), undefined, SEARCH)),
    [],
  );
  file.close();
});
