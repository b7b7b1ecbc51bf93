/** Offenses that wait for a ban budget: they survive a restart, and are judged by the settings of their turn. */
import assert from "node:assert/strict";
import test from "node:test";
import { isPaged } from "../../src/control/paged-list.ts";
import { literalSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const MINUTE = 60_000;
const DETECTORS = `slow = "act"\nevidence = "off"\nsubnets = "act"`;
const config = (jail = "", detect = DETECTORS): string => `[defaults]
enforcer = "memory"
bans_per_minute = 1

[jails.sshd]
source = { file = ["/story"] }
${jail}
[jails.sshd.detect]
${detect}
`;

let pid = 0;
async function read(daemon: VirtualDaemon, message: string): Promise<void> {
  pid++;
  const stamp = new Date(daemon.now()).toISOString();
  await daemon.read([`${stamp} host sshd[${pid}]: ${message}`], "live");
}

async function fail(daemon: VirtualDaemon, ip: string, times = 1): Promise<void> {
  for (let n = 0; n < times; n++)
    await read(daemon, `Failed password for root from ${ip} port 1 ssh2`);
}

const reasonOf = (daemon: VirtualDaemon, subject: string): string | undefined =>
  daemon.bansOf(literalSubject(subject)).find((ban) => ban.subject === subject)?.reason;

/** Lets the given minutes pass, in steps in which the offenses that wait are carried out. */
async function pass(daemon: VirtualDaemon, from: number, to: number): Promise<void> {
  for (let minute = from; minute <= to; minute++) await daemon.passTo(minute * MINUTE);
}

const SLOW = "192.0.2.7";
const NETWORK = "198.51.100.0/24";
const FAST = "203.0.113.7";

/** A slow address, a network and an address that reached maxretry wait. Ends after two hours. */
async function openWaiting(): Promise<VirtualDaemon> {
  const daemon = await openVirtualDaemon(config());
  for (let n = 0; n < 9; n++) {
    await daemon.passTo(n * 12 * MINUTE);
    await fail(daemon, SLOW);
  }
  for (let n = 1; n < 16; n++) await fail(daemon, `198.51.100.${Math.ceil(n / 2)}`);
  await daemon.passTo(120 * MINUTE);
  await fail(daemon, "192.0.2.200", 5);
  await fail(daemon, SLOW, 2);
  await fail(daemon, "198.51.100.8");
  await fail(daemon, FAST, 5);
  const all = [SLOW, NETWORK, FAST].map((one) => reasonOf(daemon, one));
  assert.deepEqual(all, [undefined, undefined, undefined]);
  assert.deepEqual(
    daemon.daemon.guards.limits.limited().map(({ waiting }) => waiting),
    [3],
  );
  return daemon;
}

test("what detectors found, and what is older than findtime, waits over a restart", async () => {
  for (const change of ["restart", "reload"]) {
    await using daemon = await openWaiting();
    if (change === "restart") await daemon.restart();
    // Of a setting that decides about none of them.
    else await daemon.reload(config("", `${DETECTORS}\nhoneypot_users = ["trap"]`));
    await pass(daemon, 121, 126);
    assert.equal(reasonOf(daemon, SLOW), "slow: 11 failures in 3 days, at most 5 an hour");
    assert.match(reasonOf(daemon, NETWORK) ?? "", /^subnets: 8 addresses of the network/);
    assert.equal(reasonOf(daemon, FAST), "5 failures in 10m");
  }
});

test("an offense that waits longer than findtime is carried out after a restart, in its turn", async () => {
  await using daemon = await openVirtualDaemon(config());
  for (let n = 1; n <= 18; n++) await fail(daemon, `192.0.2.${n}`, n === 1 ? 5 : 24 - n);
  await pass(daemon, 1, 12);
  await daemon.restart();
  await pass(daemon, 13, 20);
  assert.equal(reasonOf(daemon, "192.0.2.18"), "6 failures in 10m");
});

test("offenses that wait are judged by the settings of their turn, also after a restart", async () => {
  const changes: readonly (readonly [name: string, text: string, banned: readonly string[]])[] = [
    ["exempt", config(`ignoreip = ["${SLOW}", "198.51.100.77", "${FAST}"]`), []],
    ["only reported", config("", 'slow = "report"\nsubnets = "report"'), [FAST]],
    ["more failures needed", config("maxretry = 6"), [NETWORK]],
    [
      "removed",
      '[jails.other]\nenforcer = "memory"\nfilter = "sshd"\nsource = { file = ["/story"] }',
      [],
    ],
  ];
  for (const [name, text, banned] of changes)
    for (const restarts of [false, true]) {
      await using daemon = await openWaiting();
      await daemon.reload(text);
      if (restarts) await daemon.restart();
      await pass(daemon, 121, 126);
      const all = [SLOW, NETWORK, FAST].filter((one) => reasonOf(daemon, one) !== undefined);
      assert.deepEqual(all, banned, `${name} ${restarts}`);
    }
});

test("a login in a network, or an exemption that was removed again, ends the wait", async () => {
  await using daemon = await openWaiting();
  await read(daemon, "Accepted password for alice from 198.51.100.77 port 1 ssh2");
  await daemon.passTo(120 * MINUTE + 2000);
  for (const subject of [SLOW, FAST]) {
    await daemon.allow(literalSubject(subject));
    await daemon.answer.disallow({ subject }, "operator");
  }
  await daemon.restart();
  await pass(daemon, 121, 126);
  assert.deepEqual(
    [SLOW, NETWORK, FAST].map((one) => reasonOf(daemon, one)),
    [undefined, undefined, undefined],
  );
});

test("an unban drops offenses that wait, says so and audits it, also over a restart", async () => {
  const none = { jail: undefined, exact: undefined, reason: undefined, keep_history: undefined };
  const orders: readonly (readonly [
    request: Partial<Parameters<VirtualDaemon["answer"]["unban"]>[0]>,
    dropped: readonly string[],
  ])[] = [
    [{ subjects: [SLOW] }, [SLOW]],
    // A client that asks for one address of a network must get access.
    [{ subjects: ["198.51.100.77"] }, [NETWORK]],
    [{ subjects: ["198.51.100.77"], exact: true }, []],
    [{ subjects: ["192.0.0.0/16"], jail: "sshd", reason: "our office" }, [SLOW]],
    [{ subjects: [FAST, "192.0.2.99"] }, [FAST]],
    [{ all: true }, [SLOW, NETWORK, FAST]],
  ];
  for (const [request, dropped] of orders)
    for (const restarts of [false, true]) {
      await using daemon = await openWaiting();
      const replies = await daemon.answer.unban(
        { all: false, subjects: [], ...none, ...request },
        "operator",
      );
      assert.ok(!isPaged(replies));
      const waited = replies.filter((one) => one.waited === true);
      const what = JSON.stringify([request, restarts]);
      assert.deepEqual(waited.map(({ subject }) => subject).sort(), [...dropped].sort(), what);
      const audit = daemon.daemon.book
        .audit({ limit: 10 })
        .filter(({ action, detail }) => action === "unban" && /waited for its ban/.test(detail));
      assert.deepEqual(audit.map(({ subject }) => `${subject}`).sort(), [...dropped].sort(), what);
      for (const { who, jail, detail } of audit)
        assert.deepEqual(
          [who, jail, detail.split(";")[0]],
          ["operator", "sshd", request.reason ?? "lifted by hand"],
        );
      for (const subject of dropped)
        assert.ok(daemon.takeEvent("ignored", literalSubject(subject)), what);
      if (restarts) await daemon.restart();
      await pass(daemon, 121, 126);
      const banned = [SLOW, NETWORK, FAST].filter((one) => reasonOf(daemon, one) !== undefined);
      const left = [SLOW, NETWORK, FAST].filter((one) => !dropped.includes(one));
      assert.deepEqual(banned, left, what);
      // Their failures no longer count.
      if (!dropped.includes(FAST)) continue;
      await fail(daemon, FAST, 4);
      assert.equal(reasonOf(daemon, FAST), undefined, what);
    }
});
