/** Secrets come from files that no other user can read. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readPassword, readSecret } from "./read-secret.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-secret-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

function write(content: string, mode = 0o600): string {
  const path = join(folder, "secret");
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

test("a key is one word, and a password may have blanks and any letters", async () => {
  assert.deepEqual(await readSecret(write(" tk_1234 \n")), { ok: true, value: "tk_1234" });
  assert.equal((await readSecret(write("two words"))).ok, false);
  for (const password of ["two words ", "grüße 🙂", "x"])
    assert.deepEqual(await readPassword(write(`${password}\r\n`)), { ok: true, value: password });
});

test("what cannot be a secret is refused, without being shown", async () => {
  for (const content of ["", "\n", "first\nsecond", "a\tb"]) {
    const read = await readPassword(write(content));
    assert.ok(!read.ok && read.error.endsWith("does not contain a password on one line"), content);
    assert.doesNotMatch(read.error, /first/);
  }
  const open = await readPassword(write("secret", 0o644));
  assert.deepEqual(open, {
    ok: false,
    error: `other users may read ${join(folder, "secret")}: chmod 600 ${join(folder, "secret")}`,
  });
  assert.equal((await readPassword(join(folder, "missing"))).ok, false);
});
