/**
 * Findings of the rules check, from the main path on: reported once, bounded work in a flood, kept over restart and
 * reload.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withAutoJails } from "../../config/auto-jails.ts";
import { parseConfig } from "../../config/parse-config.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { openBook } from "../../record/open-book.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { judgeJail } from "../judge/jail-state.ts";
import { createRulesCheck } from "./check-rules.ts";
import { createFilterCompiler } from "../../parse/filter/compile-filter.ts";
import { compileJails } from "../../jails/compile-jails.ts";
import { DriftWatch } from "../drift-watch.ts";
import { lineScope } from "../evidence-scope.ts";
import type { LineTally } from "../../pipeline/line-tally.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { openLibrary } from "../../jails/load-filters.ts";
import { createStateStore, type StateStore } from "../../record/state-store.ts";
import { systemClock } from "../../host/system-clock.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { ...systemClock, now: (): Instant => NOW, monotonic: (): number => 0 };
const DENIED = /^Denied password/;
const compile = createFilterCompiler();
const SSHD = (await (await openLibrary([])).read(["sshd"])).filters.get("sshd");

const DENIED_RULE = {
  id: "denied",
  is: "failure",
  mode: "normal",
  counting: "each",
  closes: false,
  login: "password",
  recognize: {
    kind: "line",
    patterns: ["Denied password for {user} from {ip} port {port} ssh2"],
  },
} as const;

async function sshdJail(change: (filter: FilterDefinition) => FilterDefinition): Promise<LiveJail> {
  const name = parseJailName("sshd");
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([], { paths, ports: new Map() });
  assert.ok(config.ok && name !== undefined && SSHD !== undefined);
  const jails = withAutoJails(config.value, [name]).jails;
  const filters = new Map([["sshd", change(SSHD)]]);
  const [jail] = compileJails(jails, { filters, compile }, []).jails;
  assert.ok(jail !== undefined);
  return { ...jail, search: { source: undefined, looked: [] } };
}

interface Scene {
  readonly drift: DriftWatch;
  readonly tally: LineTally;
  readonly events: readonly TelemetryEvent[];
  readonly jail: LiveJail;
  readonly found: () => Promise<void>;
  /** Applies another configuration, and starts its reader. */
  become(jail: LiveJail): LineTally;
}

