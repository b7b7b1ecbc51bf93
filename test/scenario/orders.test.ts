/** Orders of an operator to a running daemon, through the composition root: reload, adjust, verify, manual bans. */
import assert from "node:assert/strict";
import test from "node:test";
import { parseSubject, type Subject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const config = (maxretry: number, more = ""): string => `[defaults]
maxretry = ${maxretry}
findtime = "10m"
bantime = "30m"
increment = { enabled = false }
enforcer = "memory"
${more}
[jails.sshd]
source = { file = ["/story"] }
`;

const WHO = "operator";
const OFFENDER = subject("192.0.2.7");

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

async function fail(daemon: VirtualDaemon, times: number, from: Subject = OFFENDER): Promise<void> {
  for (let pid = 1; pid <= times; pid++) {
    const at = new Date(daemon.now()).toISOString();
    const text = `sshd[${daemon.events.length + pid}]: Failed password for root from ${from} port 40022 ssh2`;
    await daemon.read([`${at} host ${text}`], "live");
  }
}

test("a reload keeps counts and applies the new threshold", async () => {
  await using daemon = await openVirtualDaemon(config(5));
  await fail(daemon, 3);
  assert.deepEqual(daemon.bansOf(OFFENDER), []);
  assert.ok((await daemon.reload(config(4))).ok);
  assert.equal(daemon.count(OFFENDER, "sshd"), 3);
  await fail(daemon, 1);
  assert.equal(daemon.bansOf(OFFENDER).length, 1);
});

test("a reload to a threshold that is already reached bans immediately", async () => {
  await using daemon = await openVirtualDaemon(config(5));
  await fail(daemon, 3);
  assert.ok((await daemon.reload(config(2))).ok);
  assert.equal(daemon.bansOf(OFFENDER).length, 1);
  assert.ok(await daemon.holds(OFFENDER));
});

test("an invalid configuration is refused, and the old one stays in force", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  const refused = await daemon.reload(config(3, "maxretries = 2\n"));
  assert.ok(!refused.ok);
  assert.ok(daemon.takeEvent("config-refused", undefined));
  await fail(daemon, 3);
  assert.equal(daemon.bansOf(OFFENDER).length, 1);
});

test("a reload that exempts a banned address lifts its ban", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  await fail(daemon, 3);
  assert.ok(await daemon.holds(OFFENDER));
  assert.ok((await daemon.reload(config(3, 'ignoreip = ["192.0.2.0/24"]\n'))).ok);
  assert.deepEqual(daemon.bansOf(OFFENDER), []);
  assert.ok(!(await daemon.holds(OFFENDER)));
});

test("an offense that waits for the ban budget is decided once, also over a reload that exempts it", async () => {
  const limit = "bans_per_minute = 1\n";
  await using daemon = await openVirtualDaemon(config(3, limit));
  const waiting = subject("192.0.2.8");
  await fail(daemon, 3);
  await fail(daemon, 3, waiting);
  assert.equal(daemon.bansOf(OFFENDER).length, 1);
  assert.deepEqual(daemon.bansOf(waiting), []);
  assert.ok((await daemon.reload(config(3, `${limit}ignoreip = ["${waiting}"]\n`))).ok);
  await daemon.passTo(120_000);
  assert.equal(daemon.ignored(waiting), 1);
  assert.deepEqual(daemon.bansOf(waiting), []);
});

test("an adjustment lasts until the next reload", async () => {
  await using daemon = await openVirtualDaemon(config(5));
  const reading = daemon.daemon.reading;
  const adjusted = await daemon.daemon.adjust(({ config: { jails, ...rest }, filters }) => ({
    config: { ...rest, jails: jails.map((jail) => ({ ...jail, maxretry: 2 })) },
    filters,
  }));
  assert.ok(adjusted.ok);
  assert.equal(daemon.daemon.reading, reading);
  await fail(daemon, 2);
  assert.equal(daemon.bansOf(OFFENDER).length, 1);
  assert.ok((await daemon.reload(config(5))).ok);
  const other = subject("192.0.2.8");
  await fail(daemon, 4, other);
  assert.deepEqual(daemon.bansOf(other), []);
});

