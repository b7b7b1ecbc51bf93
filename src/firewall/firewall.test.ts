import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_PORTS, portScope } from "../domain/port-scope.ts";
import { sampleBan, sampleJail, sampleSubject } from "../record/sample-entries.fixture.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import type { BanKey } from "./ban-key.ts";
import { restoreEnforcers } from "./restore-enforcers.ts";
import {
  FirewallHost,
  openSampleBook,
  settleFirewall,
  startFirewall,
  useEnforcers,
} from "./firewall.fixture.ts";

const SSHD = sampleJail("sshd");
const SSH = portScope([{ protocol: "tcp", number: 22 }]);
const KEYS: readonly BanKey[] = [1, 2].map((n) => ({
  ...{ subject: sampleSubject(n), scope: ALL_PORTS, jail: SSHD },
}));

function namesOf(events: readonly TelemetryEvent[]): readonly string[] {
  return events.map((event) =>
    "enforcer" in event ? `${event.event} ${event.enforcer}` : event.event,
  );
}

test("each enforcer gets the bans of its jails", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local"], nginx: ["local", "edge"] });
  const web = { subject: sampleSubject(3), scope: ALL_PORTS, jail: sampleJail("nginx") };
  book.commit({ steps: [sampleBan(1), sampleBan(3, { jail: web.jail })], cursors: [] });
  await stage.firewall.sync([{ ...web, subject: sampleSubject(1), jail: SSHD }, web]);
  assert.deepEqual(await host.subjectsIn("local"), [sampleSubject(1), sampleSubject(3)]);
  assert.deepEqual(await host.subjectsIn("edge"), [sampleSubject(3)]);
  book.close({ subject: sampleSubject(3) }, { who: "uid 0", reason: "" }, host.clock.now());
  await stage.firewall.sync([web]);
  assert.deepEqual(await host.subjectsIn("edge"), []);
  // An unban in another jail does not reach an enforcer that never held the ban.
  host.log.length = 0;
  book.close({ subject: sampleSubject(1) }, { who: "uid 0", reason: "" }, host.clock.now());
  await stage.firewall.sync([{ ...web, subject: sampleSubject(1), jail: SSHD }]);
  assert.deepEqual(host.log, [`local remove ${sampleSubject(1)}`]);
  await stage.firewall.close();
});

test("an enforcer that cannot be used or does not answer holds up no other, and its bans are pending", async () => {
  const host = new FirewallHost();
  host.absent.add("edge");
  host.silent.add("slow");
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local", "edge"], nginx: ["local", "slow"] });
  book.commit({ steps: [sampleBan(1), sampleBan(2, { jail: sampleJail("nginx") })], cursors: [] });
  const synced = stage.firewall.sync([
    { ...KEYS[0], ...{ subject: sampleSubject(1), scope: ALL_PORTS, jail: SSHD } },
    { subject: sampleSubject(2), scope: ALL_PORTS, jail: sampleJail("nginx") },
  ]);
  await host.clock.passTo(6000);
  await synced;
  assert.deepEqual(await host.subjectsIn("local"), [sampleSubject(1), sampleSubject(2)]);
  assert.deepEqual(book.ban(SSHD, sampleSubject(1))?.gaps, [
    { enforcer: "edge", error: "edge is missing" },
  ]);
  assert.deepEqual(book.ban(sampleJail("nginx"), sampleSubject(2))?.gaps, [
    { enforcer: "slow", error: undefined },
  ]);
  assert.partialDeepStrictEqual(stage.firewall.summary, { isEnforcing: true, missing: undefined });
  assert.match(stage.firewall.summary.trouble ?? "", /^edge: edge is missing/);
});

test("an enforcer that becomes usable gets all bans of its jails", async () => {
  const host = new FirewallHost();
  host.absent.add("edge");
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local", "edge"] });
  host.absent.clear();
  await host.clock.passTo(60_000);
  await settleFirewall(stage);
  assert.deepEqual(await host.subjectsIn("edge"), [sampleSubject(1)]);
  assert.equal(book.ban(SSHD, sampleSubject(1))?.state, "enforced");
  await stage.firewall.close();
});

for (const when of ["reload", "restart"] as const)
  test(`bans move to another enforcer without a gap, by a ${when}`, async () => {
    const host = new FirewallHost();
    await using book = openSampleBook(host);
    book.commit({ steps: [sampleBan(1), sampleBan(2)], cursors: [] });
    const first = startFirewall(host, book);
    await useEnforcers(first, { sshd: ["old"] });
    assert.deepEqual(await host.subjectsIn("old"), [sampleSubject(1), sampleSubject(2)]);
    if (when === "restart") await first.firewall.close();
    const second = when === "restart" ? startFirewall(host, book) : first;
    host.log.length = 0;
    await useEnforcers(second, { sshd: ["new"] });
    assert.deepEqual(host.log, [
      `new add ${sampleSubject(1)}`,
      `new add ${sampleSubject(2)}`,
      "old removed",
    ]);
    assert.equal(book.ban(SSHD, sampleSubject(1))?.state, "enforced");
    assert.deepEqual(namesOf(second.events), ["enforcer-cleared old"]);
    assert.deepEqual(
      book.knownEnforcers().map(({ place, clearedAt }) => [place, clearedAt !== undefined]),
      [
        ["new", false],
        ["old", true],
      ],
    );
    await second.firewall.close();
  });

