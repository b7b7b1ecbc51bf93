/** A service at which anybody can register an account: what a login from an address shows, and what not. */
import assert from "node:assert/strict";
import test from "node:test";
import { literalSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const config = (isOpen: boolean, siege = "off"): string => `[defaults]
enforcer = "memory"
bantime = "10m"
detect = { honeypot_users = ["trap"], siege = "${siege}" }

[jails.sshd]
source = { file = ["/story"] }
detect = { open_registration = ${isOpen} }
`;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let pid = 0;
async function read(daemon: VirtualDaemon, message: string): Promise<void> {
  const stamp = new Date(daemon.now()).toISOString();
  pid++;
  await daemon.read([`${stamp} host sshd[${pid}]: ${message}`], "live");
}

const fail = (daemon: VirtualDaemon, user: string, ip: string) =>
  read(daemon, `Failed password for ${user} from ${ip} port 1 ssh2`);
const logIn = (daemon: VirtualDaemon, user: string, ip: string) =>
  read(daemon, `Accepted password for ${user} from ${ip} port 1 ssh2`);
const isBanned = (daemon: VirtualDaemon, ip: string): boolean =>
  daemon.bansOf(literalSubject(ip)).length > 0;

test("an own account exempts an attacker from no detector", async () => {
  for (const isOpen of [true, false]) {
    await using daemon = await openVirtualDaemon(config(isOpen));
    await logIn(daemon, "mallory", "192.0.2.7");
    await read(daemon, "Invalid user trap from 192.0.2.7 port 1");
    assert.equal(isBanned(daemon, "192.0.2.7"), isOpen, "evidence");
    await logIn(daemon, "mallory", "192.0.2.8");
    for (let n = 0; n < 11; n++) {
      await daemon.passTo((n + 1) * 20 * MINUTE);
      await fail(daemon, "root", "192.0.2.8");
    }
    assert.equal(isBanned(daemon, "192.0.2.8"), isOpen, "slow");
  }
});

test("failures of the account itself are typing errors, and count for no detector", async () => {
  await using daemon = await openVirtualDaemon(config(true));
  await logIn(daemon, "alice", "192.0.2.7");
  for (let n = 0; n < 14; n++) {
    await daemon.passTo((n + 1) * HOUR);
    await fail(daemon, "alice", "192.0.2.7");
    // Less than slow finds on its own.
    if (n < 8) await fail(daemon, "bob", "192.0.2.7");
  }
  assert.equal(isBanned(daemon, "192.0.2.7"), false);
});

test("a login with an account that anybody has demotes no detector", async () => {
  for (const isOpen of [true, false]) {
    await using daemon = await openVirtualDaemon(config(isOpen));
    for (let n = 1; n <= 3; n++) await logIn(daemon, `mallory${n}`, "198.51.100.1");
    await daemon.passTo(25 * HOUR);
    for (let n = 1; n <= 3; n++) await read(daemon, `Invalid user trap from 192.0.${n}.1 port 1`);
    await daemon.passTo(26 * HOUR);
    for (let n = 1; n <= 3; n++) await logIn(daemon, `mallory${n}`, `192.0.${n}.1`);
    await read(daemon, "Invalid user trap from 192.0.2.4 port 1");
    assert.equal(isBanned(daemon, "192.0.2.4"), isOpen);
  }
});

test("own accounts stop no rule, but users of a service without registration do", async () => {
  for (const isOpen of [true, false]) {
    await using daemon = await openVirtualDaemon(config(isOpen));
    for (let n = 1; n <= 6; n++) {
      await logIn(daemon, `mallory${n % 3}`, `203.0.${n}.1`);
      for (let i = 0; i < 5; i++) await fail(daemon, "root", `203.0.${n}.1`);
    }
    for (let i = 0; i < 5; i++) await fail(daemon, "root", "198.51.100.1");
    assert.equal(isBanned(daemon, "198.51.100.1"), isOpen);
    assert.equal(daemon.takeEvent("breaker-tripped", undefined), !isOpen);
  }
});

test("an own account that resembles a honeypot user protects nobody who tries that", async () => {
  for (const isOpen of [true, false]) {
    await using daemon = await openVirtualDaemon(config(isOpen));
    await logIn(daemon, "trapp", "198.51.100.1");
    await read(daemon, "Invalid user trap from 192.0.2.7 port 1");
    assert.equal(isBanned(daemon, "192.0.2.7"), isOpen);
  }
});

/**
 * Logs in, and after five quiet days with noise, addresses try one of these names each. All of it is in the log already.
 */
async function spray(
  daemon: VirtualDaemon,
  account: string,
  names: readonly string[],
): Promise<void> {
  const line = (before: number, message: string, ip: string): string => {
    pid++;
    const stamp = new Date(daemon.now() - before).toISOString();
    return `${stamp} host sshd[${pid}]: ${message} from ${ip} port 1 ssh2`;
  };
  const login = line(127 * HOUR, `Accepted password for ${account}`, "198.51.100.1");
  const quiet = Array.from({ length: 21 }, (_, n) =>
    line((126 - 6 * n) * HOUR, "Failed password for root", `203.0.113.${n + 1}`),
  );
  const tries = names.map((name, n) =>
    line(MINUTE - n * 1000, `Failed password for ${name}`, `2001:db8:${n}::1`),
  );
  await daemon.read([login, ...quiet, ...tries], "backlog");
  await daemon.passTo(MINUTE);
}

test("an own account hides no spray of names that resemble it", async () => {
  const letters = Array.from({ length: 18 }, (_, n) => String.fromCharCode(97 + n));
  for (const [isOpen, names] of [
    [true, letters.map((letter) => `web${letter}`)],
    [true, letters.map((letter) => `web@${letter}.example`)],
    [false, letters.map((letter) => `web${letter}`)],
  ] as const) {
    const text = config(isOpen).replace("[defaults]", '[defaults]\nfindtime = "7d"');
    await using daemon = await openVirtualDaemon(text);
    await spray(daemon, "web", names);
    assert.equal(daemon.takeEvent("campaign-began", undefined), isOpen, names.join(" "));
  }
});

const count = (daemon: VirtualDaemon, name: string): number =>
  daemon.events.filter(({ event }) => event === name).length;

test("logins of one account from many addresses end no siege", async () => {
  for (const isOpen of [true, false]) {
    await using daemon = await openVirtualDaemon(config(isOpen, "report"));
    for (let n = 1; n <= 6; n++) await fail(daemon, "root", `203.0.113.${n}`);
    assert.equal(count(daemon, "siege-began"), 1);
    for (let n = 1; n <= 6; n++) {
      await fail(daemon, "root", `198.51.100.${n}`);
      await logIn(daemon, "mallory", `198.51.100.${n}`);
    }
    assert.equal(count(daemon, "siege-ended"), 0, `open: ${isOpen}`);
  }
});

test("own accounts, one for each address, end no siege", async () => {
  for (const isOpen of [true, false]) {
    await using daemon = await openVirtualDaemon(config(isOpen, "report"));
    for (let n = 1; n <= 6; n++) await fail(daemon, "root", `198.51.100.${n}`);
    for (let n = 1; n <= 6; n++) await logIn(daemon, `mallory${n}`, `198.51.100.${n}`);
    // In a service of which only users have accounts, these are users.
    assert.equal(count(daemon, "siege-ended"), isOpen ? 0 : 1);
  }
});

test("users of several days who mistype are the habit of a siege", async () => {
  await using daemon = await openVirtualDaemon(config(true, "report"));
  for (let n = 1; n <= 6; n++) await logIn(daemon, `user${n}`, `192.0.2.${n}`);
  await daemon.passTo(24 * HOUR);
  for (let n = 1; n <= 6; n++) {
    await fail(daemon, `user${n}`, `198.51.100.${n}`);
    await logIn(daemon, `user${n}`, `198.51.100.${n}`);
  }
  assert.equal(count(daemon, "siege-began"), 0);
});
