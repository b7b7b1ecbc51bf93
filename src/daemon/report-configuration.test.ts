import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { systemClock } from "../host/system-clock.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { renderEvent } from "../telemetry/render-event.ts";
import { openDaemon } from "./daemon.ts";
import { loadAll } from "../jails/load-all.ts";

enableLinearRegex();

type Doubts = TelemetryEvent & { readonly event: "config-in-doubt" };

/** The doubts a daemon reports at its start, and after a reload of `second`. */
async function doubtsOf(
  first: (folder: string) => string,
  second: (folder: string) => string,
): Promise<readonly (readonly Doubts[])[]> {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-doubts-${process.pid}-`));
  try {
    writeFileSync(join(folder, "auth.log"), "");
    execFileSync("mkfifo", [join(folder, "pipe.log")]);
    const path = join(folder, "bailiff.toml");
    const write = (jails: string): void =>
      writeFileSync(
        path,
        `[daemon]
state = "${folder}/state"
socket = "${folder}/socket"
[defaults]
enforcer = "memory"
canary = "0s"
[jails.sshd]
enabled = false
${jails}`,
      );
    write(first(folder));
    const load = () => loadAll({ path, env: {}, uid: process.getuid?.() ?? 0 });
    const loaded = await load();
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const told: Doubts[] = [];
    const emit = (event: TelemetryEvent): void => {
      if (event.event === "config-in-doubt") told.push(event);
    };
    const opened = await openDaemon({ load, emit }, loaded.value);
    assert.ok(opened.ok);
    await using daemon = opened.value;
    const atStart = told.splice(0);
    write(second(folder));
    const reloaded = await daemon.reload("test");
    assert.ok(reloaded.ok);
    return [atStart, told];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function jail(name: string, files: readonly string[], more = ""): string {
  return `[jails.${name}]\nfilter = "sshd"\nsource = { file = ${JSON.stringify(files)} }\n${more}\n`;
}

/** A channel whose address is missing: it stops neither a start nor a reload. */
function slack(folder: string): string {
  return `[notify.ops]\nkind = "slack"\nurl_file = "${folder}/none.url"\n`;
}

const NO_URL = /bailiff\.toml:\d+:1: channel ops: \S+none\.url cannot be read: no such file/m;

test("a start and a reload report the warnings of `check` in one event", async () => {
  const [atStart = [], after = []] = await doubtsOf(
    (folder) =>
      jail("one", [`${folder}/none.log`, `${folder}/auth.log`], 'ignoreip = ["192.0.2.5/24"]') +
      jail("two", [`${folder}/none.log`, `${folder}/*.log`, folder, "/dev/null"]) +
      slack(folder),
    (folder) => jail("one", [`${folder}/*.none`]) + slack(folder),
  );
  assert.equal(atStart.length, 1);
  const text = atStart.flatMap(({ warnings }) => warnings).join("\n");
  for (const expected of [
    /^one, two: source: .*none\.log does not exist/m,
    /^one: ignoreip: 192\.0\.2\.5\/24 is an address within a network/m,
    /^two: source: .*pipe\.log is a FIFO/m,
    /^two: source: .* is a directory/m,
    /^two: source: \/dev\/null is a device/m,
    NO_URL,
  ])
    assert.match(text, expected);
  assert.equal(after.length, 1);
  const again = after[0]?.warnings.join("\n") ?? "";
  for (const expected of [/^one: source: no file matches .*\*\.none/m, NO_URL])
    assert.match(again, expected);
});

test("one event reports at most twenty warnings; a good configuration has none", async () => {
  const many = Array.from({ length: 50 }, (_, i) => `/nowhere/${i}.log`);
  const [atStart = [], after = []] = await doubtsOf(
    () => jail("one", many),
    (folder) => jail("one", [`${folder}/auth.log`], 'ignoreip = ["192.0.2.0/24"]'),
  );
  const [event] = atStart;
  assert.ok(event !== undefined);
  assert.deepEqual([atStart.length, event.warnings.length, event.more], [1, 20, 30]);
  assert.match(
    renderEvent(event, systemClock.now(), { format: "text", color: false, timeOfDay: String }),
    /19\.log .*\n {2}and 30 more \(bailiff check\)/,
  );
  assert.deepEqual(after, []);
});
