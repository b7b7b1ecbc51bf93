import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { sampleBan, sampleJail, sampleSubject } from "../../record/sample-entries.fixture.ts";
import {
  FirewallHost,
  type FirewallStage,
  openSampleBook,
  settleFirewall,
  startFirewall,
  useEnforcers,
} from "../firewall.fixture.ts";

/** Starts a firewall with a ban in iptables. */
async function startWithIptables(stage: FirewallStage): Promise<void> {
  await useEnforcers(stage, { sshd: ["iptables"] });
  stage.book.commit({ steps: [sampleBan(1)], cursors: [] });
  const ban = { subject: sampleSubject(1), scope: ALL_PORTS, jail: sampleJail("sshd") };
  await stage.firewall.sync([ban]);
}

function reloads({ host }: FirewallStage): readonly string[] {
  return host.log.filter((line) => line.startsWith("reload"));
}

test("while firewalld is reloaded, nftables holds the bans of iptables, in both directions", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await startWithIptables(stage);
  await useEnforcers(stage, { sshd: ["firewalld"] });
  assert.deepEqual(await host.subjectsIn("firewalld"), [sampleSubject(1)]);
  assert.deepEqual(reloads(stage), ["reload while nftables has 1"]);
  host.log.length = 0;
  await useEnforcers(stage, { sshd: ["iptables"] });
  await settleFirewall(stage);
  assert.deepEqual(reloads(stage), ["reload while nftables has 1"]);
  assert.deepEqual(await host.subjectsIn("iptables"), [sampleSubject(1)]);
  for (const name of ["nftables", "firewalld"]) assert.deepEqual(await host.subjectsIn(name), []);
  const left = book.knownEnforcers().filter(({ clearedAt }) => clearedAt === undefined);
  assert.deepEqual(
    left.map(({ name }) => name),
    ["iptables"],
  );
  await stage.firewall.close();
});

test("without nf_tables, firewalld is reloaded anyway, and the bans of iptables are repaired", async () => {
  const host = new FirewallHost();
  host.absent.add("nftables");
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await startWithIptables(stage);
  await useEnforcers(stage, { sshd: ["iptables", "firewalld"] });
  assert.deepEqual(reloads(stage), ["reload while nftables has 0"]);
  for (const name of ["iptables", "firewalld"])
    assert.deepEqual(await host.subjectsIn(name), [sampleSubject(1)]);
  await stage.firewall.close();
});

test("what a reload left in nftables, because the daemon ended during it, is removed by the next start", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await startWithIptables(stage);
  const left = new Promise<void>((resolve) => {
    void host.aroundReload?.(async () => {
      resolve();
      await new Promise(() => undefined);
    });
  });
  await left;
  assert.deepEqual(await host.subjectsIn("nftables"), [sampleSubject(1)]);
  const next = startFirewall(host, book);
  await useEnforcers(next, { sshd: ["iptables"] });
  await settleFirewall(next);
  assert.deepEqual(await host.subjectsIn("nftables"), []);
  assert.deepEqual(await host.subjectsIn("iptables"), [sampleSubject(1)]);
  await next.firewall.close();
});
