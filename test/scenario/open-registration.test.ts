/** A service at which anybody can register an account: what a login from an address shows, and what not. */
import assert from "node:assert/strict";
import test from "node:test";
import { literalSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const config = (isOpen: boolean): string => `[defaults]
enforcer = "memory"
bantime = "10m"
detect = { honeypot_users = ["trap"], siege = "off" }

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
    for (let n = 1; n <= 3; n++) await read(daemon, `Invalid user trap from 192.0.2.${n} port 1`);
    await daemon.passTo(20 * MINUTE);
    for (let n = 1; n <= 3; n++) await logIn(daemon, `mallory${n}`, `192.0.2.${n}`);
    await read(daemon, "Invalid user trap from 192.0.2.4 port 1");
    assert.equal(isBanned(daemon, "192.0.2.4"), isOpen);
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
