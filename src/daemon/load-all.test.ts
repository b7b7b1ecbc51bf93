import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { loadAll } from "./load-all.ts";

test("a syntax error in one file hides neither other files nor the filters", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-"));
  after(() => rmSync(folder, { recursive: true }));
  for (const part of ["conf.d", "filters"]) mkdirSync(join(folder, part));
  const path = join(folder, "bailiff.toml");
  writeFileSync(
    path,
    `filters.directories = ["${join(folder, "filters")}"]\n[defaults]\nfindtime = "10m\n`,
  );
  writeFileSync(join(folder, "conf.d/10.toml"), "[jails.sshd]\nmaxretry = 0\n");
  writeFileSync(join(folder, "conf.d/20.toml"), "[jails.other]\nmaxretry = “3”\n");
  writeFileSync(join(folder, "filters/web.toml"), 'name = "web\n');
  const loaded = await loadAll({ path, env: {}, uid: 0 });
  assert.ok(!loaded.ok);
  assert.deepEqual(
    loaded.error.map(({ path: file, line }) => `${file.slice(folder.length + 1)}:${line}`),
    ["bailiff.toml:3", "conf.d/10.toml:2", "conf.d/20.toml:2", "filters/web.toml:1"],
  );
});
