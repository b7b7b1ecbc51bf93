/**
 * Matching entries of unproven senders are counted by sender, never lead to a ban, and are reported if they would have.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { withAutoJails } from "../../config/auto-jails.ts";
import { parseConfig } from "../../config/parse-config.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import type { LineBatch, LineFields } from "../../domain/line-batch.ts";
import { type JailJudgment, judgeJail } from "../judge/jail-state.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { openBook } from "../../record/open-book.ts";
import { Allow } from "../../pipeline/allow/allow.ts";
import { loadFilterCompiler } from "../../jails/compile-any-filter.ts";
import { compileJails } from "../../jails/compile-jails.ts";
import { describeUnproven, describeUnprovenOf } from "../../pipeline/describe-unproven.ts";
import { DriftWatch } from "../drift-watch.ts";
import { LineFollower } from "../../pipeline/follow-lines.ts";
import { keepCounts, createJail } from "../../jails/jail.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { openLibrary } from "../../jails/load-filters.ts";
import { createStateStore } from "../../record/state-store.ts";
import { createRulesCheck } from "./check-rules.ts";
import type { ReadSource } from "../../pipeline/sources/source-plan.ts";
import { systemClock } from "../../host/system-clock.ts";
import { createForwardingPeers } from "../../pipeline/forwarding-peers.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { ...systemClock, now: (): Instant => NOW, monotonic: (): number => 0 };
const OFFENDER = "192.0.2.7";
/** The maxretry of a built-in jail. */
const ENOUGH = 5;

interface Entry {
  readonly journal: Readonly<Record<string, string>>;
  readonly ip?: string;
  readonly message?: string;
}

const SERVICE = { SYSLOG_IDENTIFIER: "sshd", _UID: "33", _SYSTEMD_UNIT: "rcw.service" };
const LOGIN = { SYSLOG_IDENTIFIER: "sshd", _UID: "1000", _SYSTEMD_UNIT: "session-3.scope" };
const ROOT = { SYSLOG_IDENTIFIER: "sshd", _UID: "0", _SYSTEMD_UNIT: "ssh.service" };

async function liveJail(matches: readonly (readonly string[])[]): Promise<LiveJail> {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const compile = await loadFilterCompiler(filters.values());
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([], { paths, ports: new Map() });
  const name = parseJailName("sshd");
  assert.ok(config.ok && name !== undefined);
  const { jails } = withAutoJails(config.value, [name]);
  const [compiled] = compileJails(jails, { filters, compile }, []).jails;
  assert.ok(compiled !== undefined);
  const source: ReadSource = { kind: "journal", matches, directory: undefined };
  return { ...compiled, search: { source, looked: [] } };
}

function batchOf(entries: readonly Entry[]): LineBatch {
  const fields = entries.map(
    ({ journal }, i): LineFields => ({
      ...{ at: NOW, host: "h", pid: 100 + i, journal: new Map(Object.entries(journal)) },
      program: journal["SYSLOG_IDENTIFIER"] ?? journal["_COMM"] ?? "",
    }),
  );
  const lines = entries.map(
    ({ ip = OFFENDER, message }, i) =>
      `${message ?? `Failed password for root from ${ip} port ${4000 + i} ssh2`}\n`,
  );
  return { text: lines.join(""), fields, arrival: "live", cursor: undefined };
}

interface Outcome {
  readonly judged: JailJudgment;
  readonly bans: number;
  readonly said: string | undefined;
  readonly why: string | undefined;
}

async function outcomeOf(
  matches: readonly (readonly string[])[],
  entries: readonly Entry[],
  allowed: readonly string[] = [],
): Promise<Outcome & { readonly live: LiveJail }> {
  const live = await liveJail(matches);
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const resolveName = async () => [];
  const emit = (): void => undefined;
  const allow = new Allow({ book, hostAddresses: () => [], resolveName, emit });
  const ignoreip = allowed.flatMap((text) => {
    const subject = parseSubject(text);
    return subject === undefined ? [] : [{ kind: "subject", subject } as const];
  });
  allow.rebuild([{ ...live.jail.config, ignoreip }], NOW);
  const watch = { jail: live.jail, source: live.search.source as ReadSource };
  const follower = new LineFollower([watch], {
    forwarders: createForwardingPeers(createStateStore(book)),
    ...{ book, allow, clock, localOffset: () => 0, emit, chance: () => 0, where: "the journal" },
    ...{
      enforce: async () => undefined,
      onBannedStillActive: () => undefined,
      checkClock: () => undefined,
    },
  });
  await follower.follow(batchOf(entries), []);
  const drift = new DriftWatch({
    ...{
      stateStore: createStateStore(book),
      clock,
      emit,
      chance: Math.random,
      openPrograms: () => import("../../host/process/program-version.ts"),
    },
    ...{ running: { jails: [live] }, onFound: () => undefined },
  });
  const proofs = createRulesCheck(drift).proofs({ live, source: undefined }, NOW);
  const offender = parseSubject(OFFENDER);
  assert.ok(offender !== undefined);
  drift.close();
  return {
    live,
    judged: judgeJail(proofs, { means: "firewall", reads: "lines", now: NOW }),
    bans: book.countBans().get(live.jail.name) ?? 0,
    said: describeUnproven(live),
    why: describeUnprovenOf(live, offender, allow),
  };
}

function repeat(entry: Entry, count: number): readonly Entry[] {
  return Array.from({ length: count }, () => entry);
}