test("a self-test proves the path of a line and leaves neither ban nor failure", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  const { outcome, steps } = await daemon.answer.verify({ jail: "sshd" }, WHO);
  assert.equal(outcome, "partly", JSON.stringify(steps));
  const proven = steps.filter((step) => step.outcome === "proven").map(({ step }) => step);
  assert.deepEqual(proven, ["attempt", "arrive", "match", "count", "decide", "record", "lift"]);
  assert.equal([...daemon.daemon.book.activeBans({})].length, 0);
  assert.equal(daemon.count(subject("198.51.100.200"), "sshd"), 0);
});

test("the daemon runs a self-test once a day", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  await daemon.passTo(3 * 86_400_000);
  const passed = daemon.events.filter(({ event }) => event === "canary-passed");
  assert.ok(passed.length >= 3 && passed.length <= 4, `${passed.length} self-tests`);
});

test("a manual ban is enforced, survives a restart and ends in time", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  await daemon.answer.ban({ subject: OFFENDER, for: 600_000 }, WHO);
  assert.ok(await daemon.holds(OFFENDER));
  await daemon.restart();
  assert.ok(await daemon.holds(OFFENDER));
  await daemon.passTo(599_000);
  assert.equal(daemon.bansOf(OFFENDER).length, 1);
  await daemon.passTo(600_000);
  assert.deepEqual(daemon.bansOf(OFFENDER), []);
  assert.ok(daemon.takeEvent("unban", OFFENDER));
});

test("unban lifts every ban that shares an address, or only that of the subject", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  const network = subject("192.0.2.0/24");
  const banAll = (): Promise<unknown> =>
    daemon.answer.ban({ subject: [network, OFFENDER, "192.0.2.9"] }, WHO);
  const liftedBy = async (order: {
    readonly subjects: readonly string[];
    readonly exact?: boolean;
    readonly jail?: string;
  }): Promise<readonly string[]> => {
    await banAll();
    const before = daemon.bansOf(network);
    await daemon.answer.unban({ all: false, ...order }, WHO);
    const after = daemon.bansOf(network).map((ban) => ban.subject);
    return before.map((ban) => ban.subject).filter((one) => !after.includes(one));
  };
  const exact = { exact: true, jail: "manual" };
  assert.deepEqual(await liftedBy({ ...exact, subjects: [OFFENDER] }), [OFFENDER]);
  assert.deepEqual(await liftedBy({ ...exact, subjects: [network] }), [network]);
  assert.deepEqual(await liftedBy({ ...exact, subjects: ["192.0.2.8"] }), []);
  assert.deepEqual((await liftedBy({ subjects: [OFFENDER] })).toSorted(), [network, OFFENDER]);
  // `why` names the command that lifts what it shows, and no other ban in the network.
  await banAll();
  const why = await daemon.answer.why({ subject: OFFENDER }, WHO);
  assert.deepEqual(why.bans.map((ban) => ban.subject).toSorted(), [network, OFFENDER]);
  assert.equal(why.undo, `bailiff unban ${OFFENDER}`);
});

test("a network that contains a large part of the internet is banned only with force", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  const wide = { subject: "64.0.0.0/3" };
  assert.partialDeepStrictEqual(await daemon.answer.ban(wide, WHO), [
    { outcome: "needs-force", detail: "it contains 1/8 of all IPv4 addresses" },
  ]);
  assert.partialDeepStrictEqual(await daemon.answer.ban({ ...wide, force: true }, WHO), [
    { outcome: "banned" },
  ]);
  assert.match(
    JSON.stringify(await daemon.answer.ban({ subject: "0.0.0.0/0", force: true }, WHO)),
    /"allow-listed".*"it contains every IPv4 address, with \d+ exempt .*127\.0\.0\.0\/8 \(loopback, always this host\)/,
  );
});

