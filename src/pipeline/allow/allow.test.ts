import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { parseIgnoreEntry } from "../../config/kinds/ignore-entry.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { openBook } from "../../record/open-book.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { Allow } from "./allow.ts";
import { liftAllowed } from "./lift-allowed.ts";

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };

function known<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}

const subject = (text: string): Subject => known(parseSubject(text));
const ip = (text: string): Ip => known(parseIp(text));
const jail = (text: string): JailName => known(parseJailName(text));

interface Parts {
  readonly book: BanBook;
  readonly events: TelemetryEvent[];
  readonly resolve?: (name: string) => Promise<readonly Ip[]>;
}

function allowOf({ book, events, resolve = async () => [] }: Parts): Allow {
  const emit = (event: TelemetryEvent): void => void events.push(event);
  return new Allow({ book, hostAddresses: () => [], resolveName: resolve, emit });
}

function policy(name: string, ...ignoreip: readonly string[]) {
  return { name: jail(name), ignoreip: ignoreip.map((text) => known(parseIgnoreEntry(text))) };
}

function memoryBook(events: TelemetryEvent[] = []): BanBook {
  return openBook({ path: ":memory:", clock, emit: (event) => events.push(event) });
}

function banOf(of: Subject, name: JailName) {
  return {
    ...{ subject: of, jail: name, scope: ALL_PORTS, from: NOW, until: "forever" as const },
    ...{ origin: "manual" as const, reason: "", rule: "", failures: 0, escalation: 0 },
  };
}

test("the shared list contains what every jail exempts, even through different networks", async () => {
  await using book = memoryBook();
  const allow = allowOf({ book, events: [] });
  allow.rebuild(
    [policy("a", "192.0.2.0/24", "198.51.100.7"), policy("b", "192.0.2.7", "203.0.113.9")],
    NOW,
    [policy("manual", "203.0.113.0/24")],
  );
  const { shared } = allow;
  assert.notEqual(shared.covers(subject("192.0.2.7")), undefined);
  for (const text of ["192.0.2.8", "198.51.100.7", "203.0.113.9"])
    assert.equal(shared.covers(subject(text)), undefined, text);
  assert.notEqual(allow.listOf(jail("manual")).covers(subject("203.0.113.9")), undefined);
  assert.notEqual(allow.listOf(jail("manual")).covers(subject("192.0.2.7")), undefined);
  assert.equal(allow.listOf(jail("b")).covers(subject("203.0.113.10")), undefined);
});

test("a proxy that one jail trusts is exempt in every jail and from orders, and the reason names the jail", async () => {
  const events: TelemetryEvent[] = [];
  await using book = memoryBook(events);
  const allow = allowOf({ book, events });
  const proxy = subject("10.77.0.2");
  const network = subject("fd00:7::/32");
  const trusted_proxies = [{ name: "10.77.0.2", subjects: [proxy] }];
  const web = { ...policy("access-log"), trusted_proxies };
  const others = [policy("manual")];
  const names = ["nginx", "access-log", "manual"].map(jail);
  allow.rebuild([policy("nginx")], NOW, others);
  for (const name of names) assert.equal(allow.listOf(name).covers(proxy), undefined);
  assert.equal(allow.jailTrusting(proxy), undefined);
  const steps = names.map((name) => ({
    ...{ kind: "ban" as const, who: "daemon" },
    ban: banOf(proxy, name),
  }));
  book.commit({ steps, cursors: [] });
  allow.rebuild([policy("nginx"), web], NOW, others);
  const because = "trusted_proxies 10.77.0.2 of jail access-log";
  for (const name of names) {
    assert.equal(allow.listOf(name).covers(proxy), because, name);
    assert.equal(allow.listOf(name).covers(subject("10.77.0.0/24")), because, name);
    assert.equal(allow.listOf(name).covers(network), undefined);
  }
  assert.equal(allow.shared.covers(proxy), because);
  assert.equal(allow.jailTrusting(proxy), "access-log");
  liftAllowed({ book, allow, names, jails: [], now: NOW, emit: (event) => events.push(event) });
  assert.deepEqual([...book.activeBans({})], []);
});