const OPEN: readonly (readonly [string, readonly (readonly string[])[], Entry])[] = [
  ["SYSLOG_IDENTIFIER", [["SYSLOG_IDENTIFIER=sshd"]], { journal: SERVICE }],
  ["_COMM", [["_COMM=sshd"]], { journal: { ...SERVICE, _COMM: "sshd" } }],
  [
    "one of two matches that names no sender",
    [["_SYSTEMD_UNIT=ssh.service"], ["SYSLOG_IDENTIFIER=sshd"]],
    { journal: SERVICE },
  ],
  ["the whole journal", [[]], { journal: SERVICE }],
];

for (const [what, matches, entry] of OPEN) {
  test(`${what}: lines of a service's account ban nobody, and the jail reports them`, async () => {
    const { judged, bans, said, why } = await outcomeOf(matches, repeat(entry, ENOUGH));
    assert.equal(bans, 0);
    assert.equal(said, "5 lines, none believed: sender uid 33, unit rcw.service");
    assert.equal(judged.state, "degraded");
    assert.equal(judged.cause, "sender-unproven");
    assert.match(judged.fix ?? "", /journal = \["(.+ )?_SYSTEMD_UNIT=rcw\.service"\]/);
    assert.match(why ?? "", /^sshd did not count 5 lines about it: 5 lines, none believed: /);
  });
}

test("untrusted failures below maxretry are shown, and do not degrade the jail", async () => {
  const { judged, said } = await outcomeOf(
    [["SYSLOG_IDENTIFIER=sshd"]],
    repeat({ journal: SERVICE }, ENOUGH - 1),
  );
  assert.equal(said, "4 lines, none believed: sender uid 33, unit rcw.service");
  assert.notEqual(judged.cause, "sender-unproven");
});

test("many addresses below maxretry do not degrade the jail", async () => {
  const entries = Array.from({ length: 20 }, (_, i) => ({ journal: SERVICE, ip: `192.0.2.${i}` }));
  const { judged } = await outcomeOf([["SYSLOG_IDENTIFIER=sshd"]], entries);
  assert.notEqual(judged.cause, "sender-unproven");
});

test("an exempt address would not have been banned", async () => {
  const { judged, said } = await outcomeOf(
    [["SYSLOG_IDENTIFIER=sshd"]],
    repeat({ journal: SERVICE }, ENOUGH),
    [OFFENDER],
  );
  assert.match(said ?? "", /^5 lines/);
  assert.notEqual(judged.cause, "sender-unproven");
});

test("a login account cannot degrade a jail that receives trusted lines", async () => {
  const believed = repeat({ journal: ROOT, ip: "192.0.2.9" }, 1);
  const forged = repeat({ journal: LOGIN }, 3 * ENOUGH);
  const { judged, said } = await outcomeOf([["SYSLOG_IDENTIFIER=sshd"]], [...believed, ...forged]);
  assert.equal(said, "15 lines not believed: sender uid 1000, unit session-3.scope");
  assert.notEqual(judged.cause, "sender-unproven");
});

test("lines of a service are the finding, even if forged ones come later", async () => {
  const believed = repeat({ journal: ROOT, ip: "192.0.2.9" }, 1);
  const own = repeat({ journal: SERVICE }, ENOUGH);
  const forged = repeat({ journal: LOGIN, ip: "192.0.2.8" }, ENOUGH);
  const { judged } = await outcomeOf(
    [["SYSLOG_IDENTIFIER=sshd"]],
    [...believed, ...own, ...forged],
  );
  assert.equal(judged.cause, "sender-unproven");
  assert.match(judged.fix ?? "", /_SYSTEMD_UNIT=rcw\.service/);
});

test("lines of root and of a proven match are trusted, those of other programs are ignored", async () => {
  const root = await outcomeOf([["SYSLOG_IDENTIFIER=sshd"]], repeat({ journal: ROOT }, ENOUGH));
  assert.deepEqual([root.bans, root.said, root.why], [1, undefined, undefined]);
  const proven = await outcomeOf([["_UID=33"]], repeat({ journal: SERVICE }, ENOUGH));
  assert.deepEqual([proven.bans, proven.said], [1, undefined]);
  const chat = { journal: { ...SERVICE, SYSLOG_IDENTIFIER: "chat" }, message: "hello" };
  const others = await outcomeOf([[]], repeat(chat, ENOUGH));
  assert.equal(others.said, undefined);
});

test("many senders are summarized", async () => {
  const uids = Array.from({ length: 100 }, (_, i) => String(i + 1));
  const { said, live } = await outcomeOf(
    [["SYSLOG_IDENTIFIER=sshd"]],
    uids.map((uid) => ({ journal: { SYSLOG_IDENTIFIER: "sshd", _UID: uid } })),
  );
  assert.equal(said, "100 lines, none believed: sender uid 1 and uid 2 and others");
  assert.equal(live.jail.unproven.senders().length, 8);
});

test("the tally is kept over a reload of the same lines, and restarts with others", async () => {
  const { live } = await outcomeOf(
    [["SYSLOG_IDENTIFIER=sshd"]],
    repeat({ journal: SERVICE }, ENOUGH),
  );
  const same = createJail(live.jail.config, live.jail.filter);
  keepCounts(same, live.jail, "same");
  assert.equal(same.unproven.lines, ENOUGH);
  const other = createJail(live.jail.config, live.jail.filter);
  keepCounts(other, live.jail, "other");
  assert.equal(other.unproven.lines, 0);
});
