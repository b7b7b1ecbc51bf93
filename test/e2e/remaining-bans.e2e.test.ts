/**
 * Counts the bans that real firewalls hold after their daemon is gone, and compares which networks they take with what
 * is stated. In separate namespaces with a real firewalld.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { explainRemainingBans } from "../../src/cli/remaining-bans.ts";
import type { Enforcer } from "../../src/domain/enforcer.ts";
import { instant } from "../../src/domain/instant.ts";
import { add } from "../../src/firewall/enforcer.contract.ts";
import { ABILITIES } from "../../src/firewall/enforcer-abilities.ts";
import { openTestFirewalld } from "../../src/firewall/firewalld.fixture.ts";
import { openTestIptables } from "../../src/firewall/iptables.fixture.ts";
import { openNftables } from "../../src/firewall/nftables.ts";
import { type OwnFirewalld, startOwnFirewalld } from "../../src/firewall/own-firewalld.fixture.ts";
import { openRoute } from "../../src/firewall/route.ts";

let firewalld: OwnFirewalld;
before(async () => {
  firewalld = await startOwnFirewalld();
});
after(() => firewalld[Symbol.asyncDispose]());

const PLAIN = { ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} };

async function unwrap<E extends Enforcer>(
  opening: Promise<
    { readonly ok: true; readonly value: E } | { readonly ok: false; readonly error: unknown }
  >,
): Promise<E> {
  const opened = await opening;
  assert.ok(opened.ok, JSON.stringify(opened));
  return opened.value;
}

const PLACES: readonly (readonly [
  place: string,
  stated: keyof typeof ABILITIES,
  open: () => Promise<Enforcer>,
])[] = [
  ["nftables", "nftables", () => unwrap(openNftables({ ...PLAIN, verdict: { kind: "drop" } }))],
  ["ipsets of iptables", "iptables", () => openTestIptables({ variant: "nft", ipset: true })],
  [
    "rules of iptables",
    "iptables, ipset = false",
    () => openTestIptables({ variant: "nft", ipset: false }),
  ],
  [
    "rules of iptables",
    "iptables, ipset = false",
    () => openTestIptables({ variant: "legacy", ipset: false }),
  ],
  ["firewalld", "firewalld, direct rules", () => openTestFirewalld({ rules: "direct" })],
  ["firewalld", "firewalld, policy rules", () => openTestFirewalld({ rules: "policy" })],
  ["routes", "route", () => unwrap(openRoute({ ...PLAIN, type: "unreachable" }))],
];

for (const [index, [place, stated, open]] of PLACES.entries())
  test(`${place}, ${index}`, { timeout: 240_000 }, async () => {
    const enforcer = await open();
    const now = instant(Date.now());
    assert.equal((await enforcer.prepare(now)).error, undefined);
    const changes = [add("192.0.2.10"), add("203.0.113.0/24"), add("2001:db8:1::/64")];
    assert.deepEqual(await enforcer.apply(changes, now), []);
    const every = [add("0.0.0.0/0"), add("::/0")];
    const refused = await enforcer.apply(every, now);
    // A refusal that is not permanent would be tried again and again.
    assert.deepEqual(
      refused.map(({ retryable }) => retryable),
      ABILITIES[stated].networks === "any" ? [] : [false, false],
    );
    await enforcer.apply(
      every.map(({ subject, scope }) => ({ kind: "remove", subject, scope })),
      now,
    );
    const told = (await explainRemainingBans()) ?? "";
    assert.match(told, new RegExp(`^3 bans are still in the firewall: 3 in ${place} \\(`));
    assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
    await enforcer.close();
    assert.equal(await explainRemainingBans(), undefined);
  });
