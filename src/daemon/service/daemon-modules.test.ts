import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { listModules } from "../../host/process/list-modules.ts";
import { DAEMON_MODULES } from "./daemon-modules.ts";

test("every module of the daemon can be imported, and does nothing when it is", () => {
  const { folder } = DAEMON_MODULES;
  const paths = listModules(DAEMON_MODULES);
  assert.ok(paths.length > 300, `${paths.length} modules`);
  // The installation imports them in the same way (tools/warm-cache.ts).
  const program = `for (const path of ${JSON.stringify(paths)}) await import("${folder}/" + path);`;
  const argv = ["--input-type=module", "-e", program];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
});

test("separate programs among the modules are left out", () => {
  const { folder, except } = DAEMON_MODULES;
  const all = listModules({ folder, except: [] });
  for (const beginning of except)
    assert.ok(
      all.some((path) => path.startsWith(beginning)),
      `${join(folder, beginning)} does not exist`,
    );
});
