/** Messages of the daemon to systemd (sd_notify(3)), for Type=notify and WatchdogSec= of the unit. */
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { launcherFlags } from "../../src/demo/launcher-flags.ts";
import { openNotifySocket } from "./notify-socket.ts";
import { openStage, untilTrue } from "./stage.ts";

const ROOT = new URL("../../", import.meta.url);
const MAIN = fileURLToPath(new URL("src/cli/main.ts", ROOT));
const NODE = [process.execPath, ...launcherFlags(process.execArgv), MAIN];
const NOBODY = 65534;

test("READY, WATCHDOG, RELOADING with the kernel's time and READY again, STOPPING", async () => {
  await using stage = await openStage({ sshd: "none" });
  const systemd = openNotifySocket(join(stage.lab.folder, "notify"));
  try {
    await stage.start({ env: { NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: "400000" } });
    assert.match((await systemd.until("READY=1")) ?? "", /^STATUS=1 of 1 jail protecting$/m);
    assert.ok((await systemd.until("WATCHDOG=1")) !== undefined, "a sign of life");

    const before = process.hrtime.bigint() / 1000n;
    stage.daemon.kill("SIGHUP");
    const reloading = (await systemd.until("RELOADING=1")) ?? "";
    const [, usec = "0"] = /^MONOTONIC_USEC=(\d+)$/m.exec(reloading) ?? [];
    assert.ok(BigInt(usec) >= before, `${usec} is not CLOCK_MONOTONIC, which was ${before}`);
    assert.ok((await systemd.until("READY=1")) !== undefined, "the reload ends");

    stage.configure("[defaults]\nmaxretri = 3\n");
    stage.daemon.kill("SIGHUP");
    assert.ok((await systemd.until("RELOADING=1")) !== undefined);
    assert.ok((await systemd.until("READY=1")) !== undefined, "a refused reload ends as well");
    await stage.untilEvent("config-refused");

    stage.daemon.kill("SIGTERM");
    assert.ok((await systemd.until("STOPPING=1")) !== undefined);
    assert.equal(await stage.daemon.ended, "SIGTERM");
  } finally {
    systemd.close();
  }
});

test("code compiled at the start is cached for the next one, even after a crash", async () => {
  await using stage = await openStage({ sshd: "none" });
  const systemd = openNotifySocket(join(stage.lab.folder, "notify"));
  const cache = join(stage.lab.folder, "cache");
  try {
    await stage.start({ env: { NOTIFY_SOCKET: systemd.path, NODE_COMPILE_CACHE: cache } });
    assert.ok((await systemd.until("READY=1")) !== undefined);
    const kept = (): number =>
      existsSync(cache) ? readdirSync(cache, { recursive: true }).length : 0;
    await untilTrue(() => kept() > 100, "compiled modules in the cache");
    stage.daemon.kill("SIGKILL");
    assert.equal(await stage.daemon.ended, "SIGKILL");
  } finally {
    systemd.close();
  }
});

test("the dashboard reports READY once a link logs in, and STOPPING", async () => {
  await using stage = await openStage({ sshd: "none" });
  const { folder } = stage.lab;
  const systemd = openNotifySocket(join(folder, "notify"));
  const runtime = join(folder, "web");
  mkdirSync(runtime);
  for (const path of [runtime, systemd.path]) chownSync(path, NOBODY, NOBODY);
  chmodSync(folder, 0o755);
  const env = ["/usr/bin/env", `RUNTIME_DIRECTORY=${runtime}`];
  const as = ["/usr/bin/setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  const settings = join(folder, "web.toml");
  writeFileSync(settings, 'listen = "127.0.0.1:8470"\n', { mode: 0o644 });
  try {
    const web = stage.lab.start("host", [
      ...[...as, ...env, `NOTIFY_SOCKET=${systemd.path}`],
      ...[...NODE, "web", "--settings", settings],
    ]);
    assert.ok((await systemd.until("READY=1")) !== undefined, web.lines.join("\n"));
    const { output } = await stage.lab.run("host", [...env, ...NODE, "web", "open"]);
    assert.match(output, /^http:\/\/127\.0\.0\.1:8470\/login#/);
    web.kill("SIGTERM");
    assert.ok((await systemd.until("STOPPING=1")) !== undefined);
  } finally {
    systemd.close();
  }
  const unit = readFileSync(new URL("packaging/systemd/bailiff-web.service", ROOT), "utf8");
  assert.match(unit, /^Type=notify$/m);
});
