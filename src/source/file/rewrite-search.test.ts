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

const SEARCH = { signal: new AbortController().signal, onLeftOut: () => undefined };

function line(text: string): string {
  return `Nov 23 04:00:00 web1 sshd[42]: ${text}\n`;
}

test("a copy is skipped as long as it is equal; after the first difference, equal lines are new", async () => {
  const [original, copy] = ["original", "copy"].map((name) => join(folder, name));
  assert.ok(original !== undefined && copy !== undefined);
  const common = line("one") + line("two");
  for (const path of [original, copy]) writeFileSync(path, common);
  const [from, file] = [new LogFile(original), new LogFile(copy)];
  const said: string[] = [];
  const clock = { now: () => instant(0), monotonic: () => 0 };
  const search = new RewriteSearch(clock, (how) => void said.push(how), SEARCH);
  await search.skipCopied(file, { others: () => [from], rotated: () => [], found: "at the start" });
  assert.equal(file.offset, common.length);
  assert.deepEqual(said, [`its first ${common.length} bytes are a copy of ${original}`]);
  // The copy continues while more of it is written.
  for (const path of [original, copy]) appendFileSync(path, line("three"));
  assert.equal(await search.settle(file, "current"), true);
  assert.equal(file.offset, (common + line("three")).length);
  appendFileSync(original, line("four"));
  appendFileSync(copy, line("FOUR"));
  await search.settle(file, "current");
  assert.equal(file.offset, (common + line("three")).length, "the whole line that differs is new");
  file.seek(file.size);
  for (const path of [original, copy]) appendFileSync(path, line("five"));
  const before = file.offset;
  await search.settle(file, "current");
  assert.equal(file.offset, before);
  for (const one of [from, file]) one.close();
});

/** Empties a file that was read, and writes other text to it a long time later. Returns where reading resumes. */
async function rewriteLater(old: string, text: string, copied: "copied" | "gone"): Promise<number> {
  const path = join(folder, "emptied");
  const copy = join(folder, "emptied.1");
  for (const one of [path, copy]) writeFileSync(one, old);
  let now = 0;
  const clock = { now: () => instant(0), monotonic: () => now };
  const search = new RewriteSearch(clock, () => undefined, SEARCH);
  const [file, rest] = [new LogFile(path), new LogFile(copy)];
  for (const one of [file, rest]) one.seek(old.length);
  writeFileSync(path, "");
  const read = { tail: file.tail, head: file.head, size: 0 };
  file.seek(0);
  search.empty(file, read, copied === "copied" ? [rest] : []);
  for (now of [0, 5000]) await search.settle(file, "current");
  assert.equal(search.dueAt(file), Infinity);
  writeFileSync(path, text);
  while (!(await search.settle(file, "current"))) now = search.dueAt(file);
  for (const one of [file, rest]) one.close();
  return file.offset;
}

test("the last line read is found in an emptied file that is written back later", async () => {
  const old = Array.from({ length: 40 }, (_, i) => line(`number ${i}`)).join("");
  for (const copied of ["copied", "gone"] as const) {
    assert.equal(await rewriteLater(old, old + line("new"), copied), old.length, copied);
    assert.equal(
      await rewriteLater(old, old.slice(0, 400), copied),
      0,
      "its lines are judged by time",
    );
    const end = old.slice(old.lastIndexOf("Nov", old.length - 200));
    assert.equal(await rewriteLater(old, end + line("new"), copied), end.length, copied);
  }
});

test("lines of an emptied file are judged by time when the old text comes hours after new lines", async () => {
  const [path, copy] = ["late", "late.1"].map((name) => join(folder, name));
  assert.ok(path !== undefined && copy !== undefined);
  const old = line("one") + line("two");
  for (const one of [path, copy]) writeFileSync(one, old);
  let now = 0;
  const clock = { now: () => instant(0), monotonic: () => now };
  const search = new RewriteSearch(clock, () => undefined, SEARCH);
  const [file, rest] = [new LogFile(path), new LogFile(copy)];
  for (const one of [file, rest]) one.seek(old.length);
  writeFileSync(path, "");
  const read = { tail: file.tail, head: file.head, size: 0 };
  file.seek(0);
  search.empty(file, read, [rest]);
  const append = async (text: string): Promise<boolean> => {
    appendFileSync(path, text);
    await search.settle(file, "current");
    file.seek(file.size);
    return search.takeDoubt(file) !== undefined;
  };
  assert.equal(await append(line("three")), false);
  now = 10 * 3_600_000;
  assert.equal(await append(line("four")), false);
  assert.equal(await append(old + line("five")), true);
  assert.equal(await append(line("six")), false);
  for (const one of [file, rest]) one.close();
});

test("all lines of an emptied file are read if they may be new", async () => {
  const [one, two] = [line("one"), line("two")];
  for (const [old, text] of [
    [one + two, line("three")],
    // Equal lines of one second.
    [one + two, two + two],
    [one + two + two, two + two],
    [one, line("three") + one],
    // Without a time.
    [
      "no time, the same line again and again\n".repeat(3),
      "no time, the same line again and again\n",
    ],
  ] as const)
    assert.equal(await rewriteLater(old, text, "copied"), 0, text);
});
