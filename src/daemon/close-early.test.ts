/** A daemon can be stopped at any moment of its start: no part may use the record after it is closed. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { enableLinearRegex } from "../host/linear-regex.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { type Daemon, openDaemon } from "./daemon.ts";
import { loadAll } from "../jails/load-all.ts";

enableLinearRegex();

type Moment = (daemon: Daemon) => unknown;

/** The events of a daemon that is stopped at that moment. */
async function stopAt(moment: Moment): Promise<readonly TelemetryEvent[]> {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-early-${process.pid}-`));
  try {
    const quoted = (name: string): string => JSON.stringify(join(folder, name));
    const path = join(folder, "bailiff.toml");
    writeFileSync(join(folder, "auth.log"), "");
    writeFileSync(
      path,
      `[daemon]
state = ${quoted("state")}
socket = ${quoted("socket")}
[defaults]
enforcer = "memory"
canary = "0s"
[jails.sshd]
source = { file = [${quoted("auth.log")}] }
[jails.other]
filter = "sshd"
source = { file = [${quoted("missing.log")}] }
`,
    );
    const load = () => loadAll({ path, env: {}, uid: process.getuid?.() ?? 0 });
    const loaded = await load();
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const events: TelemetryEvent[] = [];
    const emit = (event: TelemetryEvent): void => void events.push(event);
    const opened = await openDaemon({ load, emit }, loaded.value);
    assert.ok(opened.ok);
    const { value: daemon } = opened;
    const moments = Promise.resolve(moment(daemon)).catch((error: unknown) => error);
    await daemon[Symbol.asyncDispose]();
    // Rejects, or a bug is reported, if a part uses the closed record.
    await daemon.proven;
    assert.equal(await moments, undefined);
    return events;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const MOMENTS: Readonly<Record<string, Moment>> = {
  "before the first proofs": () => undefined,
  "while all checks run again": ({ proofs }) => void proofs.lookFully(),
  "after a second look was asked for": async ({ proofs }) => {
    await Promise.all([proofs.look(), proofs.lookFully()]);
  },
  "just after a reload": async (daemon) => {
    await daemon.reload("test");
  },
};

for (const [name, moment] of Object.entries(MOMENTS))
  test(`a daemon that is stopped ${name} ends without an error`, async () => {
    const bugs = (await stopAt(moment)).filter(({ event }) => event === "bug");
    assert.deepEqual(bugs, []);
  });
