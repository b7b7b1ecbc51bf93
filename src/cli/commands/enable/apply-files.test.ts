import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { CodedError } from "../../../domain/errors.ts";
import { applyFiles } from "./apply-files.ts";

test("files are restored when the daemon refuses them, and kept when it is slow or does not run", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-apply-"));
  const [changed, added] = [join(folder, "changed.toml"), join(folder, "added.toml")];
  const files = new Map([changed, added].map((path) => [path, "new"]));
  const failWith = (code: string) => () => Promise.reject(new CodedError(code, code));
  try {
    writeFileSync(changed, "old");
    await assert.rejects(applyFiles(files, failWith("bad-config")), { code: "bad-config" });
    assert.equal(readFileSync(changed, "utf8"), "old");
    assert.ok(!existsSync(added));
    await assert.rejects(applyFiles(files, failWith("reload-pending")), { code: "reload-pending" });
    assert.equal(readFileSync(changed, "utf8"), "new");
    writeFileSync(changed, "old");
    assert.equal(await applyFiles(files, failWith("not-running")), "next-start");
    assert.equal(readFileSync(changed, "utf8"), "new");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
