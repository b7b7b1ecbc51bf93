import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configOf,
  FirewallHost,
  type FirewallStage,
  openSampleBook,
  startFirewall,
  useEnforcers,
} from "../../firewall/firewall.fixture.ts";
import { createJail } from "../../jails/jail.ts";
import { emptyFilter } from "../../jails/by-hand.ts";
import { sampleAt, sampleBan } from "../../record/sample-entries.fixture.ts";
import type { WatchedJail } from "../jail-check.ts";
import { judgeJail } from "../judge/jail-state.ts";
import { createFirewallCheck } from "./check-firewall.ts";

const NOW = sampleAt(0);
const OTHER_LINKS = (["source", "record"] as const).map((link) => ({
  ...{ kind: "proven" as const, link, evidence: "", at: NOW },
}));

async function jailWith(enforcer: readonly string[]): Promise<WatchedJail> {
  const [config] = (await configOf({ sshd: enforcer })).jails;
  assert.ok(config !== undefined);
  const filter = { name: "sshd", variant: "sshd", programs: ["sshd"], rules: [], recordRules: [] };
  const jail = createJail(config, { ...filter, mode: "normal" });
  const search = { source: undefined, looked: [] };
  return { live: { jail, definition: emptyFilter("sshd"), search }, source: undefined };
}

/** Returns the state of a jail with these enforcers, its cause, and the evidence of the link. */
async function stateOf(
  stage: FirewallStage,
  enforcer: readonly string[],
): Promise<readonly (string | undefined)[]> {
  await useEnforcers(stage, { sshd: enforcer });
  const proofs = createFirewallCheck(stage.firewall).proofs(await jailWith(enforcer), NOW);
  const context = { means: "firewall", reads: "lines", now: NOW } as const;
  const { state, cause, reason } = judgeJail([...proofs, ...OTHER_LINKS], context);
  return [state, cause, reason];
}

test("a jail is toothless if none of its enforcers works, and degraded if one does not", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  assert.deepEqual((await stateOf(stage, ["local", "edge"])).slice(0, 2), [
    "protecting",
    undefined,
  ]);
  host.absent.add("cloud");
  assert.deepEqual(await stateOf(stage, ["local", "cloud"]), [
    ...["degraded", "enforcer-missing"],
    "cloud: cloud is missing",
  ]);
  assert.equal((await stateOf(stage, ["cloud"]))[0], "toothless");
  await stage.firewall.close();
});

test("a fault of the settings needs a reload, and any other is retried automatically", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  host.absent.add("later").add("wrong");
  host.misconfigured.add("wrong");
  const fixes = new Map<string, string | undefined>();
  for (const name of ["later", "wrong"]) {
    await useEnforcers(stage, { sshd: [name] });
    const [proof] = createFirewallCheck(stage.firewall).proofs(await jailWith([name]), NOW);
    fixes.set(name, proof?.kind === "found" ? proof.fix : undefined);
  }
  assert.deepEqual(
    [...fixes.values()],
    ["install later; bailiff retries automatically", "install wrong; then: bailiff reload"],
  );
  await stage.firewall.close();
});

test("a jail is toothless if its only enforcer has never worked, and degraded if it fails later", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  host.broken.add("front");
  const stage = startFirewall(host, book);
  assert.deepEqual(await stateOf(stage, ["front"]), [
    ...["toothless", "firewall-missing"],
    "the list is read-only",
  ]);
  assert.partialDeepStrictEqual(stage.firewall.summary, {
    isEnforcing: false,
    trouble: "the list is read-only",
  });
  assert.equal((await stateOf(stage, ["front", "local"]))[0], "degraded");
  host.broken.clear();
  await stage.firewall.reconcile("request");
  assert.equal((await stateOf(stage, ["front"]))[0], "protecting");
  host.broken.add("front");
  await stage.firewall.reconcile("request");
  assert.deepEqual((await stateOf(stage, ["front"])).slice(0, 2), ["degraded", "firewall-trouble"]);
  assert.equal(stage.firewall.summary.isEnforcing, true);
  await stage.firewall.close();
});

test("the proof of several enforcers names each of them", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local", "edge"] });
  const jail = await jailWith(["local", "edge"]);
  const [proof] = createFirewallCheck(stage.firewall).proofs(jail, NOW);
  assert.match(proof?.evidence ?? "", /^local: .*1 entry.*; edge: .*1 entry/);
  await stage.firewall.close();
});

test("an enforcer without room for every ban degrades the jail", async () => {
  const host = new FirewallHost();
  host.abilities.set("edge", { capacity: 1 });
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1), sampleBan(2)], cursors: [] });
  const stage = startFirewall(host, book);
  assert.deepEqual(await stateOf(stage, ["edge"]), [
    ...["degraded", "enforcer-full"],
    "it is full: 1 ban found no room beside 1 other, which end later",
  ]);
  await stage.firewall.close();
});
