/**
 * Damages the blocks of the firewalld enforcer as administrators and other programs do, beside a real client that keeps
 * trying, and measures how long the repair takes.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { instant } from "../domain/instant.ts";
import { openEnforcedBook } from "./enforced-book.fixture.ts";
import { add, tcp } from "./enforcer.contract.ts";
import { firewallCmd, openTestFirewalld, releaseFirewalld } from "./firewalld.fixture.ts";
import { openNftables } from "./nftables.ts";
import { startOwnFirewalld } from "./own-firewalld.fixture.ts";
import {
  openPacketLab,
  type PacketLab,
  ROUTER_V4,
  ROUTER_V6,
  SSH,
  untilTrue,
} from "./packet-lab.fixture.ts";

const firewalld = await startOwnFirewalld();
let lab: PacketLab;

before(async () => {
  lab = await openPacketLab();
});
after(async () => {
  await lab.close();
  await firewalld[Symbol.asyncDispose]();
});

const V4 = "192.0.2.10";
const V6 = "2001:db8:1::10";
const SET = "bailiff-v4-32-a";
const RULE = `ipv4 raw PREROUTING 0 -m set --match-set ${SET} src -m comment --comment bailiff -j DROP`;

interface Damage {
  readonly what: string;
  readonly run: () => unknown;
  /** Maximum time until the client is blocked again, in seconds. */
  readonly within: number;
}

/** Far less than the half minute after which a comparison finds any damage; usually a second. */
const REPORTED_SECONDS = 20;

/** firewalld reports these. */
const REPORTED: readonly Damage[] = [
  { what: "firewall-cmd --reload", run: () => firewallCmd("--reload"), within: REPORTED_SECONDS },
  {
    what: "firewall-cmd --complete-reload",
    run: () => firewallCmd("--complete-reload"),
    within: REPORTED_SECONDS,
  },
  { what: "a restart of firewalld", run: () => firewalld.restart(), within: 60 },
  {
    what: "a removed entry",
    run: () => firewallCmd(`--ipset=${SET}`, `--remove-entry=${V4}`),
    within: REPORTED_SECONDS,
  },
  {
    what: "a removed permanent set, and a reload",
    run: async () => {
      firewallCmd("--permanent", `--delete-ipset=${SET}`);
      // Until then a reload would fail, because a rule names the set.
      const isBack = (): boolean => firewallCmd("--permanent", "--get-ipsets").includes(SET);
      await untilTrue(isBack, "the set is permanent again");
      firewallCmd("--reload");
    },
    within: REPORTED_SECONDS,
  },
];

/** firewalld does not notice these: a comparison finds them. */
const UNREPORTED: readonly Damage[] = [
  { what: "nft flush ruleset", run: () => attempt("nft", "flush", "ruleset"), within: 90 },
];

const OF_DIRECT_RULES: readonly Damage[] = [
  {
    what: "a removed direct rule",
    run: () => firewallCmd("--direct", "--remove-rule", ...RULE.split(" ")),
    within: REPORTED_SECONDS,
  },
  { what: "ipset flush", run: () => attempt("ipset", "flush"), within: 90 },
  { what: "iptables -F", run: () => attempt("iptables", "-t", "raw", "-F"), within: 90 },
];

const OF_POLICY_RULES: readonly Damage[] = [
  {
    what: "a removed rich rule",
    run: () =>
      firewallCmd(
        "--policy=bailiff-in",
        `--remove-rich-rule=rule family="ipv4" source ipset="${SET}" drop`,
      ),
    within: REPORTED_SECONDS,
  },
  {
    what: "a flushed set",
    run: () => attempt("nft", "flush", "set", "inet", "firewalld", SET),
    within: 90,
  },
];

for (const [rules, damages] of [
  ["direct", [...REPORTED, ...UNREPORTED, ...OF_DIRECT_RULES]],
  ["policy", [...REPORTED, ...UNREPORTED, ...OF_POLICY_RULES]],
] as const) {
  test(`${rules} rules: the client is blocked again after each damage`, {
    timeout: 900_000,
  }, async (context) => {
    {
      await using book = await openEnforcedBook(() => openTestFirewalld({ rules }));
      for (const address of [V4, V6]) await book.ban(address);
      for (const { what, run, within } of damages) {
        await untilBlocked(`before ${what}`);
        await run();
        const began = performance.now();
        const isRepaired = async (): Promise<boolean> => (await book.enforcer.list()).length === 2;
        await untilTrue(isRepaired, `repaired: ${what}`);
        await untilBlocked(what);
        const seconds = (performance.now() - began) / 1000;
        context.diagnostic(`${rules}: ${what}: ${seconds.toFixed(1)} s`);
        assert.ok(seconds < within, `${what}: ${seconds} s`);
        assert.ok(firewalld.isRunning());
      }
    }
    await releaseFirewalld(await openTestFirewalld({ rules }));
  });
}

test("blocks stay in force while sets are added and thousands of blocks written", {
  timeout: 240_000,
}, async () => {
  const enforcer = await openTestFirewalld();
  assert.equal((await enforcer.prepare(now())).error, undefined);
  await enforcer.apply([add(V4)], now());
  const outcomes = new Set<string>();
  let isDone = false;
  const attempts = (async () => {
    while (!isDone) outcomes.add(await connect(V4, 30));
  })();
  const many = Array.from({ length: 3000 }, (_, n) => add(`10.0.${n >> 8}.${n & 255}`));
  await enforcer.apply(many, now());
  await enforcer.apply([add("192.0.2.99", tcp(8080)), add("198.51.100.0/24")], now());
  await enforcer.apply(
    many.map((change) => ({ ...change, kind: "remove" })),
    now(),
  );
  isDone = true;
  await attempts;
  assert.deepEqual([...outcomes], ["dropped"]);
  assert.equal((await enforcer.list()).length, 3);
  await releaseFirewalld(enforcer);
});

test("the nftables enforcer keeps its blocks beside firewalld, whatever it does", {
  timeout: 240_000,
}, async () => {
  const opened = await openNftables({ ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} });
  assert.ok(opened.ok);
  const enforcer = opened.value;
  await enforcer.prepare(now());
  await enforcer.apply([add(V4), add(V6)], now());
  for (const change of [
    () => firewallCmd("--reload"),
    () => firewallCmd("--complete-reload"),
    () => firewalld.restart(),
  ]) {
    const before = await connect(V4, 400);
    await change();
    assert.deepEqual(
      [before, await connect(V4, 400), await connect(V6, 400), await connect("192.0.2.11", 30_000)],
      ["dropped", "dropped", "dropped", "connected"],
    );
    assert.partialDeepStrictEqual(await enforcer.prepare(now()), { repaired: false });
  }
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
  await enforcer.close();
});

async function untilBlocked(what: string): Promise<void> {
  for (const from of [V4, V6])
    await untilTrue(async () => (await connect(from, 400)) === "dropped", `${from}, ${what}`);
}

function connect(from: string, patience: number): Promise<string> {
  const to = from.includes(":") ? ROUTER_V6 : ROUTER_V4;
  return lab.connect({ from, to, port: SSH }, patience);
}

/** Runs a command whose failure does not matter. */
function attempt(program: string, ...args: readonly string[]): void {
  try {
    execFileSync(program, [...args], { stdio: "ignore" });
  } catch {
    // Some damage is only possible with one kind of rules.
  }
}

function now(): ReturnType<typeof instant> {
  return instant(Date.now());
}
