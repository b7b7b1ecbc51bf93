/** A jail that searches for its log reads it soon after the first line, and counts that line. */
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { systemClock } from "../host/system-clock.ts";
import { createWakeUp } from "../host/wake-up.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { openDaemon } from "./daemon.ts";
import { ROUND_INTERVAL_MS } from "./housekeeping.ts";
import { loadAll } from "../jails/load-all.ts";

enableLinearRegex();

const FILTER = `name = "shop"
description = "a service of the test"
programs = ["shop"]
files = ["FOLDER/log/*.log"]

[[rule]]
id = "refused"
is = "failure"
line = ["refused {ip}"]
`;

interface Log {
  readonly folder: string;
  others(): void;
  fail(): void;
}

/** The events after `arrive`, including a ban, before the first regular search. */
async function follow(
  prepare: (log: Log) => void,
  arrive: (log: Log) => void,
): Promise<readonly TelemetryEvent["event"][]> {
  const root = mkdtempSync(join(tmpdir(), `bailiff-missing-${process.pid}-`));
  const folder = join(root, "log");
  const write = (text: string): void =>
    appendFileSync(join(folder, "all.log"), `${new Date().toISOString()} host ${text}\n`);
  const log: Log = {
    folder,
    others: () => write("cron[3]: nothing of note"),
    fail: () => {
      for (let i = 0; i < 3; i++) write(`shop[${10 + i}]: refused 203.0.113.5`);
    },
  };
  try {
    mkdirSync(join(root, "filters"));
    writeFileSync(join(root, "filters/shop.toml"), FILTER.replace("FOLDER", root));
    const path = join(root, "bailiff.toml");
    writeFileSync(
      path,
      `[daemon]
state = "${root}/state"
socket = "${root}/socket"
[filters]
directories = ["${root}/filters"]
[defaults]
enforcer = "memory"
canary = "0s"
maxretry = 3
[jails.shop]
`,
    );
    prepare(log);
    const load = () => loadAll({ path, env: {}, uid: process.getuid?.() ?? 0 });
    const loaded = await load();
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const wake = createWakeUp();
    const events: TelemetryEvent["event"][] = [];
    const emit = ({ event }: TelemetryEvent): void => {
      events.push(event);
      wake.ring();
    };
    const usualLook = systemClock.monotonic() + ROUND_INTERVAL_MS;
    const opened = await openDaemon({ load, emit }, loaded.value);
    assert.ok(opened.ok);
    await using daemon = opened.value;
    await daemon.proven;
    assert.equal(daemon.jails[0]?.search.source, undefined, "it has no log yet");
    events.length = 0;
    arrive(log);
    while (!events.includes("ban") && systemClock.monotonic() < usualLook)
      await wake.wait(AbortSignal.timeout(ROUND_INTERVAL_MS));
    assert.ok(events.includes("ban"), `not before the usual look: ${events.join()}`);
    await daemon.proofs.lookFully();
    return events;
  } finally {
    rmSync(root, { recursive: true });
  }
}

const makeFolder = ({ folder }: Log): void => mkdirSync(folder);

for (const [name, prepare, arrive] of [
  [
    "holds only other programs' lines",
    (log: Log) => {
      makeFolder(log);
      log.others();
    },
    (log: Log) => {
      log.others();
      log.fail();
    },
  ],
  ["does not exist yet", makeFolder, (log: Log) => log.fail()],
  [
    "is in a folder that does not exist yet",
    () => undefined,
    (log: Log) => {
      makeFolder(log);
      log.fail();
    },
  ],
  [
    "is moved there whole",
    makeFolder,
    (log: Log) => {
      const { folder } = log;
      renameSync(folder, `${folder}.new`);
      mkdirSync(folder);
      log.fail();
      renameSync(`${folder}/all.log`, `${folder}.new/all.log`);
      rmSync(folder, { recursive: true });
      renameSync(`${folder}.new`, folder);
    },
  ],
] as const)
  test(`a log that ${name} is read from its first line`, async () => {
    const events = await follow(prepare, arrive);
    assert.ok(events.includes("jail-started"), events.join());
    assert.ok(!events.includes("jail-failed"), events.join());
    assert.ok(events.includes("jail-ok") || events.includes("jail-degraded"), events.join());
  });
