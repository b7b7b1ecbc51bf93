/** Names in ignoreip are resolved before the backlog of a log is read. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { type Ip, parseIp } from "../domain/ip.ts";
import type { AlarmClock } from "../domain/clock.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { systemClock } from "../host/system-clock.ts";
import { FIRST_LOOKUP } from "../pipeline/allow/allow-upkeep.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { openDaemon } from "./daemon.ts";
import { loadAll } from "../jails/load-all.ts";
import { systemPorts } from "./system-ports.ts";

enableLinearRegex();

const MAX_TIMER_MS = 2 ** 31 - 1;
const OFFENDER = "203.0.113.5";

interface Host {
  readonly folder: string;
  /**
   * Starts the daemon on a log with three unread failures, and returns the event of their offense. `limit`: whether the
   * time limit of the first look-up passes immediately, or never.
   */
  run(
    resolve: (name: string) => Promise<readonly Ip[]>,
    limit: "passed" | "never",
  ): Promise<"ban" | "ignored">;
}

function createHost(): Host & Disposable {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-names-${process.pid}-`));
  const quoted = (name: string): string => JSON.stringify(join(folder, name));
  const path = join(folder, "bailiff.toml");
  writeFileSync(
    path,
    `[daemon]
state = ${quoted("state")}
socket = ${quoted("socket")}

[defaults]
maxretry = 3
ignoreip = ["vpn.example.org"]
enforcer = "memory"
canary = "0s"

[jails.sshd]
source = { file = [${quoted("auth.log")}] }
`,
  );
  let runs = 0;
  return {
    folder,
    run: async (resolveName, limit) => {
      const failure = `${new Date().toISOString()} host sshd[${++runs}]: Failed password for root from ${OFFENDER} port 4022 ssh2\n`;
      writeFileSync(join(folder, "auth.log"), failure.repeat(3), { flag: "a" });
      const decided = Promise.withResolvers<"ban" | "ignored">();
      const emit = ({ event }: TelemetryEvent): void => {
        if (event === "ban" || event === "ignored") decided.resolve(event);
      };
      const load = () => loadAll({ path, env: {}, uid: process.getuid?.() ?? 0 });
      const loaded = await load();
      assert.ok(loaded.ok);
      const ports = systemPorts();
      const host = { ...ports.host, resolveName };
      const clock = clockWith(limit);
      const opened = await openDaemon(
        { load, emit, ports: { ...ports, host, clock } },
        loaded.value,
      );
      assert.ok(opened.ok);
      await using daemon = opened.value;
      await daemon.proven;
      return await decided.promise;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

function clockWith(limit: "passed" | "never"): AlarmClock {
  const wait = limit === "passed" ? 0 : MAX_TIMER_MS;
  const sleep: AlarmClock["sleep"] = (milliseconds, signal, hold) =>
    systemClock.sleep(milliseconds === FIRST_LOOKUP ? wait : milliseconds, signal, hold);
  return { ...systemClock, sleep };
}

const fail = async (): Promise<readonly Ip[]> => {
  throw new Error("no server answers");
};

const hang = (): Promise<readonly Ip[]> => new Promise(() => undefined);

test("the backlog waits for a slow first answer, which a restart without DNS still has", async () => {
  using host = createHost();
  using other = createHost();
  let decision: ReturnType<Host["run"]> | undefined;
  const answer = async (): Promise<readonly Ip[]> => {
    // Until a daemon that starts after this one has read its log.
    decision ??= other.run(fail, "never");
    assert.equal(await decision, "ban");
    return [parseIp(OFFENDER) ?? assert.fail()];
  };
  assert.equal(await host.run(answer, "never"), "ignored");
  assert.equal(await host.run(fail, "never"), "ignored");
  assert.equal(await host.run(hang, "passed"), "ignored");
});

test("a name that cannot be resolved delays the backlog, and does not block it", async () => {
  using failing = createHost();
  assert.equal(await failing.run(fail, "never"), "ban");
  using hanging = createHost();
  assert.equal(await hanging.run(hang, "passed"), "ban");
});