for (const when of ["reload", "restart"] as const)
  test(`a jail leaves an enforcer that others still use without a gap, by a ${when}`, async () => {
    const host = new FirewallHost();
    await using book = openSampleBook(host);
    const nginx = sampleJail("nginx");
    book.commit({ steps: [sampleBan(1), sampleBan(2, { jail: nginx })], cursors: [] });
    const first = startFirewall(host, book);
    await useEnforcers(first, { sshd: ["one"], nginx: ["one", "two"] });
    if (when === "restart") await first.firewall.close();
    const second = when === "restart" ? startFirewall(host, book) : first;
    host.log.length = 0;
    await useEnforcers(second, { sshd: ["two"], nginx: ["one", "two"] });
    assert.deepEqual(host.log, [`two add ${sampleSubject(1)}`, `one remove ${sampleSubject(1)}`]);
    await second.firewall.close();
  });

test("the former enforcer keeps following the book until its successor holds every ban", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1), sampleBan(2)], cursors: [] });
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["old"] });
  host.absent.add("new");
  await useEnforcers(stage, { sshd: ["new"] });
  assert.deepEqual(
    stage.firewall.leaving.map(({ name }) => name),
    ["old"],
  );
  book.close({ subject: sampleSubject(1) }, { who: "uid 0", reason: "" }, host.clock.now());
  await stage.firewall.sync(KEYS);
  assert.deepEqual(await host.subjectsIn("old"), [sampleSubject(2)]);
  assert.equal(book.ban(SSHD, sampleSubject(2))?.state, "pending");
  host.absent.clear();
  await host.clock.passTo(60_000);
  await settleFirewall(stage);
  assert.deepEqual(await host.subjectsIn("old"), []);
  assert.deepEqual(await host.subjectsIn("new"), [sampleSubject(2)]);
  await stage.firewall.close();
});

test("an enforcer that cannot be cleared is reported once, and cleared by a later start", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  const first = startFirewall(host, book);
  await useEnforcers(first, { sshd: ["old"] });
  host.stuck.add("old");
  await useEnforcers(first, { sshd: ["new"] });
  await first.firewall.reconcile("periodic");
  await settleFirewall(first);
  assert.deepEqual(namesOf(first.events), ["enforcer-not-cleared old"]);
  await first.firewall.close();
  host.stuck.clear();
  const second = startFirewall(host, book);
  await useEnforcers(second, { sshd: ["new"] });
  assert.deepEqual(namesOf(second.events), ["enforcer-cleared old"]);
  assert.deepEqual(await host.subjectsIn("old"), []);
  await second.firewall.close();
});

test("a jail that only observes is dropped from the enforcer, and back it is enforced again", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["old"] });
  await useEnforcers(stage, { sshd: ["memory"] });
  assert.deepEqual(await host.subjectsIn("old"), []);
  assert.deepEqual(stage.firewall.enforcers, []);
  await useEnforcers(stage, { sshd: ["old"] });
  assert.deepEqual(await host.subjectsIn("old"), [sampleSubject(1)]);
  assert.equal(book.ban(SSHD, sampleSubject(1))?.state, "enforced");
  await stage.firewall.close();
});

test("an enforcer with a capacity holds the bans that end last, and says which it leaves out", async () => {
  const host = new FirewallHost();
  host.abilities.set("edge", { capacity: 2, scopes: "host" });
  await using book = openSampleBook(host);
  const bans = [1, 2, 3].map((n) => sampleBan(n, { scope: SSH }));
  book.commit({ steps: bans, cursors: [] });
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["edge"] });
  assert.deepEqual(await host.subjectsIn("edge"), [sampleSubject(2), sampleSubject(3)]);
  const keys = [1, 2, 3, 4].map((n) => ({ subject: sampleSubject(n), scope: SSH, jail: SSHD }));
  book.commit({ steps: [sampleBan(4, { scope: SSH, until: "forever" })], cursors: [] });
  await stage.firewall.sync(keys.slice(3));
  assert.deepEqual(await host.subjectsIn("edge"), [sampleSubject(3), sampleSubject(4)]);
  const states = (): readonly (string | undefined)[] =>
    keys.map(({ subject }) => book.ban(SSHD, subject)?.state);
  assert.deepEqual(states(), ["pending", "pending", "enforced", "enforced"]);
  assert.match(book.ban(SSHD, sampleSubject(2))?.gaps[0]?.error ?? "", /^full: 2 bans at most/);
  book.close({ subject: sampleSubject(3) }, { who: "uid 0", reason: "" }, host.clock.now());
  await stage.firewall.sync(keys.slice(2, 3));
  await host.clock.passTo(30_000);
  await settleFirewall(stage);
  assert.deepEqual(states(), ["pending", "enforced", undefined, "enforced"]);
  await stage.firewall.close();
});

