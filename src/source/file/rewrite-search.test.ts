import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { LogFile } from "./log-file.ts";
import { RewriteSearch } from "./rewrite-search.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-rewrite-search-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

function line(text: string): string {
  return `Nov 23 04:00:00 web1 sshd[42]: ${text}\n`;
}

test("a copy is skipped as long as it is equal; after the first difference, equal lines are new", () => {
  const [original, copy] = ["original", "copy"].map((name) => join(folder, name));
  assert.ok(original !== undefined && copy !== undefined);
  const common = line("one") + line("two");
  for (const path of [original, copy]) writeFileSync(path, common);
  const [from, file] = [new LogFile(original), new LogFile(copy)];
  const said: string[] = [];
  const clock = { now: () => instant(0), monotonic: () => 0 };
  const search = new RewriteSearch(clock, (how) => void said.push(how));
  search.skipCopied(file, { others: () => [from], rotated: () => [], found: "at the start" });
  assert.equal(file.offset, common.length);
  assert.deepEqual(said, [`its first ${common.length} bytes are a copy of ${original}`]);
  // The copy continues while more of it is written.
  for (const path of [original, copy]) appendFileSync(path, line("three"));
  assert.equal(search.settle(file, "current"), true);
  assert.equal(file.offset, (common + line("three")).length);
  appendFileSync(original, line("four"));
  appendFileSync(copy, line("FOUR"));
  search.settle(file, "current");
  assert.equal(file.offset, (common + line("three")).length, "the whole line that differs is new");
  file.seek(file.size);
  for (const path of [original, copy]) appendFileSync(path, line("five"));
  const before = file.offset;
  search.settle(file, "current");
  assert.equal(file.offset, before);
  for (const one of [from, file]) one.close();
});