async function scene(stateStore: StateStore, jail?: LiveJail): Promise<Scene> {
  const running = { jails: [jail ?? (await sshdJail((filter) => filter))] };
  const events: TelemetryEvent[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const drift = new DriftWatch({
    stateStore,
    clock,
    emit: (event) => void events.push(event),
    chance: Math.random,
    openPrograms: () => import("../../host/process/program-version.ts"),
    running,
    onFound: resolve,
  });
  const tally = drift.tallyOf(jailOf(running).jail.filter);
  return {
    ...{ drift, tally, events, found: () => promise },
    get jail() {
      return jailOf(running);
    },
    become(next) {
      running.jails = [next];
      return drift.tallyOf(next.jail.filter);
    },
  };
}

function jailOf({ jails: [jail] }: { readonly jails: readonly LiveJail[] }): LiveJail {
  assert.ok(jail !== undefined);
  return jail;
}

function miss(tally: LineTally, message: string): void {
  tally.missed(message, 0, message.length);
}

function denied(n: number): string {
  return `Denied password for root from 198.51.100.${n % 250} port ${4000 + n} ssh2`;
}

/** Runs `work` with a state store in a real book. */
async function withStateStore(work: (stateStore: StateStore) => Promise<void>): Promise<void> {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  await work(createStateStore(book));
}

function proofOf({ drift, jail }: Scene) {
  const [proof] = createRulesCheck(drift).proofs({ live: jail, source: undefined }, NOW);
  assert.ok(proof !== undefined);
  return proof;
}

test("ten lines are a finding, reported by one event, and the rules link fails", async () => {
  await withStateStore(async (stateStore) => {
    const one = await scene(stateStore);
    one.tally.recognized += 90;
    assert.equal(proofOf(one).kind, "unproven");
    for (let n = 0; n < 10; n++) miss(one.tally, denied(n));
    await one.found();
    const found = one.events.filter(({ event }) => event === "drift-found");
    assert.equal(found.length, 1);
    const [event] = found;
    assert.ok(event?.event === "drift-found");
    assert.match(event.shape, DENIED);
    assert.equal(event.rule, "Denied password for {user} from {ip} port {port} ssh2");
    const proof = proofOf(one);
    assert.ok(proof.kind === "found" && proof.cause === "drift", JSON.stringify(proof));
    assert.match(
      proof.evidence,
      /^10 lines since .*; 90% of sshd's last 100 lines are recognized$/,
    );
    assert.equal(proof.fix, "bailiff drift --accept 1 sshd adds a rule that recognizes them");
    one.drift.close();
  });
});

test("a finding keeps its number over a restart, and is not reported again", async () => {
  await withStateStore(async (stateStore) => {
    const first = await scene(stateStore);
    for (let n = 0; n < 12; n++) miss(first.tally, denied(n));
    await first.found();
    const number = first.drift.of("sshd")?.shapes()[0]?.number;
    first.drift.close();
    const second = await scene(stateStore);
    await second.drift.look();
    const [shape] = second.drift.of("sshd")?.shapes() ?? [];
    assert.equal(shape?.number, number);
    assert.equal(shape?.mined.count, 12);
    assert.equal(proofOf(second).kind, "found");
    for (let n = 0; n < 5; n++) miss(second.tally, denied(n));
    assert.deepEqual(await second.drift.of("sshd")?.mine(NOW), [], "it was reported before");
    assert.equal(second.drift.of("sshd")?.shapes()[0]?.mined.count, 17);
    second.drift.close();
  });
});

for (const [what, added, expected] of [
  ["of the filter's own file", {}, /^no line of sshd was read yet$/],
  [
    "that an operator added",
    { location: { path: "/etc/bailiff/filters/sshd.local.toml", key: "rule" } },
    /^only 0% of sshd's last 12 lines are recognized, including lines read before the last change/,
  ],
] as const) {
  test(`the share after a new rule ${what}`, async () => {
    await withStateStore(async (stateStore) => {
      const one = await scene(stateStore);
      for (let n = 0; n < 12; n++) miss(one.tally, denied(n));
      await one.found();
      const rule = { ...DENIED_RULE, ...added };
      one.become(await sshdJail((filter) => ({ ...filter, rules: [...filter.rules, rule] })));
      const proof = proofOf(one);
      assert.equal(proof.kind, "unproven");
      assert.match(proof.evidence, expected);
      one.drift.close();
    });
  });
}

test("lines that a new rule recognizes are not drift", async () => {
  await withStateStore(async (stateStore) => {
    const one = await scene(stateStore);
    for (let n = 0; n < 12; n++) miss(one.tally, denied(n));
    await one.found();
    const changed = await sshdJail((filter) => ({
      ...filter,
      rules: [...filter.rules, DENIED_RULE],
    }));
    one.become(changed);
    assert.deepEqual(one.drift.of("sshd")?.shapes(), []);
    one.tally.recognized += 100;
    await one.drift.look();
    assert.equal(proofOf(one).kind, "proven");
    one.drift.close();
  });
});

test("a flood is sampled with bounded work, all lines are counted, and a changed message is found", async () => {
  await withStateStore(async (stateStore) => {
    const one = await scene(stateStore);
    for (let n = 0; n < 20_000; n++)
      miss(one.tally, n % 4 === 0 ? denied(n) : `noise ${n} of ${n * 7} kinds ${n % 13}`);
    await one.found();
    const facts = one.drift.of("sshd")?.facts(NOW);
    assert.equal(facts?.recent.lines, 20_000);
    assert.equal(facts?.skipped, 20_000 - 100);
    assert.ok(
      one.events.some((event) => event.event === "drift-found" && DENIED.test(event.shape)),
    );
    one.drift.close();
  });
});

test("saved state that cannot be parsed counts as missing", async () => {
  await withStateStore(async (stateStore) => {
    stateStore.save("drift sshd", '{"days":"x"');
    const one = await scene(stateStore);
    await one.drift.look();
    assert.deepEqual(one.drift.of("sshd")?.shapes(), []);
    one.drift.close();
  });
});

test("a changed program is reported with the effect on its lines", async () => {
  await withStateStore(async (stateStore) => {
    const day = Math.floor(NOW / 86_400_000);
    const program = { path: "/usr/bin/sh", identity: "another file", version: "shell 0.1" };
    const days = [{ day, known: 98, unknown: 2 }];
    const jail = await sshdJail((filter) => ({ ...filter, programs: ["sh"] }));
    const scope = lineScope(jail);
    stateStore.save("drift sshd", JSON.stringify({ scope, days, program, shapes: [] }));
    const one = await scene(stateStore, jail);
    // Not at the first check, during the start.
    await one.drift.look();
    await one.drift.look();
    one.tally.recognized += 69;
    for (let n = 0; n < 31; n++) miss(one.tally, denied(n));
    await one.found();
    const proof = proofOf(one);
    assert.match(
      proof.evidence,
      /\/sh changed( from shell 0\.1 to \S+ \S+)?, seen .*: since then 31% of its 100 lines are not recognized, 2% before$/,
    );
    one.drift.close();
  });
});

test("recognized failures without an address are not protection", async () => {
  await withStateStore(async (stateStore) => {
    const one = await scene(stateStore);
    const { jail } = one.jail;
    one.tally.recognized += 40;
    jail.recognized += 40;
    await one.drift.catchUp();
    assert.equal(proofOf(one).kind, "proven");
    jail.unaddressed = {
      failures: jail.config.maxretry - 1,
      host: "evil.example.com",
      unjoined: 0,
      at: NOW,
    };
    assert.equal(proofOf(one).kind, "proven");
    jail.unaddressed = { failures: 40, host: "evil.example.com", unjoined: 0, at: NOW };
    const proof = proofOf(one);
    assert.ok(proof.kind === "found" && proof.cause === "no-address", JSON.stringify(proof));
    assert.match(proof.evidence, /^40 failures without an address.*evil\.example\.com/);
    // Some failures count: those without an address may be of one client.
    jail.failures = 1;
    assert.equal(proofOf(one).kind, "proven");
    jail.unaddressed.unjoined = 20;
    jail.failures = 180;
    const unjoined = proofOf(one);
    assert.ok(unjoined.kind === "found" && unjoined.cause === "no-address");
    assert.match(unjoined.evidence, /^20 failures without an address: .*nothing joins them/);
    assert.match(unjoined.fix, /^restart the service if a connection /);
    // A small share may be of local clients.
    jail.failures = 181;
    assert.equal(proofOf(one).kind, "proven");
    one.drift.close();
  });
});

test("a log whose lines are never recognized proves nothing", async () => {
  await withStateStore(async (stateStore) => {
    const one = await scene(stateStore);
    const { jail } = one.jail;
    const say = (count: number): void => {
      for (let n = 0; n < count; n++) miss(one.tally, `event ${n} happened`);
      jail.unrecognized += count;
    };
    say(4);
    await one.drift.catchUp();
    assert.equal(proofOf(one).kind, "unproven");
    say(62);
    await one.drift.catchUp();
    const proof = proofOf(one);
    assert.ok(proof.kind === "found" && proof.cause === "none-recognized", JSON.stringify(proof));
    assert.match(proof.evidence, /^66 lines, none recognized: /);
    const judged = judgeJail([proof], { means: "firewall", reads: "lines", now: NOW });
    assert.equal(judged.state, "degraded");
    // One recognized line of any kind.
    one.tally.recognized++;
    jail.recognized++;
    await one.drift.catchUp();
    assert.notEqual(proofOf(one).kind, "found");
    one.drift.close();
  });
});

test("lines behind a quote that was not closed are no drift", async () => {
  await withStateStore(async (stateStore) => {
    const one = await scene(stateStore);
    one.tally.recognized += 500;
    one.jail.jail.recognized += 500;
    one.jail.jail.doubted = 5;
    await one.drift.catchUp();
    const proof = proofOf(one);
    assert.ok(proof.kind === "found" && proof.cause === "quote-open", JSON.stringify(proof));
    assert.match(proof.evidence, /^the last 5 lines came behind a quote that was not closed/);
    assert.match(proof.fix, /^state escapes_line_breaks = true in filter sshd if /);
    const source = { kind: "journal", matches: [], directory: undefined } as const;
    const live = { ...one.jail, search: { source, looked: [] } };
    const [printed] = createRulesCheck(one.drift).proofs({ live, source: undefined }, NOW);
    assert.ok(printed?.kind === "found" && printed.cause === "quote-open");
    assert.match(printed.evidence, /^the last 5 lines are entries of the journal for single lines/);
    one.drift.close();
  });
});

test("lines of another log with the same filter do not prove this jail", async () => {
  await withStateStore(async (stateStore) => {
    const one = await scene(stateStore);
    one.tally.recognized += 500;
    for (let n = 0; n < 20; n++) miss(one.tally, "event happened");
    one.jail.jail.unrecognized += 20;
    await one.drift.catchUp();
    // After a restart: the lines were usual on the days before.
    assert.notEqual(proofOf(one).kind, "found");
    const live = { ...one.jail, search: { source: undefined, looked: [] } };
    const check = createRulesCheck(one.drift);
    const watched = { live, source: undefined };
    await check.look?.([watched, watched], NOW, "usual");
    const [proof] = check.proofs(watched, NOW);
    assert.ok(proof?.kind === "found" && proof.cause === "none-recognized", JSON.stringify(proof));
    one.drift.close();
  });
});

test("lines of another jail of the filter neither prove nor degrade a jail", async () => {
  await withStateStore(async (stateStore) => {
    const one = await scene(stateStore);
    const check = createRulesCheck(one.drift);
    const live = { ...one.jail, search: { source: undefined, looked: [] } };
    const watched = { live, source: undefined };
    const { jail } = one.jail;
    const proof = async () => {
      await check.look?.([watched, watched], NOW, "usual");
      return check.proofs(watched, NOW)[0];
    };
    one.tally.recognized += 90;
    for (let n = 0; n < 10; n++) miss(one.tally, denied(n));
    await one.found();
    const silent = await proof();
    assert.equal(silent?.kind, "unproven", JSON.stringify(silent));
    jail.recognized += 4;
    const heard = await proof();
    assert.ok(heard?.kind === "proven", JSON.stringify(heard));
    assert.match(heard.evidence, /^100% of sshd's last 4 lines are recognized$/);
    jail.unrecognized += 10;
    const own = await proof();
    assert.ok(own?.kind === "found" && own.cause === "drift", JSON.stringify(own));
    jail.unrecognized = 0;
    one.drift.close();
  });
});

test("66 unrecognized lines of one jail do not affect another jail of the filter", async () => {
  await withStateStore(async (stateStore) => {
    const one = await scene(stateStore);
    const check = createRulesCheck(one.drift);
    const live = { ...one.jail, search: { source: undefined, looked: [] } };
    const watched = { live, source: undefined };
    one.jail.jail.recognized += 8;
    for (let n = 0; n < 66; n++) miss(one.tally, `event ${n} happened`);
    await one.drift.catchUp();
    await check.look?.([watched, watched], NOW, "usual");
    assert.equal(check.proofs(watched, NOW)[0]?.kind, "proven");
    one.drift.close();
  });
});

function reading(jail: LiveJail, file: string): LiveJail {
  return { ...jail, search: { source: { kind: "file", files: [file] }, looked: [] } };
}

const OTHERS: readonly (readonly [string, (jail: LiveJail) => Promise<LiveJail>])[] = [
  ["another source", async (jail) => reading(jail, "/var/log/other.log")],
  ["no source", async (jail) => ({ ...jail, search: { source: undefined, looked: [] } })],
  [
    "the journal",
    async (jail) => ({
      ...jail,
      search: {
        source: { kind: "journal", matches: [["_UID=0"]], directory: undefined },
        looked: [],
      },
    }),
  ],
  [
    "a filter of another directory",
    async () =>
      reading(await sshdJail((filter) => ({ ...filter, path: "/elsewhere" })), "/var/log/auth.log"),
  ],
];

for (const [what, change] of OTHERS) {
  test(`${what}: old figures and findings are dropped`, async () => {
    await withStateStore(async (stateStore) => {
      const first = reading(await sshdJail((filter) => filter), "/var/log/auth.log");
      const one = await scene(stateStore, first);
      one.tally.recognized += 14_716;
      await one.drift.look();
      assert.match(proofOf(one).evidence, /^100% of sshd's last 14716 lines are recognized$/);
      for (let n = 0; n < 12; n++) miss(one.tally, denied(n));
      await one.found();
      assert.equal(proofOf(one).kind, "found");
      const tally = one.become(await change(first));
      const proof = proofOf(one);
      assert.equal(proof.kind, "unproven", JSON.stringify(proof));
      assert.equal(proof.evidence, "no line of sshd was read yet");
      assert.deepEqual(one.drift.of("sshd")?.shapes(), []);
      tally.recognized += 3;
      await one.drift.look();
      assert.match(proofOf(one).evidence, /^100% of sshd's last 3 lines are recognized$/);
      one.drift.close();
    });
  });

  test(`${what} over a restart: the same`, async () => {
    await withStateStore(async (stateStore) => {
      const first = reading(await sshdJail((filter) => filter), "/var/log/auth.log");
      const one = await scene(stateStore, first);
      one.tally.recognized += 90;
      for (let n = 0; n < 12; n++) miss(one.tally, denied(n));
      await one.found();
      one.drift.close();
      const same = await scene(stateStore, first);
      await same.drift.look();
      assert.equal(proofOf(same).kind, "found");
      const other = await scene(stateStore, await change(first));
      await other.drift.look();
      assert.equal(proofOf(other).kind, "unproven");
      other.drift.close();
    });
  });
}
