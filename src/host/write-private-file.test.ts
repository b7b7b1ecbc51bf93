import assert from "node:assert/strict";
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writePrivateFile } from "./write-private-file.ts";

test("only the owner may read the file, whatever was at its path", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-private-${process.pid}-`));
  const at = (name: string): string => join(folder, name);
  try {
    writeFileSync(at("wide"), "a longer text than the new one");
    chmodSync(at("wide"), 0o666);
    writeFileSync(at("target"), "");
    chmodSync(at("target"), 0o644);
    symlinkSync("target", at("link"));
    for (const name of ["new", "wide", "link"]) {
      writePrivateFile(at(name), "secret");
      assert.equal(readFileSync(at(name), "utf8"), "secret", name);
      assert.equal(statSync(at(name)).mode & 0o777, 0o600, name);
    }
    assert.throws(() => writePrivateFile(at("missing/file"), "secret"), { code: "ENOENT" });
    assert.doesNotThrow(() => writePrivateFile("/dev/null", "secret"));
    assert.equal(statSync("/dev/null").mode & 0o777, 0o666);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
