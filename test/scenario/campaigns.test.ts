/** A campaign from its beginning to its end, against the daemon in virtual time. */
import assert from "node:assert/strict";
import test from "node:test";
import { parseSubject, type Subject } from "../../src/domain/cidr.ts";
import type { CampaignReply } from "../../src/control/campaign-messages.ts";
import { undoOf } from "../../src/control/campaign-undo.ts";
import type { TelemetryEvent } from "../../src/telemetry/events.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const HOUR = 3_600_000;
const config = (mode: string): string => `[defaults]
maxretry = 5
bantime = "2d"
increment = { enabled = false }
enforcer = "memory"
detect = { slow = "off", evidence = "off", siege = "off", campaigns = "${mode}", accounts = "${mode}" }

[jails.sshd]
source = { file = ["/story"] }
`;

let pid = 1000;

async function write(daemon: VirtualDaemon, message: string): Promise<void> {
  pid++;
  const at = new Date(daemon.now()).toISOString();
  await daemon.read([`${at} host sshd[${pid}]: ${message}`], "live");
}

const say = (daemon: VirtualDaemon, message: string, address: string) =>
  write(daemon, `${message} from ${address} port 40022 ssh2`);

const fail = (daemon: VirtualDaemon, user: string, address: string) =>
  say(daemon, `Failed password for ${user}`, address);

/** Fails with an account that does not exist. */
const failUnknown = (daemon: VirtualDaemon, user: string, address: string) =>
  write(daemon, `Invalid user ${user} from ${address} port 40022`);

function subject(address: string): Subject {
  const parsed = parseSubject(address);
  assert.ok(parsed !== undefined);
  return parsed;
}

const isBanned = (daemon: VirtualDaemon, address: string): boolean =>
  daemon.bansOf(subject(address)).length > 0;

async function listCampaigns(
  daemon: VirtualDaemon,
  name?: string,
): Promise<readonly CampaignReply[]> {
  const input = name === undefined ? {} : { name };
  const reply = await daemon.answer.campaigns(input, "test");
  return "length" in reply ? reply : (await Array.fromAsync(reply)).flat();
}

/** Returns the only event of this name. */
function eventOf(daemon: VirtualDaemon, name: TelemetryEvent["event"]): TelemetryEvent | undefined {
  const events = daemon.events.filter(({ event }) => event === name);
  assert.ok(events.length <= 1, `${events.length} events ${name}`);
  return events[0];
}

/** Five quiet days with a failure of noise and a login every six hours. */
async function beQuiet(daemon: VirtualDaemon): Promise<void> {
  for (let hour = 0; hour < 5 * 24; hour += 6) {
    await daemon.passTo(hour * HOUR);
    await fail(daemon, "root", `203.0.113.${hour + 1}`);
    await say(daemon, "Accepted password for alice", "192.0.2.1");
  }
}

/** After quiet days, 20 sources try the same new name. */
async function rush(daemon: VirtualDaemon): Promise<void> {
  await beQuiet(daemon);
  for (let i = 0; i < 20; i++) {
    await daemon.passTo(120 * HOUR + i * 30_000);
    await failUnknown(daemon, "svc_backup", `2001:db8:${i}::1`);
  }
  await daemon.passTo(120 * HOUR + 20 * 30_000);
}

