import assert from "node:assert/strict";
import { test } from "node:test";
import type { FirewallUse } from "../domain/firewall-use.ts";
import { chooseEnforcer, describeUse, findConflicts, resolveAuto } from "./choose-enforcer.ts";
import { PLAIN_HOST } from "./choose-enforcer.fixture.ts";
import { configOf } from "./firewall.fixture.ts";

const KINDS = ["nftables", "iptables"];
const NO_NFTABLES: FirewallUse = {
  ...PLAIN_HOST,
  nftables: { usable: false, why: "this kernel has no nf_tables" },
};

test("nftables is chosen wherever it works, beside any other firewall", () => {
  for (const use of [
    PLAIN_HOST,
    { ...PLAIN_HOST, hasIptables: true, iptablesLegacy: ["filter"] },
    { ...PLAIN_HOST, firewalld: true, docker: true },
  ])
    assert.equal(chooseEnforcer(use, KINDS).name, "nftables");
});

test("iptables is chosen only where nf_tables cannot be used, with the reason", () => {
  assert.deepEqual(chooseEnforcer({ ...NO_NFTABLES, hasIptables: true }, KINDS), {
    name: "iptables",
    reason: "nf_tables cannot be used (this kernel has no nf_tables)",
  });
  const nothing = chooseEnforcer(NO_NFTABLES, KINDS);
  assert.deepEqual(
    [nothing.name, nothing.reason],
    ["nftables", "no firewall can be used here: this kernel has no nf_tables"],
  );
});

test("the choice replaces auto, and appears once", async () => {
  const config = await configOf({ sshd: ["auto", "edge"], nginx: ["auto", "nftables"] });
  const resolved = resolveAuto(config, { name: "nftables", reason: "" });
  assert.deepEqual(
    resolved.jails.map(({ enforcer }) => enforcer),
    [["nftables"], ["nftables", "edge"]],
  );
});

/** A host, the kinds in use, and the conflicts that are reported. */
const CONFLICTS: readonly (readonly [string, Partial<FirewallUse>, string, readonly RegExp[]])[] = [
  ["a plain host", {}, "nftables", []],
  [
    "nftables beside firewalld and Docker",
    { firewalld: true, docker: true, tables: ["inet firewalld"], iptablesNft: ["ip nat"] },
    "nftables",
    [],
  ],
  [
    "both variants of iptables",
    { iptablesNft: ["ip filter"], iptablesLegacy: ["filter"] },
    "nftables",
    [/^iptables-nft \(ip filter\) and iptables-legacy \(filter\) are both in use/],
  ],
  ["two front ends", { firewalld: true, ufw: true }, "nftables", [/^firewalld and ufw/]],
  [
    "bans in iptables on a host that filters with nftables",
    { tables: ["inet filter"] },
    "iptables",
    [/^bans are made with iptables, but this host filters with nftables \(inet filter\)/],
  ],
  [
    "bans in iptables beside firewalld",
    { firewalld: true, iptablesNft: ["ip filter"] },
    "iptables",
    [/^bans are made with iptables beside firewalld/],
  ],
  ["bans in iptables on a host that uses it", { iptablesNft: ["ip filter"] }, "iptables", []],
];

for (const [host, use, kind, expected] of CONFLICTS)
  test(`conflicts on ${host}: ${expected.length}`, () => {
    const found = findConflicts({ ...PLAIN_HOST, ...use }, [kind]);
    assert.equal(found.length, expected.length, JSON.stringify(found));
    for (const [i, pattern] of expected.entries()) assert.match(found[i]?.conflict ?? "", pattern);
  });

test("what a host uses is described in one line", () => {
  assert.equal(describeUse(PLAIN_HOST), "no other firewall");
  const use = { ...PLAIN_HOST, tables: ["inet filter"], ufw: true, docker: true };
  assert.equal(describeUse(use), "nftables (inet filter), ufw, Docker");
});
