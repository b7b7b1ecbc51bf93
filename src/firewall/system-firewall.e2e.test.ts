/** Reads which firewalls a network uses beside bailiff, and which of them are in conflict, from real rules. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { before, beforeEach, test } from "node:test";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { describeUse, findConflicts } from "./choose-enforcer.ts";
import { openTestIptables, releaseEnforcer } from "./iptables.fixture.ts";
import { systemFirewall } from "./system-firewall.ts";

const NFTABLES_RULES = `table inet filter {
  chain input { type filter hook input priority 0; policy accept; tcp dport 9 drop; }
}`;
const RULE = "-A INPUT -p tcp --dport 9 -j DROP";

before(async () => {
  const entered = await enterOwnNetwork();
  assert.ok(entered.ok, entered.ok ? "" : entered.error);
});

beforeEach(() => {
  run("nft flush ruleset");
  for (const command of ["iptables-legacy", "ip6tables-legacy"]) {
    run(`${command} -P INPUT ACCEPT`);
    run(`${command} -F`);
  }
});

function run(command: string, input = ""): void {
  const [program = "", ...args] = command.split(" ");
  execFileSync(program, args, { input });
}

async function seen(...used: readonly string[]): Promise<readonly [string, readonly string[]]> {
  const use = await systemFirewall.readUse();
  return [describeUse(use), findConflicts(use, used).map(({ conflict }) => conflict)];
}

for (const variant of ["nft", "legacy"] as const)
  test(`bans in iptables-${variant} are no rules of the host`, async () => {
    const enforcer = await openTestIptables({ variant });
    assert.deepEqual(await seen("iptables"), ["no other firewall", []]);
    run("nft -f -", NFTABLES_RULES);
    const [use, conflicts] = await seen("iptables");
    assert.equal(use, "nftables (inet filter)");
    assert.match(conflicts.join(), /^bans are made with iptables, but this host filters with nft/);
    // A host with rules in iptables, too, looks there.
    run(`iptables-${variant} ${RULE}`);
    assert.deepEqual((await seen("iptables"))[1], []);
    await releaseEnforcer(enforcer);
  });

test("legacy tables that were only listed are in conflict with nothing", async () => {
  run("iptables-legacy -S");
  run("iptables-legacy -t nat -S");
  run(`iptables-nft ${RULE}`);
  assert.deepEqual(await seen("nftables"), ["iptables-nft (ip filter)", []]);
});

for (const rule of [RULE, "-P INPUT DROP", "-t nat -A POSTROUTING -j RETURN"])
  test(`rules of both variants are in conflict: ${rule}`, async () => {
    run(`ip6tables-legacy ${rule}`);
    run(`ip6tables-nft ${RULE}`);
    const [, conflicts] = await seen("nftables");
    assert.match(
      conflicts.join(),
      /^iptables-nft \(ip6 filter\) and iptables-legacy \(.+\) are both/,
    );
    run("ip6tables-legacy -t nat -F");
  });
