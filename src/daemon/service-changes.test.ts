import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlarmClock } from "../domain/clock.ts";
import { instant } from "../domain/instant.ts";
import { ServiceChanges } from "./service-changes.ts";

test("several changes cause one look, and units are those of the jails and of the log", () => {
  let ring = (): unknown => undefined;
  const settings: number[] = [];
  const clock: AlarmClock = {
    now: () => instant(0),
    monotonic: () => 0,
    sleep: async () => "elapsed",
    alarm: (onRing) => {
      ring = onRing;
      return { set: (milliseconds) => void settings.push(milliseconds), clear: () => undefined };
    },
  };
  let change = (): void => undefined;
  let watched: ReadonlySet<string> = new Set();
  let looks = 0;
  const changes = new ServiceChanges({
    clock,
    watchServices: (onChange) => {
      change = onChange;
      return { setUnits: (units) => void (watched = units), close: () => undefined };
    },
    lookFully: () => void looks++,
  });
  changes.use([{ definition: { journal: ["_SYSTEMD_UNIT=ssh.service _UID=0", "_COMM=sshd"] } }]);
  assert.deepEqual(
    [...watched],
    ["ssh.service", "rsyslog.service", "syslog-ng.service", "systemd-journald.service"],
  );
  change();
  changes.note();
  change();
  assert.deepEqual([settings, looks], [[2000], 0]);
  ring();
  assert.equal(looks, 1);
  change();
  assert.deepEqual(settings, [2000, 2000]);
  changes.close();
});
