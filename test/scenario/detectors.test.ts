/** What detectors leave for an administrator: the reason of a ban, and the lines that led to it. */
import assert from "node:assert/strict";
import test from "node:test";
import type { WhyReply } from "../../src/control/ban-messages.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
enforcer = "memory"
detect = { honeypot_users = ["trap"] }

[jails.sshd]
source = { file = ["/story"] }
`;
const HALF_HOUR = 1_800_000;

async function read(daemon: VirtualDaemon, message: string): Promise<void> {
  const stamp = new Date(daemon.now()).toISOString();
  await daemon.read([`${stamp} host sshd[1]: ${message}`], "live");
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
