import assert from "node:assert/strict";
import { test } from "node:test";
import {
  FirewallHost,
  type FirewallStage,
  openSampleBook,
  startFirewall,
  useEnforcers,
} from "../../firewall/firewall.fixture.ts";
import { sampleAt, sampleBan, sampleSubject } from "../../record/sample-entries.fixture.ts";
import { WireCheck } from "./check-wire.ts";
import { sampleWatchedJail } from "../watched-jail.fixture.ts";

const NOW = sampleAt(0);

/** Creates the check after a start, with the ban of subject 1. */
function createCheck({ host, book, firewall, events }: FirewallStage): WireCheck {
  const check = new WireCheck({
    ...{ book, firewall, clock: host.clock, emit: (event) => void events.push(event) },
    ...{ pathOf: () => [], scopeOf: () => undefined, onChange: () => undefined },
  });
  check.onBansChanged([sampleSubject(1)]);
  return check;
}

/** Lets the check read the counters of this enforcer, each of which has this value; returns its evidence. */
async function evidenceAt(
  { host }: FirewallStage,
  check: WireCheck,
  { enforcer, packets }: { readonly enforcer: string; readonly packets: number },
): Promise<string> {
  host.packets.set(enforcer, packets);
  await check.look();
  const proofs = check.proofs(await sampleWatchedJail(), NOW);
  assert.equal(proofs.length, 1);
  return `${proofs[0]?.kind}: ${proofs[0]?.evidence}`;
}

test("dropped packets prove the enforcer that counted them, and no other one", async () => {
  const host = new FirewallHost();
  host.abilities.set("nftables", { counts: true });
  host.abilities.set("route", { counts: false });
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["nftables"] });
  const check = createCheck(stage);
  const read = (enforcer: string, packets: number): Promise<string> =>
    evidenceAt(stage, check, { enforcer, packets });
  assert.equal(await read("nftables", 0), "unproven: no banned address has sent anything yet");
  assert.match(await read("nftables", 641), /^proven: dropped 641 packets of /);
  await useEnforcers(stage, { sshd: ["route"] });
  host.packets.clear();
  await check.look();
  const [proof] = check.proofs(await sampleWatchedJail(), NOW);
  assert.match(proof?.evidence ?? "", /^route counts no dropped packets/);
  // It was opened again: its counters prove something when they rise.
  await useEnforcers(stage, { sshd: ["nftables"] });
  assert.match(await read("nftables", 650), /^unproven: no banned address .* before$/);
  assert.match(await read("nftables", 651), /^proven: dropped 1 packet of /);
  // The statistics count what rose, by jail.
  book.stats.save();
  const { counts } = book.stats.read({ from: NOW, to: sampleAt(3600) });
  const dropped = counts.filter(({ counter }) => counter === "dropped");
  assert.deepEqual(
    dropped.map(({ jail, rule, count }) => [jail, rule, count]),
    [["sshd", "", 642]],
  );
  await stage.firewall.close();
});

test("after a restart, packets that were dropped before are named, and prove nothing", async () => {
  const host = new FirewallHost();
  host.abilities.set("nftables", { counts: true });
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["nftables"] });
  const check = createCheck(stage);
  assert.equal(
    await evidenceAt(stage, check, { enforcer: "nftables", packets: 966 }),
    "unproven: no banned address has sent anything since bailiff began to count; nftables dropped 966 packets of banned addresses before",
  );
  await stage.firewall.close();
});