test("the last answer for a name is used after a restart with a failing resolver, and its age is reported", async () => {
  const events: TelemetryEvent[] = [];
  await using book = memoryBook(events);
  const jails = [policy("sshd", "vpn.example.org")];
  const first = allowOf({
    book,
    events,
    resolve: async () => [ip("192.0.2.7"), ip("2001:db8::7")],
  });
  first.rebuild(jails, NOW);
  assert.ok(first.awaitsNames);
  assert.ok(await first.resolveNames(() => NOW));
  assert.ok(!first.awaitsNames);
  assert.equal(first.listOf(jail("sshd")).covers(subject("192.0.2.7")), "ignoreip vpn.example.org");

  const failing = async (): Promise<readonly Ip[]> => {
    throw new Error("no server answers");
  };
  const second = allowOf({ book, events, resolve: failing });
  second.rebuild(jails, NOW);
  const old = "ignoreip vpn.example.org (its last answer, of 2026-11-23T12:00:00.000Z)";
  assert.equal(second.listOf(jail("sshd")).covers(subject("2001:db8::/64")), old);
  await second.resolveNames(() => NOW);
  await second.resolveNames(() => NOW);
  assert.ok(second.isFailing && !second.awaitsNames);
  assert.equal(second.listOf(jail("sshd")).covers(subject("192.0.2.7")), old);
  // Reported once, for any number of failures.
  const told = events.filter(({ event }) => event === "name-unresolved");
  assert.deepEqual(told, [
    {
      event: "name-unresolved",
      name: "vpn.example.org",
      reason: "no server answers",
      last_answer_at: NOW,
    },
  ]);
});

test("a name that fails to resolve keeps its last answer, a changed name gets the new one", async () => {
  await using book = memoryBook();
  let addresses: readonly Ip[] = [ip("192.0.2.7")];
  const allow = allowOf({ book, events: [], resolve: async () => addresses });
  allow.rebuild([policy("sshd", "vpn.example.org")], NOW);
  const covers = (text: string): boolean =>
    allow.listOf(jail("sshd")).covers(subject(text)) !== undefined;
  await allow.resolveNames(() => NOW);
  addresses = [];
  await allow.resolveNames(() => NOW);
  assert.ok(covers("192.0.2.7"));
  addresses = [ip("192.0.2.8")];
  assert.ok(await allow.resolveNames(() => NOW));
  assert.ok(covers("192.0.2.8") && !covers("192.0.2.7"));
  assert.ok(!(await allow.resolveNames(() => NOW)), "nothing changed");
});

test("an invalid stored answer for a name is ignored", async () => {
  for (const value of ["", "[]", "{", '{"addresses":["x"],"at":1e18}', '{"addresses":7,"at":1}']) {
    await using book = memoryBook();
    book.commit({ steps: [], cursors: [{ key: "memo ignoreip vpn.example.org", value }] });
    const allow = allowOf({ book, events: [] });
    allow.rebuild([policy("sshd", "vpn.example.org")], NOW);
    assert.equal(allow.listOf(jail("sshd")).covers(subject("192.0.2.7")), undefined);
  }
});

test("every ban that an entry exempts is lifted, in any number and of any kind", async () => {
  await using book = memoryBook();
  const allow = allowOf({ book, events: [] });
  const name = jail("sshd");
  const banned = [
    ...Array.from({ length: 1500 }, (_, i) => `10.7.${i >> 8}.${i & 255}`),
    "10.0.0.0/8",
    "64:ff9b::10.7.0.1",
    "64:ff9b::/96",
  ].map(subject);
  const steps = banned.map((one) => ({ kind: "ban" as const, ban: banOf(one, name), who: "x" }));
  book.commit({ steps, cursors: [] });
  const entry = { until: "forever", since: NOW, who: "x", reason: "" } as const;
  book.addAllow([{ ...entry, subject: subject("10.7.0.0/16") }]);
  allow.rebuild([policy("sshd")], NOW);
  const lifted = liftAllowed({
    book,
    allow,
    names: [name],
    jails: [],
    now: NOW,
    emit: () => undefined,
  });
  assert.equal(lifted.length, banned.length);
  assert.deepEqual([...book.activeBans({})], []);
});