test("a full enforcer makes room before it takes others at a start, and refuses none", async () => {
  const host = new FirewallHost();
  host.abilities.set("edge", { capacity: 2 });
  host.rooms.set("edge", 2);
  await using book = openSampleBook(host);
  book.commit({ steps: [1, 2].map((n) => sampleBan(n)), cursors: [] });
  const first = startFirewall(host, book);
  await useEnforcers(first, { sshd: ["edge"] });
  await first.firewall.close();
  book.commit({ steps: [3, 4].map((n) => sampleBan(n)), cursors: [] });
  const second = startFirewall(host, book);
  await useEnforcers(second, { sshd: ["edge"] });
  assert.deepEqual(await host.subjectsIn("edge"), [sampleSubject(3), sampleSubject(4)]);
  assert.deepEqual(namesOf(second.events), []);
  await second.firewall.close();
});

test("changes that are refused for the same reason are one problem with a count", async () => {
  const host = new FirewallHost();
  host.rooms.set("local", 1);
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local"] });
  const refused = (): readonly unknown[] =>
    stage.events.filter(({ event }) => event === "enforce-refused");
  const ban = async (...numbers: readonly number[]): Promise<void> => {
    book.commit({ steps: numbers.map((n) => sampleBan(n)), cursors: [] });
    const keys = numbers.map((n) => ({ subject: sampleSubject(n), scope: ALL_PORTS, jail: SSHD }));
    await stage.firewall.sync(keys);
  };
  await ban(1, 2, 3, 4);
  const problem = { event: "enforce-refused", change: "add", reason: "no room", enforcer: "local" };
  assert.deepEqual(refused(), [{ ...problem, ip: sampleSubject(2), others: 2 }]);
  await ban(5);
  await ban(6);
  assert.equal(refused().length, 1);
  // Retries are refused too.
  await host.clock.passTo(120_000);
  await settleFirewall(stage);
  const counts = refused().map((event) => (event as { readonly others: number }).others);
  assert.ok(counts.length <= 3, counts.join());
  assert.ok(
    counts.slice(1).every((count) => count >= 2),
    counts.join(),
  );
  await stage.firewall.close();
});

test("changes are applied in the order of the bans, also while a call is running", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  await useEnforcers(stage, { sshd: ["local"] });
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  const first = stage.firewall.sync(KEYS.slice(0, 1));
  book.commit({ steps: [sampleBan(2)], cursors: [] });
  await Promise.all([
    first,
    stage.firewall.sync(KEYS.slice(1)),
    stage.firewall.sync(KEYS.slice(1)),
  ]);
  const applied = host.log.filter((line) => line.includes(" add "));
  assert.deepEqual(applied.slice(0, 2), [
    `local add ${sampleSubject(1)}`,
    `local add ${sampleSubject(2)}`,
  ]);
  await stage.firewall.close();
});

test("an enforcer that was never opened is forgotten with its settings, and one that was is not", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  const known = (): readonly string[] => book.knownEnforcers().map(({ name }) => name);
  const first = startFirewall(host, book);
  host.absent.add("mistyped");
  await useEnforcers(first, { sshd: ["local", "mistyped"] });
  assert.deepEqual(known(), ["local"]);
  await useEnforcers(first, { sshd: ["local"] });
  assert.deepEqual(first.firewall.leaving, []);
  assert.match(namesOf(first.events).join(), /^firewall-unavailable mistyped$/);
  // Nothing tries to open it any more.
  host.absent.clear();
  await host.clock.passTo(120_000);
  await settleFirewall(first);
  assert.deepEqual(known(), ["local"]);
  await useEnforcers(first, { sshd: ["mistyped"] });
  assert.deepEqual(await host.subjectsIn("mistyped"), [sampleSubject(1)]);
  await first.firewall.close();
  // Opened once, it is remembered, also if it cannot be opened any more.
  host.absent.add("mistyped");
  const second = startFirewall(host, book);
  await useEnforcers(second, { sshd: ["local"] });
  assert.deepEqual(
    second.firewall.leaving.map(({ name, missing }) => [name, missing?.reason]),
    [["mistyped", "mistyped is missing"]],
  );
  await second.firewall.close();
});

test("a former enforcer that fails at a start is no alarm, and holds nothing to restore", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  const first = startFirewall(host, book);
  await useEnforcers(first, { sshd: ["old"] });
  host.stuck.add("old");
  await useEnforcers(first, { sshd: ["new"] });
  await first.firewall.close();
  host.broken.add("old");
  const second = startFirewall(host, book);
  await useEnforcers(second, { sshd: ["new"] });
  await second.firewall.reconcile("periodic");
  await settleFirewall(second);
  assert.deepEqual(namesOf(second.events), ["enforcer-not-cleared old"]);
  await second.firewall.close();
  const { port } = second;
  const restored = await restoreEnforcers({
    ...{ book, port, clock: host.clock, lists: new Map(), ipv6Prefixes: [] },
    ...{ isAllowed: () => false, emit: (event) => void second.events.push(event) },
  });
  assert.deepEqual([restored.names, restored.trouble], [["new"], undefined]);
});
