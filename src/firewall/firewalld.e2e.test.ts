/** Tests the firewalld enforcer against a real firewalld, in separate namespaces, with both kinds of rules. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, test } from "node:test";
import { instant } from "../domain/instant.ts";
import { add, tcp, testEnforcerContract } from "./enforcer.contract.ts";
import { testEnforcerSequences } from "./enforcer-sequences.contract.ts";
import { openFirewalld } from "./firewalld.ts";
import {
  firewallCmd,
  openTestFirewalld,
  releaseFirewalld,
  removeEntries,
  shareFirewalld,
} from "./firewalld.fixture.ts";
import { startOwnFirewalld } from "./own-firewalld.fixture.ts";

const firewalld = await startOwnFirewalld();
after(() => firewalld[Symbol.asyncDispose]());

// The blocks are in the same sets with both kinds of rules, whose effect is in firewalld-traffic.e2e.test.ts.
let shared: ReturnType<typeof shareFirewalld> | undefined;
testEnforcerContract("firewalld", async (isAllowed) => {
  const { open, release } = (shared ??= shareFirewalld({ isAllowed }));
  const enforcer = await open();
  return { enforcer, release: () => release(enforcer) };
});

test("nothing is left of what the tests before used", { timeout: 120_000 }, async () => {
  await shared?.removeRest();
});

testEnforcerSequences({
  name: "firewalld",
  open: () => openTestFirewalld(),
  clean: async () => releaseFirewalld(await openTestFirewalld()),
  damages: {
    reload: () => void firewallCmd("--reload"),
    restart: () => firewalld.restart(),
    "flushed ruleset": () => void execFileSync("nft", ["flush", "ruleset"]),
    "removed entries": removeEntries,
  },
  sequences: 2,
});

test("the next run takes over blocks and sets, also with the other kind of rules", {
  timeout: 120_000,
}, async () => {
  const first = await openTestFirewalld({ rules: "direct" });
  assert.equal((await first.prepare(now())).error, undefined);
  await first.apply([add("192.0.2.1"), add("198.51.100.0/24", tcp(22, 80))], now());
  await first.close();
  for (const rules of ["direct", "policy", "direct"] as const) {
    const next = await openTestFirewalld({ rules });
    assert.equal((await next.prepare(now())).error, undefined);
    assert.deepEqual(
      (await next.list()).map(({ subject, scope }) => `${subject} ${scope}`).toSorted(),
      ["192.0.2.1 all", "198.51.100.0/24 tcp/22,tcp/80"],
    );
    const direct = firewallCmd("--permanent", "--direct", "--get-all-rules");
    assert.equal(direct.includes("bailiff"), rules === "direct");
    const policies = firewallCmd("--permanent", "--get-policies");
    assert.equal(policies.includes("bailiff"), rules === "policy");
    await next.close();
  }
  await releaseFirewalld(await openTestFirewalld());
});

test("the report names the rules and the zones", { timeout: 120_000 }, async () => {
  const enforcer = await openTestFirewalld({});
  const report = async (): Promise<string> => (await enforcer.prepare(now())).structure ?? "";
  const head = /^firewalld [\d.]+, 6 ipsets, direct rules at raw PREROUTING, for every zone/;
  assert.match(await report(), head);
  firewallCmd("--zone=public", "--add-interface=eth7");
  assert.match(await report(), /: public \(eth7\), all other interfaces in trusted$/);
  firewallCmd("--zone=public", "--remove-interface=eth7");
  await releaseFirewalld(enforcer);
});

test("what is missing is said when it cannot be opened", { timeout: 120_000 }, async () => {
  const options = { ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} };
  const impossible = await openFirewalld({ ...options, verdict: "reject", rules: "direct" });
  assert.deepEqual(impossible, {
    ok: false,
    error: {
      reason: "direct rules at raw PREROUTING cannot reject",
      fix: 'set verdict = "drop" or rules = "policy"',
    },
  });
  await firewalld.stop();
  assert.deepEqual(await openFirewalld(options), {
    ok: false,
    error: {
      reason: "firewalld is not running",
      fix: "start it with: systemctl start firewalld",
    },
  });
  await firewalld.start();
});

function now(): ReturnType<typeof instant> {
  return instant(Date.now());
}
