/**
 * The reason of each detector reaches the administrator: on the screen and in the JSON of `why`, in the notice of the
 * ban, and in `campaigns NAME` if the address is a member.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { describeOne } from "./campaigns.ts";
import { describeWhy } from "./why.ts";
import { openTerminal } from "../terminal.ts";
import type { DETECT } from "../../config/jail-settings.ts";
import { literalSubject } from "../../domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "../../../test/scenario/virtual-daemon.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const ATTACK = 120 * HOUR;

type DetectorName = {
  [Key in keyof typeof DETECT]: (typeof DETECT)[Key]["is"] extends "choice" ? Key : never;
}[keyof typeof DETECT];

interface Attempt {
  readonly at: number;
  readonly ip: string;
  /** With "+": the account does not exist. */
  readonly user: string;
}

interface Case {
  readonly attempts: readonly Attempt[];
  /** What it bans, and why. */
  readonly bans: string;
  readonly reason: RegExp;
  /** Why it is a member of a campaign; missing: it is none. */
  readonly tie?: string;
}

/** The second tries of many sources, each in another network. */
function wave(count: number, user: string): readonly Attempt[] {
  return Array.from({ length: count }, (_, i) =>
    [0, 20].map((minutes) => ({
      ...{ at: ATTACK + i * 20_000 + minutes * MINUTE, ip: `2001:db8:${i + 1}::7`, user },
    })),
  ).flat();
}

/** A new detector needs a case. */
const CASES: Readonly<Record<DetectorName, Case>> = {
  slow: {
    attempts: Array.from({ length: 12 }, (_, n) => ({
      ...{ at: ATTACK + n * 30 * MINUTE, ip: "198.51.100.7", user: "root" },
    })),
    ...{ bans: "198.51.100.7", reason: /^slow: 11 failures in 3 days, at most 2 an hour$/ },
  },
  evidence: {
    attempts: [{ at: ATTACK, ip: "198.51.100.7", user: "+trap" }],
    ...{ bans: "198.51.100.7", reason: /^evidence: 1 failure in 10m for a honeypot user$/ },
  },
  siege: {
    attempts: Array.from({ length: 6 }, (_, n) => ({
      ...{ at: ATTACK + n * MINUTE, ip: `198.51.100.${n + 1}`, user: "+oracle" },
    })),
    bans: "198.51.100.6",
    reason: /^siege: 1 failure in 10m while \d+ sources without a login fail, for a name/,
  },
  campaigns: {
    attempts: wave(45, "root"),
    ...{ bans: "2001:db8:45::/64", tie: "others try the same account" },
    reason: /^campaign: 2 failures as a member of sshd-\S+ \(others try the same account/,
  },
  accounts: {
    attempts: wave(20, "+svc_backup"),
    ...{ bans: "2001:db8:20::/64", tie: "an account that was not tried before" },
    reason:
      /^campaign: 1 failure as a member of sshd-\S+ \(.*an account that was not tried before\)$/,
  },
  subnets: {
    attempts: Array.from({ length: 8 }, (_, n) =>
      [0, 1].map((again) => ({
        ...{ at: ATTACK + n * MINUTE + again * 20_000, ip: `198.51.100.${n + 1}`, user: "root" },
      })),
    ).flat(),
    bans: "198.51.100.0/24",
    reason: /^subnets: 8 addresses of the network failed at least twice within a week/,
  },
};

const folder = mkdtempSync(join(tmpdir(), `bailiff-reasons-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

function configOf(name: string): string {
  const modes = Object.keys(CASES).map((one) => `${one} = "${one === name ? "act" : "off"}"`);
  return `[defaults]
enforcer = "memory"
detect = { ${modes.join(", ")}, honeypot_users = ["trap"] }

[jails.sshd]
source = { file = ["/story"] }

[notify.file]
kind = "command"
run = ["/usr/bin/tee", "--append", "${noticesOf(name)}"]
input = "json"
events = ["ban"]
`;
}

const noticesOf = (name: string): string => join(folder, `${name}.json`);

/** Five days of noise and logins, and then the attempts. */
async function live(daemon: VirtualDaemon, attempts: readonly Attempt[]): Promise<void> {
  let pid = 1000;
  const read = async (at: number, message: string): Promise<void> => {
    await daemon.passTo(at);
    pid++;
    const stamp = new Date(daemon.now()).toISOString();
    await daemon.read([`${stamp} host sshd[${pid}]: ${message}`], "live");
  };
  for (let at = 0; at < ATTACK; at += 6 * HOUR) {
    await read(at, `Failed password for root from 203.0.113.${at / HOUR + 1} port 1 ssh2`);
    await read(at + MINUTE, "Accepted password for alice from 192.0.2.1 port 1 ssh2");
  }
  for (const { at, ip, user } of attempts.toSorted((a, b) => a.at - b.at)) {
    const isUnknown = user.startsWith("+");
    const message = isUnknown ? `Invalid user ${user.slice(1)}` : `Failed password for ${user}`;
    await read(at, `${message} from ${ip} port 1${isUnknown ? "" : " ssh2"}`);
  }
}

const TERMINAL = { ...openTerminal(), width: 300 };

async function assertShown(daemon: VirtualDaemon, { bans, tie, reason }: Case): Promise<string> {
  const subject = literalSubject(bans);
  const why = await daemon.answer.why({ subject }, "operator");
  assert.ok(!("next" in why));
  const [ban] = why.bans;
  assert.ok(ban !== undefined, `${bans} is not banned`);
  assert.match(ban.reason, reason);
  assert.ok(describeWhy(why, TERMINAL).includes(ban.reason));
  if (tie === undefined) return ban.reason;
  const [, name = ""] = /member of (\S+)/.exec(ban.reason) ?? [];
  const reply = await daemon.answer.campaigns({ name }, "operator");
  const [campaign] = "length" in reply ? reply : (await Array.fromAsync(reply)).flat();
  const member = campaign?.members.find((one) => one.subject === bans);
  assert.ok(campaign?.banned.includes(bans) === true && member?.reasons.includes(tie) === true);
  const rows = describeOne(campaign, TERMINAL).split("\n");
  assert.ok(
    rows.some((row) => row.startsWith(bans) && row.includes(tie)),
    rows.join("\n"),
  );
  return ban.reason;
}

for (const [name, one] of Object.entries(CASES))
  test(`the reason of ${name} shows in why, in the notice, and in its campaign`, async () => {
    const daemon = await openVirtualDaemon(configOf(name));
    let reason: string;
    try {
      await live(daemon, one.attempts);
      reason = await assertShown(daemon, one);
    } finally {
      // Sends what waits.
      await daemon[Symbol.asyncDispose]();
    }
    const sent = readFileSync(noticesOf(name), "utf8");
    assert.ok(sent.includes(`: ${reason}"`), sent.slice(-2000));
  });