test("members of a campaign are banned at their first failure with an account that does not exist, and others count as usual", async () => {
  await using daemon = await openVirtualDaemon(config("act"));
  await rush(daemon);
  const began = eventOf(daemon, "campaign-began");
  assert.ok(began?.event === "campaign-began");
  assert.match(began.campaign, /^sshd-\d{4}-\d\d-\d\d-a$/);
  assert.equal(
    began.reason,
    "18 tries for accounts that were not tried before in 1 hour, usually 0",
  );
  await daemon.restart();
  await failUnknown(daemon, "svc_backup", "198.51.100.7");
  const [ban] = daemon.bansOf(subject("198.51.100.7"));
  assert.match(
    ban?.reason ?? "",
    /^campaign: 1 failure as a member of sshd-\S+ \(others try the same account, an account that was not tried before\)$/,
  );
  // Nobody is banned without an own failure, and who guessed before the campaign was found not afterwards.
  assert.equal(isBanned(daemon, "2001:db8:3::1"), false);
  // A user at home, one at a new place, and a stranger who tries something else.
  await failUnknown(daemon, "svc_backup", "192.0.2.1");
  for (let i = 0; i < 3; i++) await fail(daemon, "alice", "198.51.100.8");
  await fail(daemon, "root", "198.51.100.9");
  for (const address of ["192.0.2.1", "198.51.100.8", "198.51.100.9"])
    assert.equal(isBanned(daemon, address), false, address);
  await failUnknown(daemon, "svc_backup", "198.51.100.17");
  const { name } = (await listCampaigns(daemon))[0] ?? {};
  const [one] = await listCampaigns(daemon, name);
  // Two that came after it was found, and the two of now.
  assert.deepEqual(one?.banned.toSorted(), [
    ...["198.51.100.17", "198.51.100.7", "2001:db8:18::/64", "2001:db8:19::/64"],
  ]);
  assert.deepEqual(one.members[0]?.reasons, [
    "others try the same account",
    "an account that was not tried before",
  ]);
  assert.deepEqual(one.targets, [{ account: "svc_backup", tries: 4 }]);
  assert.equal(
    one.growth.reduce((sum, { members }) => sum + members, 0),
    one.sources,
  );
  // The ban of one member ends alone.
  await daemon.unban(subject("198.51.100.7"));
  assert.equal(isBanned(daemon, "198.51.100.7"), false);
  assert.equal((await listCampaigns(daemon))[0]?.banned.length, 3);
  await assert.rejects(listCampaigns(daemon, "sshd-2020-01-01-a"), /no campaign/);
});

test("a user at a new place who mistypes the own name during a campaign is not banned", async () => {
  await using daemon = await openVirtualDaemon(config("act"));
  await rush(daemon);
  await daemon.restart();
  for (const [i, name] of ["alic", "Alice", "alcie", "EXAMPLE\\alice", "allice"].entries()) {
    // One call of a client asks for the password three times.
    for (let n = 0; n < 3; n++) await failUnknown(daemon, name, `198.51.100.${i + 10}`);
    await fail(daemon, "alice", `198.51.100.${i + 10}`);
    const [ban] = daemon.bansOf(subject(`198.51.100.${i + 10}`));
    assert.equal(ban?.reason, undefined, name);
  }
  assert.deepEqual(await alarmsOf(daemon), []);
  for (let n = 0; n < 2; n++) await failUnknown(daemon, "svc_other", "198.51.100.20");
  assert.equal(isBanned(daemon, "198.51.100.20"), true);
});

test("a newcomer is not banned at the first failure, although members try the same account", async () => {
  await using daemon = await openVirtualDaemon(config("act"));
  await rush(daemon);
  // The account exists now, and nobody has logged in with it yet.
  await fail(daemon, "svc_backup", "198.51.100.7");
  assert.equal(isBanned(daemon, "198.51.100.7"), false);
  await daemon.passTo(121 * HOUR);
  await fail(daemon, "svc_backup", "198.51.100.7");
  const [ban] = daemon.bansOf(subject("198.51.100.7"));
  assert.match(ban?.reason ?? "", /^campaign: 2 failures as a member of sshd-/);
});

test("a user at a new place is banned at the second wrong password, if three members try the account", async () => {
  for (const members of [2, 3]) {
    await using daemon = await openVirtualDaemon(config("act"));
    await rush(daemon);
    for (let i = 0; i < members; i++) await fail(daemon, "alice", `2001:db8:${i + 5}::1`);
    await daemon.passTo(121 * HOUR);
    await fail(daemon, "alice", "198.51.100.7");
    assert.equal(isBanned(daemon, "198.51.100.7"), false);
    await daemon.passTo(121 * HOUR + 5000);
    await fail(daemon, "alice", "198.51.100.7");
    assert.equal(isBanned(daemon, "198.51.100.7"), members === 3, `${members} members`);
  }
});

