import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readSocketPath } from "./read-socket-path.ts";

test("the socket is read from the last file that names one, despite other mistakes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-socket-"));
  try {
    const path = join(folder, "bailiff.toml");
    writeFileSync(path, '[daemon]\nsocket = "/run/one.sock"\n[defaults]\nmaxretry = "many"\n');
    assert.equal(await readSocketPath({ path, env: {} }), "/run/one.sock");
    mkdirSync(join(folder, "conf.d"));
    writeFileSync(join(folder, "conf.d/a.toml"), '[daemon]\nsocket = "/run/two.sock"\n');
    writeFileSync(join(folder, "conf.d/b.toml"), "[daemon]\nsocket = 7\n");
    writeFileSync(join(folder, "conf.d/c.toml"), "no TOML");
    assert.equal(await readSocketPath({ path, env: {} }), "/run/two.sock");
    writeFileSync(path, "no TOML either");
    rmSync(join(folder, "conf.d"), { recursive: true });
    assert.equal(await readSocketPath({ path, env: {} }), undefined);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
