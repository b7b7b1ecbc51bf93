/** A change of the port of a real sshd is checked immediately. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openStage } from "./stage.ts";

/** Between two regular looks of the daemon. */
const LOOK_MS = 30_000;

test("a service that listens on another port is checked immediately", async (context) => {
  await using stage = await openStage({ sshd: "real" });
  stage.configure(`[jails.sshd]
source = { file = [${JSON.stringify(stage.log)}] }
ports = [22, 2222]
`);
  await stage.start();
  await stage.untilEvent("jail-ok");
  const path = join(stage.lab.folder, "sshd_config");
  writeFileSync(path, readFileSync(path, "utf8").replace("Port 2222", "Port 2022"));
  const since = performance.now();
  execFileSync("pkill", ["-HUP", "-f", path]);
  const { cause } = await stage.untilEvent("jail-degraded", {}, LOOK_MS - 5000);
  context.diagnostic(`${String(cause)} after ${Math.round(performance.now() - since)} ms`);
  assert.equal(cause, "port-open");
});
