import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findProgram } from "../process/find-program.ts";
import { findRunningPrograms } from "../process/running-programs.ts";
import { recordsElsewhere } from "./records-elsewhere.ts";

const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/** Runs a copy of sleep(1) as `service` behind each prefix, and returns what is said of it. */
async function saysElsewhere(prefix: readonly string[], withRecords = false): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-elsewhere-"));
  chmodSync(folder, 0o755);
  const service = `b${process.pid}-e`;
  const records = join(folder, "log");
  const syslog = join(folder, "dev-log");
  mkdirSync(records);
  writeFileSync(syslog, "");
  const sleep = findProgram("sleep");
  assert.ok(sleep !== undefined);
  copyFileSync(sleep, join(folder, service));
  const mount = withRecords ? `mount -t tmpfs none ${records}; ` : "";
  const argv = [...prefix, "sh", "-c", `${mount}exec ${join(folder, service)} 60`];
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: "ignore" });
  try {
    while (findRunningPrograms([service]).length === 0) {
      assert.equal(child.exitCode, null);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return recordsElsewhere([service], { records, syslog });
  } finally {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    for (const { pid } of findRunningPrograms([service])) process.kill(pid, "SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  }
}

test("a container that root started may record logins elsewhere", async () => {
  assert.equal(await saysElsewhere(["unshare", "--pid", "--fork"]), true);
  assert.equal(await saysElsewhere(["unshare", "--mount"], true), true);
  assert.equal(await saysElsewhere(["unshare", "--net"]), false);
  assert.equal(await saysElsewhere([]), false);
});

test("a local account cannot claim that the service's records are elsewhere", async () => {
  const own = ["unshare", "--user", "--map-root-user"];
  for (const namespaces of [["--pid", "--fork"], ["--mount"], ["--pid", "--fork", "--mount"]]) {
    const withRecords = namespaces.includes("--mount");
    const argv = [...NOBODY, ...own, ...namespaces];
    assert.equal(await saysElsewhere(argv, withRecords), false, namespaces.join(" "));
  }
});