test("a file in ignoreip exempts its present entries, or the last ones if it cannot be read", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-allow-"));
  try {
    const path = join(folder, "friends");
    const events: TelemetryEvent[] = [];
    await using book = memoryBook();
    const allow = allowOf({ book, events });
    const exempt = (text: string): string | undefined => {
      allow.rebuild([policy("a", `file:${path}`), policy("b")], NOW);
      assert.equal(allow.listOf(jail("b")).covers(subject(text)), undefined);
      return allow.listOf(jail("a")).covers(subject(text));
    };
    assert.equal(exempt("192.0.2.7"), undefined);
    writeFileSync(
      path,
      "# friends\n192.0.2.7, 198.51.100.0/24 ; office\n\t2001:db8::/32 nonsense\n",
    );
    for (const text of ["192.0.2.7", "198.51.100.9", "2001:db8::1"])
      assert.equal(exempt(text), `ignoreip file:${path}`, text);
    writeFileSync(path, "203.0.113.9 203.0.113.10\n");
    assert.deepEqual(
      [exempt("192.0.2.7"), exempt("203.0.113.9")],
      [undefined, `ignoreip file:${path}`],
    );
    rmSync(path);
    assert.equal(exempt("203.0.113.9"), `ignoreip file:${path}`);
    const told = events.flatMap((event) =>
      event.event === "name-unresolved" ? [event.reason] : [],
    );
    assert.equal(
      told.length,
      3,
      "once for each time it could not be read, and for the word that is none",
    );
    assert.match(told[1] ?? "", /"nonsense" is not a valid address or network/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("file entries of ignoreip need an absolute path", () => {
  for (const [text, path] of [
    ["file:/etc/friends", "/etc/friends"],
    ["file:///etc/friends", "/etc/friends"],
    ["file:friends", undefined],
    ["file:", undefined],
  ] as const) {
    const entry = parseIgnoreEntry(text);
    assert.equal(entry?.kind === "file" ? entry.path : undefined, path, text);
  }
});

test("names and files that have never given an address are named, with the reason", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-empty-${process.pid}-`));
  await using book = memoryBook();
  let isDown = true;
  const allow = allowOf({
    ...{ book, events: [] },
    resolve: async () => {
      if (isDown) throw new Error("name not found");
      return [ip("192.0.2.1")];
    },
  });
  const list = join(folder, "list");
  const names = policy("a", "vpn.example.org", `file:${list}`, "192.0.2.9");
  allow.rebuild([names, policy("b", "vpn.example.org")], NOW);
  // Not resolved yet, so it is not reported.
  assert.deepEqual(
    allow.empty().map(({ entry }) => entry),
    [`file:${list}`],
  );
  await allow.resolveNames(() => NOW);
  assert.deepEqual(
    allow.empty().map(({ entry }) => entry),
    ["vpn.example.org", `file:${list}`],
  );
  assert.equal(allow.empty()[0]?.reason, "name not found");
  writeFileSync(list, "# nobody\n");
  allow.rebuild([names], NOW);
  assert.equal(allow.empty()[1]?.reason, "it lists no address");
  writeFileSync(list, "192.0.2.8 # somebody\n");
  isDown = false;
  await allow.resolveNames(() => NOW);
  allow.rebuild([names], NOW);
  assert.deepEqual(allow.empty(), []);
  // Its last answer still counts.
  isDown = true;
  await allow.resolveNames(() => NOW);
  assert.deepEqual(allow.empty(), []);
  rmSync(folder, { recursive: true });
});
