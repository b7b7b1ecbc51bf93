/** Reads the firewalls of a network namespace that the test fills with nft. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { before, test } from "node:test";
import { chainsIn, readFirewallUse, readNftablesSupport } from "./firewall-use.ts";
import { enterOwnNetwork } from "./own-network.fixture.ts";

before(async () => {
  const entered = await enterOwnNetwork();
  assert.ok(entered.ok, entered.ok ? "" : entered.error);
});

function nft(rules: string): void {
  execFileSync("nft", ["-f", "-"], { input: rules });
}

test("an empty network has no other firewall, and nf_tables works", async () => {
  assert.deepEqual(await readNftablesSupport(), { usable: true });
  const { nftables, tables, iptablesNft, iptablesLegacy, docker } =
    await readFirewallUse("bailiff");
  assert.deepEqual(nftables, { usable: true });
  assert.deepEqual([tables, iptablesNft, iptablesLegacy, docker], [[], [], [], false]);
});

test("tables of iptables, of Docker and of others are distinguished, and ours is left out", async () => {
  nft(`
add table inet bailiff
add chain inet bailiff guard { type filter hook prerouting priority -310; }
add table inet filter
add chain inet filter input { type filter hook input priority 0; }
add table ip filter
add chain ip filter DOCKER-USER
`);
  const { tables, iptablesNft, docker } = await readFirewallUse("bailiff");
  assert.deepEqual([tables, iptablesNft, docker], [["inet filter"], ["ip filter"], true]);
});

test("an unexpected listing is not read as an empty one", () => {
  for (const listing of [undefined, null, 5, {}, { nftables: 5 }])
    assert.equal(chainsIn(listing), undefined);
  assert.deepEqual(chainsIn({ nftables: [null, { metainfo: {} }, { chain: 5 }] }), []);
});
