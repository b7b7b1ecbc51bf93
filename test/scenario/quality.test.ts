/** What counts as a wrong ban, and what happens to a detector that was wrong too often. */
import assert from "node:assert/strict";
import test from "node:test";
import type { QualityReply } from "../../src/control/quality-messages.ts";
import { literalSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
enforcer = "memory"
detect = { honeypot_users = ["trap"] }

[jails.sshd]
source = { file = ["/story"] }
bantime = "10m"
`;
const HOUR = 3_600_000;
const MINUTE = 60_000;

let pid = 0;
async function read(daemon: VirtualDaemon, message: string): Promise<void> {
  const stamp = new Date(daemon.now()).toISOString();
  pid++;
  await daemon.read([`${stamp} host sshd[${pid}]: ${message}`], "live");
}

async function fail(daemon: VirtualDaemon, ip: string): Promise<void> {
  for (let n = 0; n < 5; n++) await read(daemon, `Failed password for root from ${ip} port 1 ssh2`);
}

async function ranking(daemon: VirtualDaemon): Promise<readonly QualityReply[]> {
  const reply = await daemon.answer.quality({}, "operator");
  return "length" in reply ? reply : (await Array.fromAsync(reply)).flat();
}

test("a ban that is lifted by hand within a day counts against its rule, a later one does not", async () => {
  await using daemon = await openVirtualDaemon(CONFIG.replace('"10m"', '"3d"'));
  await fail(daemon, "192.0.2.7");
  await fail(daemon, "192.0.2.8");
  await daemon.passTo(HOUR);
  await daemon.unban(literalSubject("192.0.2.7"));
  await daemon.passTo(25 * HOUR);
  await daemon.unban(literalSubject("192.0.2.8"));
  const [rule, ...others] = await ranking(daemon);
  assert.deepEqual(others, []);
  assert.partialDeepStrictEqual(rule, {
    ...{ jail: "sshd", kind: "rule", bans: 2, wrong: 1, unbanned: 1, logins: 0, guarded: 0 },
    demoted: false,
  });
});

test("the undo of an unban takes back that the ban was wrong; an earlier wrong ban of others stays", async () => {
  await using daemon = await openVirtualDaemon(CONFIG.replace('"10m"', '"3d"'));
  const wrong = async (): Promise<unknown> => {
    const [rule] = await ranking(daemon);
    return [rule?.bans, rule?.wrong, rule?.unbanned];
  };
  await fail(daemon, "192.0.2.7");
  await fail(daemon, "192.0.2.8");
  await daemon.passTo(HOUR);
  for (const ip of ["192.0.2.7", "192.0.2.8"]) await daemon.unban(literalSubject(ip));
  assert.deepEqual(await wrong(), [2, 2, 2]);
  const order = { subject: "192.0.2.8", jail: "sshd" };
  assert.equal((await daemon.answer.undo_unban(order, "operator")).outcome, "banned");
  assert.deepEqual(await wrong(), [2, 1, 1]);
  await daemon.restart();
  assert.deepEqual(await wrong(), [2, 1, 1]);
  await daemon.unban(literalSubject("192.0.2.8"));
  assert.deepEqual(await wrong(), [2, 2, 2], "it was lifted again");
});

test("an undone unban leaves a detector in force that it had demoted", async () => {
  await using daemon = await openVirtualDaemon(CONFIG.replace('"10m"', '"3d"'));
  const ips = ["192.0.2.31", "192.0.2.32", "192.0.2.33"];
  for (const ip of ips)
    await read(daemon, `Failed password for invalid user trap from ${ip} port 1 ssh2`);
  for (const ip of ips) await daemon.unban(literalSubject(ip));
  assert.deepEqual(
    (await ranking(daemon)).map(({ demoted }) => demoted),
    [true],
  );
  await daemon.answer.undo_unban({ subject: "192.0.2.33", jail: "sshd" }, "operator");
  assert.deepEqual(
    (await ranking(daemon)).map(({ demoted }) => demoted),
    [false],
  );
});

test("a login counts against each jail that had banned its address", async () => {
  const both = `${CONFIG}[jails.other]\nfilter = "sshd"\nsource = { file = ["/story"] }\nbantime = "10m"\nipv6_prefix = 60\n`;
  await using daemon = await openVirtualDaemon(both);
  for (const [i, ip] of ["192.0.2.7", "2001:db8::7"].entries()) {
    await fail(daemon, ip);
    await daemon.passTo((i + 1) * 20 * MINUTE);
    await read(daemon, `Accepted password for alice from ${ip} port 1 ssh2`);
  }
  assert.deepEqual(
    (await ranking(daemon)).map(({ jail, bans, logins, wrong }) => [jail, bans, logins, wrong]),
    [
      ["other", 2, 2, 2],
      ["sshd", 2, 2, 2],
    ],
  );
});

test("a login after a ban's end counts, also over a restart, and one much later does not", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  await fail(daemon, "192.0.2.7");
  await fail(daemon, "192.0.2.8");
  await daemon.passTo(20 * MINUTE);
  await daemon.restart();
  await read(daemon, "Accepted password for alice from 192.0.2.7 port 1 ssh2");
  await daemon.passTo(8 * 24 * HOUR);
  await read(daemon, "Accepted password for bob from 192.0.2.8 port 1 ssh2");
  const [rule] = await ranking(daemon);
  assert.partialDeepStrictEqual(rule, { bans: 2, wrong: 1, unbanned: 0, logins: 1 });
});

test("a reset starts the counts of a rule again, without bans of before, and is audited", async () => {
  const config = CONFIG.replace('"10m"', '"2h"');
  await using daemon = await openVirtualDaemon(config);
  const subjects = ["192.0.2.7", "192.0.2.8", "192.0.2.9"].map(literalSubject);
  for (const subject of subjects) await fail(daemon, subject);
  await daemon.unban(literalSubject("192.0.2.7"));
  const [before] = await ranking(daemon);
  const order = { jail: "sshd", name: before?.name ?? "" };
  assert.deepEqual(await daemon.answer.reset_quality({ ...order, name: "other" }, "operator"), []);
  await daemon.passTo(MINUTE);
  const done = await daemon.answer.reset_quality(order, "operator (uid 1000)");
  assert.partialDeepStrictEqual(done, [{ bans: 3, wrong: 1, kind: "rule" }]);
  const [entry] = daemon.daemon.book.audit({ limit: 1 });
  assert.deepEqual([entry?.action, entry?.who], ["quality-reset", "operator (uid 1000)"]);
  assert.match(entry?.detail ?? "", /^rule \S+: was wrong about 1 address .* with 3 bans$/);
  await daemon.restart();
  // One ban of before is lifted, and the other ends; then a new one is lifted.
  await daemon.unban(literalSubject("192.0.2.8"));
  await daemon.passTo(3 * HOUR);
  await read(daemon, "Accepted password for alice from 192.0.2.9 port 1 ssh2");
  assert.deepEqual(await ranking(daemon), []);
  await fail(daemon, "192.0.2.30");
  await daemon.unban(literalSubject("192.0.2.30"));
  assert.partialDeepStrictEqual(await ranking(daemon), [{ bans: 1, wrong: 1 }]);
});

test("an offense of an address with a logged-in user counts, without a ban", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  daemon.logIn("alice", literalSubject("192.0.2.7"));
  await fail(daemon, "192.0.2.7");
  assert.deepEqual(daemon.bansOf(literalSubject("192.0.2.7")), []);
  const [rule] = await ranking(daemon);
  assert.partialDeepStrictEqual(rule, { bans: 0, wrong: 1, guarded: 1 });
});

test("a detector that was wrong about three addresses only reports, and says so, also after a restart", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (const ip of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) {
    await read(daemon, `Invalid user trap from ${ip} port 1`);
    assert.equal(daemon.bansOf(literalSubject(ip)).length, 1);
    await daemon.unban(literalSubject(ip));
  }
  const demoted = daemon.events.filter(({ event }) => event === "detector-demoted");
  assert.partialDeepStrictEqual(demoted, [{ jail: "sshd", detector: "evidence" }]);
  await daemon.restart();
  const fourth = literalSubject("192.0.2.4");
  await read(daemon, "Invalid user trap from 192.0.2.4 port 1");
  assert.deepEqual(daemon.bansOf(fourth), []);
  assert.ok(daemon.takeEvent("offense-suspected", fourth));
  const text =
    /^the detector evidence of jail sshd only reports, because it was wrong about 3 addresses within 30 days, with 3 bans/;
  const { demoted_detectors: shown } = await daemon.answer.status({}, "operator");
  assert.match(shown[0] ?? "", text);
  const { notes } = await daemon.answer.doctor({}, "operator");
  assert.ok(notes.some((note) => text.test(note)));
  // maxretry still bans.
  await fail(daemon, "192.0.2.4");
  assert.equal(daemon.bansOf(fourth).length, 1);
});

test("only accounts that logged in before, from different networks, demote a detector", async () => {
  const apart = ["192.0.2.1", "198.51.100.2", "203.0.113.3"];
  const site = ["2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1"];
  for (const { addresses, known, demoted } of [
    { addresses: apart, known: true, demoted: true },
    { addresses: apart, known: false, demoted: false },
    { addresses: site, known: true, demoted: false },
  ])
    for (const kind of ["login", "session"]) {
      await using daemon = await openVirtualDaemon(CONFIG);
      const users = ["alice", "bob", "carol"].slice(0, known ? 3 : 0);
      for (const [n, user] of users.entries())
        await read(daemon, `Accepted password for ${user} from 100.64.${n}.1 port 1 ssh2`);
      await daemon.passTo(25 * HOUR);
      for (const [n, ip] of addresses.entries()) {
        const user = ["alice", "bob", "carol"][n] ?? "";
        if (kind === "session") daemon.logIn(user, literalSubject(ip));
        await read(daemon, `Invalid user trap from ${ip} port 1`);
      }
      await daemon.passTo(26 * HOUR);
      for (const [n, ip] of addresses.entries())
        if (kind === "login")
          await read(
            daemon,
            `Accepted password for ${["alice", "bob", "carol"][n]} from ${ip} port 1 ssh2`,
          );
      const [rank] = await ranking(daemon);
      assert.deepEqual(
        [rank?.wrong, rank?.demoted],
        [3, demoted],
        `${addresses.join()} ${known} ${kind}`,
      );
      await daemon.restart();
      assert.equal((await ranking(daemon))[0]?.demoted, demoted);
    }
});

test("one account that logs in from three banned addresses demotes no detector", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const addresses = ["192.0.2.1", "198.51.100.2", "203.0.113.3"];
  for (const ip of addresses) await read(daemon, `Invalid user trap from ${ip} port 1`);
  await daemon.passTo(20 * MINUTE);
  for (const ip of addresses)
    await read(daemon, `Accepted password for mallory from ${ip} port 1 ssh2`);
  assert.partialDeepStrictEqual(await ranking(daemon), [{ bans: 3, logins: 3, demoted: false }]);
  await read(daemon, "Invalid user trap from 192.0.2.4 port 1");
  assert.equal(daemon.bansOf(literalSubject("192.0.2.4")).length, 1);
});

test("a login before a ban's end, whose line comes late, counts against nobody", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  await fail(daemon, "192.0.2.7");
  await daemon.passTo(20 * MINUTE);
  const stamp = new Date(daemon.now() - 15 * MINUTE).toISOString();
  const line = `${stamp} host sshd[99]: Accepted password for alice from 192.0.2.7 port 1 ssh2`;
  await daemon.read([line], "live");
  assert.partialDeepStrictEqual(await ranking(daemon), [{ bans: 1, wrong: 0, logins: 0 }]);
});
