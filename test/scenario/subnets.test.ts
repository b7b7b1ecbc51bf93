/** Networks of which many addresses fail: what is banned, what is only reported, and what an unban does. */
import assert from "node:assert/strict";
import test from "node:test";
import { literalSubject, type Subject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const ACT = `[defaults]
enforcer = "memory"
detect = { subnets = "act", siege = "off", slow = "off" }

[jails.sshd]
source = { file = ["/story"] }
`;
const REPORT = ACT.replace('subnets = "act"', 'subnets = "report"');
const NETWORK = literalSubject("192.0.2.0/24");

let pid = 0;
async function read(daemon: VirtualDaemon, message: string): Promise<void> {
  const stamp = new Date(daemon.now()).toISOString();
  pid++;
  await daemon.read([`${stamp} host sshd[${pid}]: ${message}`], "live");
}

/** So many addresses of the network fail twice. */
async function attack(
  daemon: VirtualDaemon,
  count: number,
  from = 1,
  network = "192.0.2",
): Promise<void> {
  for (let host = from; host < from + count; host++)
    for (let n = 0; n < 2; n++)
      await read(daemon, `Failed password for root from ${network}.${host} port 4711 ssh2`);
}

function reasons(daemon: VirtualDaemon, network = NETWORK): readonly string[] {
  return daemon.events.flatMap((event) =>
    event.event === "offense-suspected" && event.ip === network ? [event.reason] : [],
  );
}

function banned(daemon: VirtualDaemon, subject: Subject): readonly string[] {
  return daemon.bansOf(subject).map((ban) => ban.subject);
}

test("the network of eight addresses that failed twice is banned under act, and why says so", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  await attack(daemon, 7);
  assert.deepEqual(banned(daemon, NETWORK), []);
  await attack(daemon, 1, 8);
  assert.deepEqual(banned(daemon, NETWORK), [NETWORK]);
  const { bans } = await daemon.answer.why({ subject: "192.0.2.99" }, "operator");
  assert.equal(
    bans[0]?.reason,
    "subnets: 8 addresses of the network failed at least twice within a week, 16 failures together",
  );
  assert.ok(daemon.events.some((event) => event.event === "ban" && event.ip === NETWORK));
});

test("by default it is only reported", async () => {
  await using daemon = await openVirtualDaemon(REPORT);
  await attack(daemon, 15);
  assert.deepEqual(banned(daemon, NETWORK), []);
  assert.equal(reasons(daemon).length, 1);
});

test("a network from which a user has logged in is not banned, and the event says why", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  await read(daemon, "Accepted password for alice from 192.0.2.200 port 4711 ssh2");
  await attack(daemon, 8);
  assert.deepEqual(banned(daemon, NETWORK), []);
  assert.match(reasons(daemon)[0] ?? "", /not banned: alice has logged in from 192\.0\.2\.200$/);
});

test("a network with a logged-in user is not banned, without a login line", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  daemon.logIn("alice", literalSubject("192.0.2.200"));
  await attack(daemon, 8);
  assert.deepEqual(banned(daemon, NETWORK), []);
});

test("a network with an exempt address is not banned", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  await daemon.allow(literalSubject("192.0.2.200"));
  await attack(daemon, 8);
  assert.deepEqual(banned(daemon, NETWORK), []);
  assert.match(reasons(daemon)[0] ?? "", /not banned: an address in it is exempt/);
});

test("what was counted survives a restart", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  await attack(daemon, 7);
  await daemon.restart();
  await attack(daemon, 1, 8);
  assert.deepEqual(banned(daemon, NETWORK), [NETWORK]);
});

test("an unban of the network, or of an address in it, lifts it and starts its count from zero", async () => {
  for (const subject of [NETWORK, literalSubject("192.0.2.99")]) {
    await using daemon = await openVirtualDaemon(ACT);
    await attack(daemon, 8);
    await daemon.unban(subject);
    assert.deepEqual(banned(daemon, NETWORK), []);
    await daemon.passTo(60_000);
    await attack(daemon, 7, 50);
    assert.deepEqual(banned(daemon, NETWORK), []);
    await attack(daemon, 1, 60);
    assert.deepEqual(banned(daemon, NETWORK), [NETWORK]);
  }
});

test("an unban of one address keeps the bans of the other addresses", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  for (let n = 0; n < 5; n++)
    await read(daemon, "Failed password for root from 192.0.2.50 port 4711 ssh2");
  assert.deepEqual(banned(daemon, literalSubject("192.0.2.50")), ["192.0.2.50"]);
  await attack(daemon, 7);
  assert.ok(banned(daemon, NETWORK).includes(NETWORK));
  await daemon.unban(literalSubject("192.0.2.99"));
  assert.deepEqual(banned(daemon, NETWORK), ["192.0.2.50"]);
});

test("networks are banned within the budget of the jail, and one beyond it is reported", async () => {
  const noLimit = "[defaults]\nbans_per_minute = 10000";
  await using daemon = await openVirtualDaemon(ACT.replace("[defaults]", noLimit));
  for (let n = 0; n < 17; n++) {
    const stamp = new Date(daemon.now()).toISOString();
    // Six addresses in each of six networks /24 of a /20, each of which fails twice.
    const lines = Array.from({ length: 72 }, (_, i) => {
      const ip = `100.${64 + n}.${i % 6}.${1 + (Math.floor(i / 6) % 6)}`;
      return `${stamp} host sshd[${n * 100 + i + 1}]: Failed password for root from ${ip} port 4711 ssh2`;
    });
    await daemon.read(lines, "live");
    await daemon.passTo((n + 1) * 120_000);
  }
  const networks = Array.from({ length: 17 }, (_, n) => literalSubject(`100.${64 + n}.0.0/20`));
  const bannedOnes = networks.filter((network) => banned(daemon, network).includes(network));
  assert.deepEqual(bannedOnes, networks.slice(0, 16));
  assert.match(
    reasons(daemon, networks[16]).at(-1) ?? "",
    /not banned: the jail would ban more than 65536 addresses as networks$/,
  );
});

test("after three lifts by hand, networks are only reported", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  for (const [n, network] of ["192.0.2", "198.51.100", "203.0.113"].entries()) {
    await attack(daemon, 8, 1, network);
    const subject = literalSubject(`${network}.0/24`);
    assert.deepEqual(banned(daemon, subject), [subject]);
    await daemon.unban(subject);
    await daemon.passTo((n + 1) * 60_000);
  }
  const fourth = literalSubject("100.64.7.0/24");
  await attack(daemon, 8, 1, "100.64.7");
  assert.deepEqual(banned(daemon, fourth), []);
  assert.match(reasons(daemon, fourth)[0] ?? "", /^subnets: 8 addresses/);
});

test("a single attempt is no second one, whatever it weighs under siege", async () => {
  await using daemon = await openVirtualDaemon(ACT.replace('siege = "off"', 'siege = "act"'));
  for (let host = 1; host <= 20; host++)
    await read(daemon, `Invalid user name-${host * 7919} from 192.0.2.${host} port 4711`);
  assert.deepEqual(banned(daemon, NETWORK), []);
});
