/**
 * The wall clock is stepped, and before the next round notices it, somebody asks for a state, gives an order or restarts
 * the daemon.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { parseIp } from "../../src/domain/ip.ts";
import { ok } from "../../src/domain/result.ts";
import { FlowCheck } from "../../src/health/checks/check-flow.ts";
import type { EndedConnectionsObserver } from "../../src/host/kernel/ended-connections.ts";
import { openVirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
increment = { enabled = false }
canary = "0s"

[jails.sshd]
source = { file = ["/story"] }
`;
const WHO = "operator";
const OFFENDER = parseIp("192.0.2.7") ?? assert.fail();
const HOUR = 3_600_000;
const STEPS = [-7 * 24 * HOUR, 7 * 24 * HOUR];

/** Opens a daemon to which the test reports the ends of connections. */
async function openWatchingDaemon() {
  const daemon = await openVirtualDaemon(CONFIG);
  const { host } = daemon.ports;
  const open = host.openLineChecks.bind(host);
  let report: EndedConnectionsObserver["onEnded"] = () => undefined;
  const openLineChecks: typeof open = (options) => [
    ...open(options),
    new FlowCheck({
      ...options,
      localOffset: () => 0,
      watchEnded: async ({ onEnded }) => {
        report = onEnded;
        return ok({ renew: () => ok(undefined), close: () => undefined });
      },
    }),
  ];
  Object.assign(host, { openLineChecks });
  await daemon.restart();
  return {
    daemon,
    endConnection: () => report([{ port: 22, peer: OFFENDER }]),
    state: async () => {
      const [jail] = (await daemon.answer.status({}, WHO)).jails;
      return [jail?.state, jail?.cause];
    },
  };
}

for (const step of STEPS) {
  const where = step < 0 ? "back" : "forward";

  test(`a jail stays blind when the clock is set ${where}`, async () => {
    const { daemon, endConnection, state } = await openWatchingDaemon();
    await using _closed = daemon;
    await daemon.passTo(60_000);
    for (let i = 0; i < 3; i++) endConnection();
    await daemon.passTo(91_000);
    assert.deepEqual(await state(), ["blind", "connections-unlogged"]);
    daemon.stepClock(step);
    assert.deepEqual(await state(), ["blind", "connections-unlogged"]);
  });

  test(`connections that end right after the clock was set ${where} are compared with lines`, async () => {
    for (const isLogged of [true, false]) {
      const { daemon, endConnection, state } = await openWatchingDaemon();
      await using _closed = daemon;
      await daemon.passTo(61_000);
      daemon.stepClock(step);
      for (let i = 0; i < 3; i++) endConnection();
      await daemon.passTo(75_000);
      endConnection();
      const at = new Date(daemon.now()).toISOString();
      const line = `${at} host sshd[7]: Connection closed by ${OFFENDER} port 9 [preauth]`;
      if (isLogged) await daemon.read([line], "live");
      await daemon.passTo(121_000);
      const [, cause] = await state();
      assert.equal(cause === "connections-unlogged", !isLogged, `${cause}`);
    }
  });

  test(`a jail that protects does so after the clock was set ${where}`, async () => {
    const { daemon, state } = await openWatchingDaemon();
    await using _closed = daemon;
    await daemon.passTo(61_000);
    const before = await state();
    assert.equal(before[0], "protecting");
    daemon.stepClock(step);
    await daemon.passTo(95_000);
    assert.deepEqual(await state(), before);
  });

  test(`a ban by hand lasts as ordered right after the clock was set ${where}`, async () => {
    await using daemon = await openVirtualDaemon(CONFIG);
    await daemon.passTo(61_000);
    daemon.stepClock(step);
    await daemon.answer.ban({ subject: OFFENDER, for: HOUR }, WHO);
    await daemon.passTo(61_000 + HOUR - 1000);
    assert.equal(daemon.bansOf(OFFENDER).length, 1);
    assert.equal(await daemon.holds(OFFENDER), true);
    await daemon.passTo(61_000 + HOUR + 60_000);
    assert.deepEqual(daemon.bansOf(OFFENDER), []);
  });

  test(`a ban outlasts a restart right after the clock was set ${where}`, async () => {
    await using daemon = await openVirtualDaemon(CONFIG);
    await daemon.passTo(61_000);
    await daemon.answer.ban({ subject: OFFENDER, for: HOUR }, WHO);
    daemon.stepClock(step);
    await daemon.restart();
    await daemon.passTo(61_000 + HOUR - 1000);
    assert.equal(daemon.bansOf(OFFENDER).length, 1);
    await daemon.passTo(61_000 + HOUR + 60_000);
    assert.deepEqual(daemon.bansOf(OFFENDER), []);
  });
}
