import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../domain/cidr.ts";
import type { Until } from "../domain/instant.ts";
import { listOwner } from "../domain/jail-name.ts";
import { ALL_PORTS, portScope, type PortScope } from "../domain/port-scope.ts";
import {
  sampleAt,
  sampleBan,
  sampleJail,
  sampleSubject,
} from "../record/sample-entries.fixture.ts";
import type { BanKey } from "./ban-key.ts";
import type { BlockList } from "./block-lists.ts";
import {
  FirewallHost,
  type FirewallStage,
  openSampleBook,
  settleFirewall,
  startFirewall,
  useEnforcers,
} from "./firewall.fixture.ts";

const SSHD = sampleJail("sshd");
const BANNED = sampleSubject(1);
const KEY: BanKey = { subject: BANNED, scope: ALL_PORTS, jail: SSHD };
const NET = literalSubject("198.51.100.0/24");

function listOf(texts: readonly string[], scope: PortScope = ALL_PORTS): BlockList {
  return { owner: listOwner("feed"), scope, subjects: new Set(texts.map(literalSubject)) };
}

async function useList(stage: FirewallStage, list: BlockList | undefined): Promise<void> {
  await stage.firewall.useList("feed", list);
  await settleFirewall(stage);
}

/** Returns whether a block in "local" has no end. */
async function isPermanent({ host }: FirewallStage, subject: string): Promise<boolean> {
  const block = (await host.enforcer("local").list()).find((one) => one.subject === subject);
  assert.ok(block, `${subject} is not blocked`);
  return block.left === undefined;
}

function ban({ book, firewall }: FirewallStage, until: Until): Promise<void> {
  book.commit({ steps: [sampleBan(1, { until })], cursors: [] });
  return firewall.sync([KEY]);
}

async function unban({ book, host, firewall }: FirewallStage): Promise<void> {
  book.close({ subject: BANNED }, { who: "uid 0", reason: "" }, host.clock.now());
  await firewall.sync([KEY]);
}

test("an address that is both banned and listed is blocked until neither wants it", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local"] }, { feed: ["local"] });
  await ban(stage, sampleAt(3600));
  assert.equal(await isPermanent(stage, BANNED), false);
  await useList(stage, listOf([BANNED, NET]));
  assert.equal(await isPermanent(stage, BANNED), true);
  assert.equal(book.ban(SSHD, BANNED)?.state, "enforced");
  await unban(stage);
  assert.deepEqual(await host.subjectsIn("local"), [NET, BANNED].sort(), "the list holds it");
  await ban(stage, sampleAt(7200));
  assert.equal(book.ban(SSHD, BANNED)?.state, "enforced");
  await useList(stage, listOf([NET]));
  assert.equal(await isPermanent(stage, BANNED), false, "the ban holds it, until its own end");
  await unban(stage);
  assert.deepEqual(await host.subjectsIn("local"), [NET]);
  await useList(stage, undefined);
  assert.deepEqual(await host.subjectsIn("local"), []);
  await stage.firewall.close();
});

test("only the difference between two lists is applied, and additions come first", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local"] }, { feed: ["local"] });
  await useList(stage, listOf(["198.51.100.1", "198.51.100.2"]));
  host.log.length = 0;
  await useList(stage, listOf(["198.51.100.2", "198.51.100.3"]));
  assert.deepEqual(host.log, ["local add 198.51.100.3", "local remove 198.51.100.1"]);
  host.log.length = 0;
  await stage.firewall.reconcile("periodic");
  assert.deepEqual(host.log, []);
  const ssh = portScope([{ protocol: "tcp", number: 22 }]);
  await useList(stage, listOf(["198.51.100.2"], ssh));
  const blocks = await host.enforcer("local").list();
  assert.deepEqual(
    blocks.map(({ subject, scope }) => [subject, scope]),
    [["198.51.100.2", ssh]],
  );
  await stage.firewall.close();
});

test("a flushed list is repaired, and the next run of the daemon neither removes nor adds it", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local"] }, { feed: ["local"] });
  await useList(stage, listOf([NET]));
  await ban(stage, sampleAt(3600));
  await host.enforcer("local").removeAll();
  await stage.firewall.reconcile("foreign");
  assert.deepEqual(await host.subjectsIn("local"), [NET, BANNED].sort());
  await stage.firewall.close();
  host.log.length = 0;
  const next = startFirewall(host, book);
  await next.firewall.useList("feed", listOf([NET]));
  await useEnforcers(next, { sshd: ["local"] }, { feed: ["local"] });
  assert.deepEqual(host.log, []);
  await next.firewall.close();
});

test("a list moves to another enforcer without a gap, and leaves with the configuration", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local"] }, { feed: ["other"] });
  await useList(stage, listOf([NET]));
  assert.deepEqual(await host.subjectsIn("local"), []);
  host.log.length = 0;
  await useEnforcers(stage, { sshd: ["local"] }, { feed: ["local"] });
  assert.deepEqual(host.log.slice(0, 2), [`local add ${NET}`, "other removed"]);
  await useList(stage, undefined);
  await useEnforcers(stage, { sshd: ["local"] });
  assert.deepEqual(await host.subjectsIn("local"), []);
  await stage.firewall.close();
});

test("a new list is never held by another enforcer, even if its own cannot be used", async () => {
  const host = new FirewallHost();
  host.absent.add("other");
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local"] });
  await useList(stage, listOf([NET]));
  await useEnforcers(stage, { sshd: ["local"] }, { feed: ["other"] });
  await stage.firewall.reconcile("periodic");
  assert.deepEqual(host.log, []);
  assert.deepEqual(
    stage.firewall.enforcersFor(listOwner("feed")).map(({ name }) => name),
    ["other"],
  );
  await stage.firewall.close();
});

test("an enforcer without room for all leaves out the list, and never a ban", async () => {
  const host = new FirewallHost();
  host.abilities.set("local", { capacity: 2 });
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local"] }, { feed: ["local"] });
  await useList(stage, listOf(["198.51.100.1", "198.51.100.2", "198.51.100.3"]));
  assert.equal((await host.subjectsIn("local")).length, 2);
  await ban(stage, sampleAt(60));
  assert.equal(book.ban(SSHD, BANNED)?.state, "enforced");
  await stage.firewall.reconcile("periodic");
  assert.ok((await host.subjectsIn("local")).includes(BANNED));
  const [enforcer] = stage.firewall.enforcers;
  assert.equal(enforcer?.enforcement?.readBack()?.leftOut, 0);
  await unban(stage);
  await settleFirewall(stage);
  assert.equal((await host.subjectsIn("local")).length, 1, "found room again only by a comparison");
  await stage.firewall.reconcile("periodic");
  assert.equal((await host.subjectsIn("local")).length, 2);
  await stage.firewall.close();
});
