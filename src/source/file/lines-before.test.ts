import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type EarlierPart, MAX_EARLIER_BYTES } from "../../domain/line-batch.ts";
import { earlierLines } from "./lines-before.ts";
import { LogFile } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-before-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the parts before the line that is read at `offset`. */
function partsBefore(path: string, offset: number): IteratorObject<EarlierPart, undefined> {
  const file = new LogFile(path);
  file.seek(offset);
  assert.notEqual(file.next(Buffer.alloc(65_536)), undefined);
  after(() => file.close());
  return Iterator.from(earlierLines(file, "begins", undefined).earlierParts?.() ?? []);
}

test("parts are small, and no rest of a line is one", () => {
  const path = join(folder, "parts");
  const row = "192.0.2.7,denied\n".repeat(100_000);
  // Where the parts begin within the long line, it looks like a header.
  const long = "address,event,".repeat(60_000);
  writeFileSync(path, `event,address\n${long}\n${row}last\n`);
  const offset = 14 + long.length + 1 + row.length;
  const parts = partsBefore(path, offset).toArray();
  assert.ok(parts.length >= 10, `${parts.length} parts`);
  const lines = parts.flatMap(({ text }) => text.split("\n").slice(0, -1));
  assert.equal(lines[0], "event,address");
  assert.deepEqual([...new Set(lines.slice(1))], ["192.0.2.7,denied"]);
  assert.equal(lines.length, 100_001);
});

test("of a very large file the first line is read, and the last part from its first newline on", () => {
  const path = join(folder, "large");
  const size = MAX_EARLIER_BYTES + 1000;
  writeFileSync(path, "first\nsecond\n");
  truncateSync(path, 995);
  appendFileSync(path, "xxxxxevent,address\nwhole\n");
  truncateSync(path, size - 1);
  appendFileSync(path, "\nlast\n");
  const parts = partsBefore(path, size);
  const found = [1, 2, 3].map(() => parts.next().value?.text ?? "none");
  assert.deepEqual(found, ["first\n", "", "whole\n"]);
});