test("an order over an earlier one keeps its reason, and says what it replaced", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  const ip = "198.51.100.4";
  const until = (ms: number): string => new Date(daemon.now() + ms).toISOString();
  const first = await daemon.answer.allow({ subject: ip, for: 600_000, reason: "office" }, WHO);
  assert.deepEqual(first.replaced, []);
  const second = await daemon.answer.allow({ subject: ip }, WHO);
  assert.deepEqual(second.replaced, [{ subject: ip, until: until(600_000), reason: "office" }]);
  const [entry] = daemon.daemon.book.allowEntries(daemon.now());
  assert.partialDeepStrictEqual(entry, { until: "forever", reason: "office" });
  assert.deepEqual((await daemon.answer.allow({ subject: ip }, WHO)).replaced, []);
  await daemon.answer.ban({ subject: OFFENDER, for: 600_000, reason: "spam" }, WHO);
  const extended = await daemon.answer.ban({ subject: OFFENDER, for: 900_000 }, WHO);
  assert.partialDeepStrictEqual(extended, [
    { replaced: { until: until(600_000), reason: "spam" } },
  ]);
  assert.partialDeepStrictEqual(daemon.bansOf(OFFENDER), [{ reason: "spam" }]);
  await daemon.answer.ban({ subject: OFFENDER, for: "forever", reason: "x" }, WHO);
  assert.partialDeepStrictEqual(daemon.bansOf(OFFENDER), [{ reason: "x" }]);
});

test("a name in ignoreip exempts its address after the first answer", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  daemon.ports.names.set("vpn.example.org", [subject("192.0.2.7") as never]);
  assert.ok((await daemon.reload(config(3, 'ignoreip = ["vpn.example.org"]\n'))).ok);
  await fail(daemon, 3);
  assert.deepEqual(daemon.bansOf(OFFENDER), []);
  assert.equal(daemon.ignored(OFFENDER), 1);
});

test("a jail that reads is proven; its state says that it only observes", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  const { jails } = await daemon.answer.doctor({}, WHO);
  assert.deepEqual(
    jails.map(({ name, state }) => [name, state]),
    [["sshd", "observing"]],
  );
  const reads = jails[0]?.links.find(({ link }) => link === "source");
  assert.equal(reads?.verdict, "proven");
});

test("the undo of an unban restores the ban with its end, reason, origin and lines, once", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  await fail(daemon, 3);
  const order = { subject: OFFENDER, jail: "sshd" };
  const before = (await daemon.answer.why({ subject: OFFENDER }, WHO)).bans;
  assert.deepEqual([before[0]?.origin, before[0]?.evidence.length], ["detected", 3]);
  await assert.rejects(async () => daemon.answer.undo_unban(order, WHO), /can be restored/);
  await daemon.answer.unban({ subjects: [OFFENDER], jail: "sshd", all: false }, WHO);
  assert.ok(!(await daemon.holds(OFFENDER)));
  assert.equal((await daemon.answer.undo_unban(order, WHO)).outcome, "banned");
  assert.ok(await daemon.holds(OFFENDER));
  assert.deepEqual((await daemon.answer.why({ subject: OFFENDER }, WHO)).bans, before);
  assert.equal((await daemon.answer.undo_unban(order, WHO)).outcome, "already-banned");
  await daemon.restart();
  assert.equal((await daemon.answer.why({ subject: OFFENDER }, WHO)).bans[0]?.evidence.length, 3);
});

test("an unban is not undone after an hour, after the ban's end, or for an exempt address", async () => {
  await using daemon = await openVirtualDaemon(config(3));
  await fail(daemon, 3);
  const order = { subject: OFFENDER, jail: "sshd" };
  await daemon.answer.allow({ subject: OFFENDER }, WHO);
  assert.equal((await daemon.answer.undo_unban(order, WHO)).outcome, "allow-listed");
  await daemon.answer.disallow({ subject: OFFENDER }, WHO);
  await daemon.passTo(31 * 60_000);
  await assert.rejects(async () => daemon.answer.undo_unban(order, WHO), /can be restored/);
  await daemon.answer.ban({ ...order, for: "forever" }, WHO);
  await daemon.answer.unban({ subjects: [OFFENDER], all: false }, WHO);
  await daemon.passTo(31 * 60_000 + 3_600_001);
  await assert.rejects(async () => daemon.answer.undo_unban(order, WHO), /can be restored/);
});
