/** Answers of the control socket are correct: ends of bans, earlier bans, the jail of manual bans, an invalid peer. */
import assert from "node:assert/strict";
import test from "node:test";
import type { BanResult } from "../../src/control/ban-messages.ts";
import type { Commands } from "../../src/control/messages.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
ignoreip = ["192.0.2.99"]
enforcer = "memory"

[jails.sshd]
source = { file = ["/story"] }
`;
const WHO = "operator";
const OFFENDER = "192.0.2.7";
const EXEMPT = "192.0.2.99";
const HOUR = 3_600_000;

async function ban(
  daemon: VirtualDaemon,
  input: Commands["ban"]["in"],
): Promise<readonly BanResult[]> {
  const reply: unknown = await daemon.answer.ban(input, WHO);
  assert.ok(Array.isArray(reply));
  return reply;
}

async function takeOver(daemon: VirtualDaemon, subject: string, at: number): Promise<string> {
  const ban = { subject, jail: "sshd", at, until: at + 24 * HOUR, failures: 3, earlier: 2 };
  const bans = [{ ...ban, past: [], lines: [] }];
  const { results } = await daemon.answer.take_over({ from: "fail2ban", bans }, WHO);
  return `${results[0]?.outcome}: ${results[0]?.detail}`;
}

test("a ban that already exists is answered with its end", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (const jail of ["sshd", "manual"]) {
    const [banned] = await ban(daemon, { subject: OFFENDER, jail, for: HOUR });
    const [again] = await ban(daemon, { subject: OFFENDER, jail, for: 1000 });
    assert.equal(banned?.until, new Date(daemon.now() + HOUR).toISOString());
    assert.deepEqual([again?.outcome, again?.until], ["already-banned", banned?.until]);
  }
  await ban(daemon, { subject: "192.0.2.8", for: "forever" });
  const [forever] = await ban(daemon, { subject: "192.0.2.8", for: 1000 });
  assert.deepEqual([forever?.outcome, forever?.until], ["already-banned", null]);
});

test("the jail of manual bans can be named in requests where it is optional", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const [named] = await ban(daemon, { subject: OFFENDER, jail: "manual" });
  assert.deepEqual([named?.jail, named?.outcome], ["manual", "banned"]);
  const allowed = await daemon.answer.allowed({ jail: "manual" }, WHO);
  assert.ok(Array.isArray(allowed));
});

test("an invalid peer address is refused by ban and take_over", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (const peer of ["nonsense", "example.org", "192.0.2.0/24"]) {
    await assert.rejects(daemon.answer.ban({ subject: OFFENDER, peer }, WHO), {
      code: "no-address",
    });
    const order = { from: "fail2ban", bans: [], peer };
    await assert.rejects(daemon.answer.take_over(order, WHO), { code: "no-address" });
  }
  assert.deepEqual([...daemon.daemon.book.activeBans({})], []);
});

test("a ban with earlier bans of unknown time is imported once, and does not count as lifted", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const at = daemon.now() - HOUR;
  assert.match(await takeOver(daemon, OFFENDER, at), /^banned: /);
  assert.match(await takeOver(daemon, OFFENDER, at), /^already: it is banned here/);
  const { history } = await daemon.answer.why({ subject: OFFENDER }, WHO);
  const reason = "taken over from fail2ban: earlier ban, its time is unknown";
  assert.deepEqual(
    history.map((past) => [past.reason, past.from === past.until]),
    [
      [reason, true],
      [reason, true],
    ],
  );
  await daemon.answer.unban({ subjects: [OFFENDER], all: false }, WHO);
  assert.match(await takeOver(daemon, OFFENDER, at), /^already: .* lifted since/);
});

test("importing a ban of an exempt address adds nothing to its history", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  assert.match(await takeOver(daemon, EXEMPT, daemon.now() - HOUR), /^allow-listed: /);
  const { history } = await daemon.answer.why({ subject: EXEMPT }, WHO);
  assert.deepEqual(history, []);
});