test("a member whose ban has ended is an offender again, and without a ban only once", async () => {
  for (const [mode, bans] of [
    ["act", 3],
    ["report", 0],
  ] as const) {
    await using daemon = await openVirtualDaemon(config(mode).replace('"2d"', '"10m"'));
    await rush(daemon);
    for (let n = 0; n < 3; n++) {
      await failUnknown(daemon, "svc_backup", "198.51.100.7");
      await daemon.passTo(120 * HOUR + (n + 2) * 15 * 60_000);
      if (n === 0) await daemon.restart();
    }
    const of = (name: string): readonly string[] =>
      daemon.events.flatMap((event) =>
        event.event === name && "ip" in event && "reason" in event && event.ip === "198.51.100.7"
          ? [event.reason]
          : [],
      );
    assert.equal(of("ban").length, bans);
    assert.ok(of("ban").every((reason) => reason.startsWith("campaign: 1 failure as a member")));
    assert.equal(of("offense-suspected").length, mode === "act" ? 0 : 1);
  }
});

test("an unban of a campaign lifts the bans of its members, and keeps those that others decided", async () => {
  await using daemon = await openVirtualDaemon(config("act"));
  await rush(daemon);
  for (const address of ["198.51.100.7", "198.51.100.17"])
    await failUnknown(daemon, "svc_backup", address);
  // One that maxretry bans.
  for (let i = 0; i < 5; i++) await fail(daemon, "root", "198.51.100.9");
  // One that is banned by hand, and a network with a member.
  for (const one of ["198.51.100.50", "2001:db8:19::/48"])
    await daemon.answer.ban({ subject: one, jail: "sshd" }, "operator");
  const [campaign] = await listCampaigns(daemon);
  assert.ok(campaign !== undefined);
  assert.equal(campaign.banned.length, 4);
  await daemon.answer.unban(undoOf(campaign, campaign.banned), "operator");
  for (const address of ["198.51.100.7", "198.51.100.17", "2001:db8:18::1"])
    assert.equal(isBanned(daemon, address), false, address);
  for (const address of ["198.51.100.9", "198.51.100.50", "2001:db8:19::/48"])
    assert.equal(isBanned(daemon, address), true, address);
  assert.deepEqual((await listCampaigns(daemon))[0]?.banned, []);
});

test("with report, the campaign and its end are events, and nothing is banned", async () => {
  await using daemon = await openVirtualDaemon(config("report"));
  await rush(daemon);
  assert.ok(eventOf(daemon, "campaign-began") !== undefined);
  await failUnknown(daemon, "svc_backup", "198.51.100.7");
  assert.equal(isBanned(daemon, "198.51.100.7"), false);
  assert.ok(daemon.takeEvent("offense-suspected", subject("198.51.100.7")));
  await daemon.passTo(124 * HOUR);
  const ended = eventOf(daemon, "campaign-ended");
  assert.ok(ended?.event === "campaign-ended" && ended.sources >= 20);
});

test("a member that logs in raises the alarm", async () => {
  await using daemon = await openVirtualDaemon(config("report"));
  await rush(daemon);
  await say(daemon, "Accepted password for alice", "2001:db8:5::1");
  const alarm = eventOf(daemon, "compromise-suspected");
  assert.ok(alarm?.event === "compromise-suspected");
  assert.equal(alarm.user, "alice");
  assert.match(alarm.reason, /^it follows 1 failed attempt of a member of sshd-/);
});

/** Returns the addresses of the alarms in `status`, after checking that `doctor` shows the same. */
async function alarmsOf({ answer }: VirtualDaemon): Promise<readonly string[]> {
  const { suspected_compromises: shown } = await answer.status({}, "test");
  const { suspected_compromises: diagnosed } = await answer.doctor({}, "test");
  assert.deepEqual(diagnosed, shown);
  return shown.map(({ ip }) => ip);
}

