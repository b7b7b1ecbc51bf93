/** What detectors leave for an administrator: the reason of a ban, and the lines that led to it. */
import assert from "node:assert/strict";
import test from "node:test";
import type { WhyReply } from "../../src/control/ban-messages.ts";
import { literalSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
enforcer = "memory"
detect = { honeypot_users = ["trap"] }

[jails.sshd]
source = { file = ["/story"] }
`;
const HALF_HOUR = 1_800_000;

let pid = 0;
async function read(daemon: VirtualDaemon, message: string): Promise<void> {
  pid++;
  const stamp = new Date(daemon.now()).toISOString();
  await daemon.read([`${stamp} host sshd[${pid}]: ${message}`], "live");
}

async function why(daemon: VirtualDaemon, subject: string): Promise<WhyReply["bans"][number]> {
  const { bans } = await daemon.answer.why({ subject }, "operator");
  const [ban] = bans;
  assert.ok(ban !== undefined, "it is banned");
  return ban;
}

test("a ban for slow guessing shows its reason, and the lines of all three days", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (let n = 0; n <= 10; n++) {
    await daemon.passTo(n * HALF_HOUR);
    await read(daemon, "Failed password for root from 192.0.2.7 port 40022 ssh2");
  }
  const { reason, failures, evidence } = await why(daemon, "192.0.2.7");
  assert.equal(reason, "slow: 11 failures in 3 days, at most 2 an hour");
  assert.deepEqual([failures, evidence.length], [11, 11]);
});

test("a ban because of evidence says how many failures there were", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  await read(daemon, "Invalid user trap from 192.0.2.7 port 40022");
  const { reason, failures, evidence } = await why(daemon, "192.0.2.7");
  assert.equal(reason, "evidence: 1 failure in 10m for a honeypot user");
  assert.deepEqual([failures, evidence.length], [1, 1]);
});

test("why counts failures as their event did, also after a restart", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (const user of ["oracle", "postgres"])
    await read(daemon, `Invalid user ${user} from 192.0.2.7 port 40022`);
  const counts = daemon.events.flatMap((event) => (event.event === "failure" ? [event.count] : []));
  assert.deepEqual(counts, [1, 3]);
  for (let starts = 0; starts < 2; starts++) {
    const { verdict, watching } = await daemon.answer.why({ subject: "192.0.2.7" }, "operator");
    assert.equal(verdict, "not banned; 3 of 5 failures in sshd");
    const [jail] = watching;
    assert.deepEqual([jail?.failures, jail?.evidence.map(({ counts: n }) => n)], [3, [1, 2]]);
    await daemon.restart();
  }
});

test("what a detector found keeps its reason while it waits for the budget, and a login ends the wait", async () => {
  const config = CONFIG.replace("[jails.sshd]", "bans_per_minute = 1\n\n[jails.sshd]");
  await using daemon = await openVirtualDaemon(config);
  for (const ip of ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    await read(daemon, `Invalid user trap from ${ip} port 40022`);
  const waiting = ["192.0.2.2", "192.0.2.3"].map(literalSubject);
  assert.deepEqual(waiting.flatMap(daemon.bansOf.bind(daemon)), []);
  await read(daemon, "Accepted password for alice from 192.0.2.3 port 1 ssh2");
  for (let elapsed = 20_000; elapsed <= 140_000; elapsed += 20_000) await daemon.passTo(elapsed);
  const { reason } = await why(daemon, "192.0.2.2");
  assert.equal(reason, "evidence: 1 failure in 10m for a honeypot user");
  assert.deepEqual(daemon.bansOf(literalSubject("192.0.2.3")), []);
});

test("a detector that only reports hides an address from no other detector", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  // Three wrong bans demote evidence.
  for (const ip of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) {
    await read(daemon, `Invalid user trap from ${ip} port 40022`);
    await daemon.unban(literalSubject(ip));
  }
  // Each burst of three unknown users reaches maxretry only by the weight of evidence.
  for (let burst = 0; burst < 2; burst++) {
    await daemon.passTo((burst + 1) * HALF_HOUR);
    for (const user of ["oracle", "postgres", "jenkins"])
      await read(daemon, `Invalid user ${user} from 192.0.2.7 port 40022`);
  }
  const { reason } = await why(daemon, "192.0.2.7");
  assert.match(reason, /^slow: \d+ failures in 3 days/);
});

test("no detector bans an address with a login, and it is no sign of a siege", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (let user = 1; user <= 6; user++) {
    const from = `from 192.0.2.${user} port 1 ssh2`;
    await read(daemon, `Accepted password for alice ${from}`);
    await read(daemon, `Failed password for alice ${from}`);
  }
  for (let n = 0; n <= 10; n++) {
    await daemon.passTo((n + 1) * HALF_HOUR);
    await read(daemon, "Failed password for bob from 192.0.2.1 port 1 ssh2");
  }
  await read(daemon, "Invalid user trap from 192.0.2.2 port 1");
  for (const ip of ["192.0.2.1", "192.0.2.2"])
    assert.deepEqual(daemon.bansOf(literalSubject(ip)), [], ip);
  assert.ok(!daemon.events.some(({ event }) => event === "siege-began"));
});

test("what is only reported is an event for each offense, not for each failure", async () => {
  const report = CONFIG.replace("detect = {", 'detect = { evidence = "report",');
  await using daemon = await openVirtualDaemon(report);
  for (const user of ["oracle", "postgres", "jenkins", "ubuntu"])
    await read(daemon, `Invalid user ${user} from 192.0.2.7 port 1`);
  const events = daemon.events.filter(({ event }) => event === "offense-suspected");
  assert.equal(events.length, 1);
});

test("evidence counts no longer after a reload that lets it only report, also what it added before", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (const ip of ["192.0.2.7", "192.0.2.8"])
    for (const user of ["oracle", "postgres"])
      await read(daemon, `Invalid user ${user} from ${ip} port 1`);
  const report = CONFIG.replace("detect = {", 'detect = { evidence = "report",');
  await daemon.reload(report);
  for (let n = 0; n < 3; n++) {
    assert.deepEqual(daemon.bansOf(literalSubject("192.0.2.7")), [], `${n + 2} failures`);
    await read(daemon, "Failed password for root from 192.0.2.7 port 1 ssh2");
  }
  const { reason } = await why(daemon, "192.0.2.7");
  assert.equal(reason, "5 failures in 10m");
  // Two failures are fewer than a lower limit, too.
  await daemon.reload(report.replace("[defaults]", "[defaults]\nmaxretry = 3"));
  assert.deepEqual(daemon.bansOf(literalSubject("192.0.2.8")), []);
});
