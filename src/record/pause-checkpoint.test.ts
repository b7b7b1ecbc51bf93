import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openBook } from "./open-book.ts";
import { sampleAt, sampleFailure } from "./sample-entries.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-checkpoint-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

test("the write-ahead log is copied into the file in a pause, not during the writes", async () => {
  const path = join(folder, "book.db");
  await using book = openBook({
    path,
    clock: { now: () => sampleAt(0), monotonic: () => 0 },
    emit: () => undefined,
  });
  const before = statSync(path).size;
  for (let n = 1; n <= 300; n++) book.commit({ steps: [sampleFailure(n)], cursors: [] });
  assert.equal(statSync(path).size, before);
  const deadline = Date.now() + 20_000;
  while (statSync(path).size === before && Date.now() < deadline) await sleep(20);
  assert.ok(statSync(path).size > before, "no checkpoint was made in the pause");
});