test("an alarm shows everywhere and over a restart until it is acknowledged, or for 30 days", async () => {
  await using daemon = await openVirtualDaemon(config("report"));
  await rush(daemon);
  assert.deepEqual(await alarmsOf(daemon), []);
  await say(daemon, "Accepted password for alice", "2001:db8:5::1");
  await daemon.restart();
  assert.deepEqual(await alarmsOf(daemon), ["2001:db8:5::1"]);
  const why = await daemon.answer.why({ subject: "2001:db8:5::/64" }, "test");
  assert.ok(!("next" in why) && why.suspected_compromises[0]?.user === "alice");
  const [campaign] = await listCampaigns(daemon);
  assert.equal(campaign?.suspected_compromises[0]?.campaign, campaign?.name);

  assert.deepEqual(await daemon.answer.acknowledge({ subject: "198.51.100.7" }, "root"), []);
  await daemon.answer.acknowledge({ subject: "2001:db8:5::1" }, "root (uid 0)");
  assert.deepEqual(await alarmsOf(daemon), []);
  const [entry] = daemon.daemon.book.audit({ limit: 1 });
  assert.deepEqual(
    [entry?.action, entry?.who, entry?.subject],
    [...["compromise-acknowledged", "root (uid 0)", "2001:db8:5::1"]],
  );
  await daemon.restart();
  assert.deepEqual(await alarmsOf(daemon), []);

  await say(daemon, "Accepted password for alice", "2001:db8:6::1");
  daemon.stepClock(29 * 24 * HOUR);
  assert.deepEqual(await alarmsOf(daemon), ["2001:db8:6::1"]);
  daemon.stepClock(2 * 24 * HOUR);
  assert.deepEqual(await alarmsOf(daemon), []);
});

test("a login that is suspected as a compromise makes no ban wrong, and demotes no detector", async () => {
  await using daemon = await openVirtualDaemon(config("act").replace('"2d"', '"10m"'));
  await rush(daemon);
  const guessed = [7, 8, 9].map((i) => `198.51.100.${i}`);
  for (const address of guessed) await failUnknown(daemon, "svc_backup", address);
  await daemon.passTo(120 * HOUR + 30 * 60_000);
  for (const [i, address] of guessed.entries()) {
    assert.equal(isBanned(daemon, address), false);
    await say(daemon, `Accepted password for mallory${i}`, address);
  }
  assert.deepEqual((await alarmsOf(daemon)).toSorted(), guessed);
  // One of them is still logged in, and reaches maxretry.
  daemon.logIn("mallory0", subject("198.51.100.7"));
  for (let n = 0; n < 5; n++) await fail(daemon, "root", "198.51.100.7");
  assert.ok(eventOf(daemon, "lockout-guarded") !== undefined);
  const reply = await daemon.answer.quality({}, "test");
  const ranked = "length" in reply ? reply : (await Array.fromAsync(reply)).flat();
  assert.deepEqual(
    ranked.map(({ name, wrong, demoted }) => [name, wrong, demoted]),
    [["campaign", 0, false]],
  );
  await failUnknown(daemon, "svc_backup", "198.51.100.10");
  assert.equal(isBanned(daemon, "198.51.100.10"), true);
});

test("guessing of an account in another spelling is found, and the login after it raises the alarm", async () => {
  for (const name of ["Alice", "alice@example.org", "EXAMPLE\\alice"]) {
    await using daemon = await openVirtualDaemon(config("report"));
    await beQuiet(daemon);
    for (let i = 0; i < 20; i++) {
      await daemon.passTo(120 * HOUR + i * 30_000);
      await fail(daemon, name, `2001:db8:${i}::1`);
    }
    await daemon.passTo(121 * HOUR);
    assert.ok(eventOf(daemon, "campaign-began") !== undefined, name);
    await say(daemon, "Accepted password for alice", "2001:db8:99::1");
    assert.deepEqual(await alarmsOf(daemon), ["2001:db8:99::1"]);
  }
});

test("a user at home and a login with a key raise no alarm during a campaign", async () => {
  await using daemon = await openVirtualDaemon(config("report"));
  await rush(daemon);
  await say(daemon, "Accepted password for alice", "192.0.2.1");
  await say(daemon, "Accepted publickey for svc_backup", "198.51.100.30");
  await say(daemon, "Accepted publickey for bob", "2001:db8:5::1");
  assert.deepEqual(await alarmsOf(daemon), []);
  // The same account with a password, from another network.
  await say(daemon, "Accepted password for svc_backup", "203.0.113.200");
  assert.deepEqual(await alarmsOf(daemon), ["203.0.113.200"]);
});

test("off finds nothing", async () => {
  await using daemon = await openVirtualDaemon(config("off"));
  await rush(daemon);
  assert.equal(eventOf(daemon, "campaign-began"), undefined);
});
