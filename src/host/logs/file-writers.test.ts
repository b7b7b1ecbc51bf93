import assert from "node:assert/strict";
import {
  closeSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findFileWriters } from "./file-writers.ts";

test("writers of a log are found, also of a renamed or deleted one; readers are not", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-writers-${process.pid}-`));
  const log = join(folder, "auth.log");
  const fds: number[] = [];
  const found = async (): Promise<readonly string[]> =>
    (await findFileWriters([log])).writers
      .filter(({ pid }) => pid === process.pid)
      .map(({ path, target, deleted, inode }) => {
        assert.equal(path, log);
        assert.match(inode, /^\d+$/);
        return `${target.slice(folder.length + 1)}${deleted ? " deleted" : ""}`;
      })
      .sort();
  try {
    writeFileSync(log, "x\n");
    fds.push(openSync(log, "r"));
    assert.deepEqual(await found(), []);
    fds.push(openSync(log, "a"));
    assert.deepEqual(await found(), ["auth.log"]);
    renameSync(log, `${log}.1`);
    writeFileSync(log, "y\n");
    assert.deepEqual(await found(), ["auth.log.1"]);
    fds.push(openSync(log, "r+"));
    assert.deepEqual(await found(), ["auth.log", "auth.log.1"]);
    rmSync(`${log}.1`);
    assert.deepEqual(await found(), ["auth.log", "auth.log.1 deleted"]);
    const [present] = (await findFileWriters([log])).writers.filter(
      ({ pid, deleted }) => pid === process.pid && !deleted,
    );
    assert.equal(present?.inode, String(statSync(log).ino));
  } finally {
    for (const fd of fds) closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  }
});

test("logs with the same name prefix each get their own writer", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-writers-${process.pid}-`));
  const logs = ["error.log", "error-ssl.log", "error.old.log"].map((name) => join(folder, name));
  const fds = logs.map((log) => openSync(log, "a"));
  try {
    for (const asked of [logs, logs.toReversed()]) {
      const { writers } = await findFileWriters(asked);
      for (const log of logs)
        assert.ok(
          writers.some(({ path, target }) => path === log && target === log),
          log,
        );
    }
  } finally {
    for (const fd of fds) closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  }
});
