import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AppendLog } from "./append-log.ts";

function inFolder(work: (folder: string) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), `bailiff-log-${process.pid}-`));
    try {
      await work(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test(
  "lines go to the file at the path, also after a rename",
  inFolder(async (folder) => {
    const path = join(folder, "f.log");
    const log = new AppendLog(path, { onFailure: (reason) => assert.fail(reason) });
    log.write("one");
    log.write("two");
    await turn();
    assert.equal(readFileSync(path, "utf8"), "one\ntwo\n");
    assert.equal(statSync(path).mode & 0o137, 0, "nobody else may read or change it");
    renameSync(path, `${path}.1`);
    log.reopen();
    log.write("three");
    log.close();
    assert.equal(readFileSync(`${path}.1`, "utf8"), "one\ntwo\n");
    assert.equal(readFileSync(path, "utf8"), "three\n");
  }),
);

test(
  "a renamed log is noticed at the first line after a second, without a signal",
  inFolder(async (folder) => {
    const path = join(folder, "f.log");
    let now = 5000;
    const onFailure = (reason: string): never => assert.fail(reason);
    const log = new AppendLog(path, { onFailure, monotonic: () => now });
    const writeAt = async (milliseconds: number): Promise<void> => {
      now = milliseconds;
      log.write(`${milliseconds}`);
      await turn();
    };
    await writeAt(5000);
    await writeAt(7000);
    renameSync(path, `${path}.1`);
    await writeAt(8000);
    await writeAt(8001);
    log.close();
    assert.equal(readFileSync(`${path}.1`, "utf8"), "5000\n7000\n8000\n");
    assert.equal(readFileSync(path, "utf8"), "8001\n");
  }),
);

test(
  "a log that cannot be written is reported once, and used again when it can be",
  inFolder(async (folder) => {
    const path = join(folder, "missing", "f.log");
    const told: string[] = [];
    const log = new AppendLog(path, { onFailure: (reason) => told.push(reason) });
    for (const line of ["a", "b", "c"]) {
      log.write(line);
      await turn();
    }
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", /no such file or directory/);
    log.close();
  }),
);
