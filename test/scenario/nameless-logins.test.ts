/** Services whose lines about logins have no account: the addresses are known anyway. */
import assert from "node:assert/strict";
import test from "node:test";
import { literalSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const HOUR = 3_600_000;
const QUIET = 120 * HOUR;
const config = (siege: string): string => `[defaults]
maxretry = 5
enforcer = "memory"
detect = { slow = "off", evidence = "off", siege = "${siege}", campaigns = "act", accounts = "act" }

[jails.qbittorrent]
source = { file = ["/story"] }
`;

async function write(daemon: VirtualDaemon, level: string, message: string): Promise<void> {
  const at = new Date(daemon.now()).toISOString().slice(0, 19);
  await daemon.read([`(${level}) ${at} - ${message}`], "live");
}

const fail = (daemon: VirtualDaemon, user: string, ip: string) =>
  write(
    daemon,
    "W",
    `WebAPI login failure. Reason: invalid credentials, attempt count: 1, IP: ${ip}, username: ${user}`,
  );
const logIn = (daemon: VirtualDaemon, ip: string) =>
  write(daemon, "N", `WebAPI login success. IP: ${ip}`);
const isBanned = (daemon: VirtualDaemon, ip: string): boolean =>
  daemon.bansOf(literalSubject(ip)).length > 0;
const eventsOf = (daemon: VirtualDaemon, name: string) =>
  daemon.events.filter(({ event }) => event === name);

/** Five days with a failure of noise every six hours, and a login from an office. */
async function beQuiet(daemon: VirtualDaemon): Promise<void> {
  for (let hour = 0; hour < 5 * 24; hour += 6) {
    await daemon.passTo(hour * HOUR);
    await fail(daemon, "root", `203.0.113.${hour + 1}`);
    await logIn(daemon, "192.0.2.1");
  }
}

/** A campaign of 20 sources against one account. */
async function rush(daemon: VirtualDaemon): Promise<void> {
  await beQuiet(daemon);
  for (let i = 0; i < 20; i++) {
    await daemon.passTo(QUIET + i * 30_000);
    await fail(daemon, "svc_backup", `2001:db8:${i}::1`);
  }
  await daemon.passTo(QUIET + 20 * 30_000);
  assert.equal(eventsOf(daemon, "campaign-began").length, 1);
}

test("a member that logs in without an account raises the alarm once", async () => {
  await using daemon = await openVirtualDaemon(config("off"));
  await rush(daemon);
  for (let n = 0; n < 2; n++) {
    await fail(daemon, "admin", "2001:db8:5::1");
    await logIn(daemon, "2001:db8:5::1");
  }
  const [alarm, ...others] = eventsOf(daemon, "compromise-suspected");
  assert.ok(alarm?.event === "compromise-suspected" && others.length === 0);
  assert.equal(alarm.user, "?");
  assert.match(alarm.reason, /^it follows 2 failed attempts of a member of qbittorrent-/);
  // A user who mistyped the own name at a new address is none, and neither is one who is no member.
  await fail(daemon, "svc_backup", "198.51.100.9");
  for (const ip of ["198.51.100.9", "198.51.100.10"]) await logIn(daemon, ip);
  assert.equal(eventsOf(daemon, "compromise-suspected").length, 1);
});

test("users of a network with logins without an account are no members of a campaign", async () => {
  await using daemon = await openVirtualDaemon(config("off"));
  await rush(daemon);
  for (const [ip, isFound] of [
    ["192.0.2.50", false],
    ["198.51.100.50", true],
  ] as const) {
    for (let n = 0; n < 2; n++) await fail(daemon, "svc_backup", ip);
    assert.equal(isBanned(daemon, ip), isFound, ip);
  }
});

test("users who mistype before a login without an account are the habit of a siege", async () => {
  await using daemon = await openVirtualDaemon(config("act"));
  for (let n = 1; n <= 6; n++) {
    await fail(daemon, `user${n}`, `192.0.2.${n}`);
    await logIn(daemon, `192.0.2.${n}`);
  }
  for (let n = 1; n <= 6; n++) await fail(daemon, "root", `203.0.113.${n}`);
  assert.equal(eventsOf(daemon, "siege-began").length, 0);
});
