import assert from "node:assert/strict";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createFile, replaceFile } from "./replace-file.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-files-"));
after(() => rmSync(FOLDER, { recursive: true }));

test("a file is created with its folder, readable for all", () => {
  const path = join(FOLDER, "new/a.toml");
  createFile(path, "text");
  assert.equal(readFileSync(path, "utf8"), "text");
  assert.equal(statSync(path).mode & 0o777, 0o644);
  assert.equal(statSync(join(FOLDER, "new")).mode & 0o777, 0o755);
});

test("a file or link that exists is never replaced by createFile, and nothing temporary is left", () => {
  const path = join(FOLDER, "b.toml");
  const link = join(FOLDER, "link.toml");
  writeFileSync(path, "old", { mode: 0o600 });
  symlinkSync(join(FOLDER, "nowhere"), link);
  for (const taken of [path, link])
    assert.throws(() => createFile(taken, "new"), { code: "EEXIST" });
  assert.equal(readFileSync(path, "utf8"), "old");
  replaceFile(path, "new");
  assert.equal(readFileSync(path, "utf8"), "new");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(FOLDER).toSorted(), ["b.toml", "link.toml", "new"]);
});

test("a link is never replaced, with or without a target", () => {
  const target = join(FOLDER, "target.toml");
  writeFileSync(target, "old");
  for (const [name, to] of [
    ["to-file.toml", target],
    ["to-nothing.toml", join(FOLDER, "missing")],
  ] as const) {
    const link = join(FOLDER, name);
    symlinkSync(to, link);
    assert.throws(() => replaceFile(link, "new"), new RegExp(`a symbolic link to ${to}`));
    assert.equal(readlinkSync(link), to);
  }
  assert.equal(readFileSync(target, "utf8"), "old");
});
