import assert from "node:assert/strict";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { appendText } from "./append-text.ts";

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-append-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true }));

test("a missing file and its folder are created, an existing file keeps its mode; both can be undone", () => {
  const path = join(FOLDER, "a", "b", "x.toml");
  const first = appendText(path, { head: "head\n", text: "one\n" });
  assert.ok(first.ok);
  assert.equal(readFileSync(path, "utf8"), "head\n\none\n");
  chmodSync(path, 0o640);
  const second = appendText(path, { head: "head\n", text: "two\n" });
  assert.ok(second.ok);
  assert.equal(readFileSync(path, "utf8"), "head\n\none\n\ntwo\n");
  assert.equal(statSync(path).mode & 0o777, 0o640);
  second.value.undo();
  assert.equal(readFileSync(path, "utf8"), "head\n\none\n");
  first.value.undo();
  assert.deepEqual(readdirSync(join(FOLDER, "a", "b")), []);
});

test("other users may read what a service with a narrow umask writes", () => {
  const before = process.umask(0o077);
  try {
    const path = join(FOLDER, "narrow", "x.toml");
    assert.ok(appendText(path, { head: "head\n", text: "one\n" }).ok);
    assert.equal(statSync(path).mode & 0o777, 0o644);
    assert.equal(statSync(join(FOLDER, "narrow")).mode & 0o777, 0o755);
  } finally {
    process.umask(before);
  }
});

test("a failed write is reported, and leaves nothing behind", () => {
  const file = join(FOLDER, "file");
  writeFileSync(file, "");
  const refused = appendText(join(file, "x.toml"), { head: "", text: "x" });
  assert.ok(!refused.ok);
  assert.equal(refused.present, false);
  assert.match(refused.error, /not a directory|file already exists/);
  assert.equal(appendText("/proc/nowhere/x/y.toml", { head: "", text: "x" }).ok, false);
});
