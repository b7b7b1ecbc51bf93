/** The whole daemon: reloads swap the logs of two jails while both logs are written. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { nextTurn } from "../host/timers.ts";
import { createWakeUp } from "../host/wake-up.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { openDaemon } from "./daemon.ts";
import { loadAll } from "../jails/load-all.ts";

enableLinearRegex();

const FILLER = "2026-11-29T00:00:00Z host cron[1]: a line of another program\n".repeat(40_000);

function configOf(folder: string, sshd: string, slow: string): string {
  const quoted = (name: string): string => JSON.stringify(join(folder, name));
  return `[daemon]
state = ${quoted("state")}
socket = ${quoted("socket")}
[defaults]
enforcer = "memory"
canary = "0s"
maxretry = 1000
[jails.sshd]
source = { file = [${quoted(sshd)}] }
[jails.slow]
filter = "sshd"
findtime = "1h"
source = { file = [${quoted(slow)}] }
`;
}

test("no reload loses an attempt or counts it twice", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-reload-${process.pid}-`));
  const path = join(folder, "bailiff.toml");
  const logs = ["a.log", "b.log"].map((name) => join(folder, name));
  for (const log of logs) writeFileSync(log, FILLER);
  writeFileSync(path, configOf(folder, "a.log", "b.log"));
  const load = () => loadAll({ path, env: {}, uid: process.getuid?.() ?? 0 });
  const counted: string[] = [];
  const bugs: TelemetryEvent[] = [];
  const wake = createWakeUp();
  const emit = (event: TelemetryEvent): void => {
    if (event.event === "bug") bugs.push(event);
    if (event.event !== "failure") return;
    counted.push(`${event.jail} ${event.ip}`);
    wake.ring();
  };
  try {
    const loaded = await load();
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const opened = await openDaemon({ load, emit }, loaded.value);
    assert.ok(opened.ok);
    await using daemon = opened.value;
    const ips: string[] = [];
    const fail = (): void => {
      const n = ips.length + 1;
      const ip = `198.18.${n >> 8}.${n & 255}`;
      const message = `Failed password for root from ${ip} port ${1024 + n} ssh2`;
      ips.push(ip);
      for (const log of logs)
        appendFileSync(log, `${new Date().toISOString()} host sshd[${n}]: ${message}\n`);
    };
    const untilCounted = async (count: number): Promise<void> => {
      const limit = AbortSignal.timeout(60_000);
      while (counted.length < count && !limit.aborted) await wake.wait(limit);
    };
    let isDone = false;
    const reloads = (async () => {
      for (const [sshd, slow] of ["ba", "ab", "bb", "ab", "aa", "ba"]) {
        // The backlog was read; later lines are read live.
        await untilCounted(counted.length + 20);
        writeFileSync(path, configOf(folder, `${sshd}.log`, `${slow}.log`));
        assert.ok((await daemon.reload("test")).ok);
      }
    })().finally(() => {
      isDone = true;
    });
    while (!isDone) {
      // Written as fast as lines are read, so that lines arrive at every moment of a reload.
      if (ips.length < 20_000) fail();
      await nextTurn();
    }
    await reloads;
    await untilCounted(2 * ips.length);
    for (const { jail } of daemon.jails) {
      assert.deepEqual(
        counted.filter((line) => line.startsWith(`${jail.name} `)).sort(),
        ips.map((ip) => `${jail.name} ${ip}`).sort(),
      );
      assert.equal(jail.window.tracked, ips.length, `window of ${jail.name}`);
      assert.equal(jail.failures, ips.length, `status of ${jail.name}`);
    }
    assert.deepEqual(bugs, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
