import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { instant } from "../domain/instant.ts";
import { openDatabase } from "./open-database.ts";

test("a pipe in place of the database or one of its files is refused, not waited for", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-unsafe-${process.pid}-`));
  const path = join(folder, "bailiff.db");
  try {
    for (const file of [path, `${path}-wal`, join(folder, "daemon.lock")]) {
      execFileSync("mkfifo", [file]);
      assert.throws(() => openDatabase(path, instant(0)), {
        code: "state-unsafe",
        message: `${file} is not a regular file`,
      });
      rmSync(file);
    }
    openDatabase(path, instant(0)).database.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
