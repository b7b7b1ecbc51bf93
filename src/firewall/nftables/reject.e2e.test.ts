/** Sends real packets against blocks of the nftables enforcer that rejects them: each answer, and what gets none. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { instant } from "../../domain/instant.ts";
import { enterOwnNetwork } from "../../host/kernel/own-network.fixture.ts";
import { sendTestPacket } from "../../host/kernel/send-test-packet.ts";
import { add, subject, tcp } from "../enforcer.contract.ts";
import { type Nftables, openNftables } from "../nftables.ts";
import { ANSWERS_PER_SECOND } from "./refuse-rules.ts";
import {
  DNS,
  INNER_V4,
  INNER_V6,
  openPacketLab,
  type PacketLab,
  ROUTER_V4,
  ROUTER_V6,
  SSH,
  untilTrue,
  WEB,
} from "../packet-lab.fixture.ts";
import { REJECT_ANSWERS } from "../reject-answers.fixture.ts";
import type { Verdict } from "../verdict.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

let lab: PacketLab;
before(async () => {
  lab = await openPacketLab();
  lab.prepareForAnswers();
});
after(() => lab.close());

const PATIENCE_MS = 30_000;
const [V4, V6] = ["192.0.2.10", "2001:db8:1::10"];
const BLOCKS = [add(V4), add(V6)];

for (const library of ["libnftables", "nft"] as const)
  for (const { reason, v4, v6 } of REJECT_ANSWERS)
    check(`${library} rejects with ${reason}`, async () => {
      const enforcer = await open({ kind: "reject", with: reason }, library);
      assert.deepEqual(await enforcer.apply(BLOCKS, now()), []);
      assert.equal(await ask(V4, ROUTER_V4, SSH), v4);
      assert.equal(await ask(V6, ROUTER_V6, SSH), v6);
      assert.equal(await ask(V4, INNER_V4, WEB), v4);
      assert.equal(await ask(V6, INNER_V6, WEB), v6);
      // A client's kernel reports no error about a datagram that may be temporary.
      const isReported = !/(?:host|net)-unreachable/.test(reason);
      for (const to of [ROUTER_V4, INNER_V4])
        await assertDatagramAnswered(V4, to, isReported ? v4 : undefined);
      for (const to of [ROUTER_V6, INNER_V6])
        await assertDatagramAnswered(V6, to, isReported ? v6 : undefined);
      assert.equal(await ask("192.0.2.11", ROUTER_V4, SSH), "connected");
      const { structure } = await enforcer.prepare(now());
      assert.match(structure ?? "", new RegExp(`prerouting -310, .*rejecting with ${reason}$`));
      await enforcer.close();
    });

for (const library of ["libnftables", "nft"] as const)
  check(`${library}: damage to the chain that answers is repaired, blocks untouched`, async () => {
    const enforcer = await open({ kind: "reject", with: "tcp-reset" }, library);
    await enforcer.apply([...BLOCKS, add("192.0.2.99", tcp(SSH))], now());
    const right = listRules();
    for (const damage of [
      "flush chain inet bailiff refuse",
      "insert rule inet bailiff refuse accept",
      "rename chain inet bailiff refuse renamed",
      "flush chain inet bailiff guard; flush chain inet bailiff tcp_22; flush chain inet bailiff refuse; delete chain inet bailiff refuse",
      "flush chain inet bailiff refuse; add rule inet bailiff refuse reject",
    ]) {
      execFileSync("nft", [damage]);
      const prepared = await enforcer.prepare(now());
      assert.partialDeepStrictEqual(prepared, { error: undefined, repaired: true }, damage);
      assert.deepEqual(listRules(), right, damage);
      assert.equal(await ask(V4, ROUTER_V4, SSH), "ECONNREFUSED", damage);
      assert.equal((await enforcer.list()).length, 3);
    }
    await enforcer.close();
  });

check("a change between drop and reject lets no packet pass, and leaves no chain", async () => {
  let enforcer = await open({ kind: "drop" });
  await enforcer.apply(BLOCKS, now());
  let isDone = false;
  const outcomes = new Set<string>();
  const attempts = (async () => {
    while (!isDone) outcomes.add(await lab.connect({ from: V4, to: ROUTER_V4, port: SSH }, 30));
  })();
  const before = listChains();
  for (let round = 0; round < 10; round++) {
    const kinds = [{ kind: "reject", with: "tcp-reset" }, { kind: "drop" }] as const;
    for (const verdict of kinds) {
      await enforcer.close();
      enforcer = await open(verdict);
      if (verdict.kind === "drop") continue;
      assert.equal(await ask(V4, ROUTER_V4, SSH), "ECONNREFUSED");
      assert.equal((await enforcer.list()).length, 2);
    }
    assert.deepEqual(listChains(), before);
  }
  isDone = true;
  await attempts;
  assert.ok(!outcomes.has("connected"), [...outcomes].join(" "));
  await enforcer.close();
});

check(
  "a packet of a self-test, which comes over the loopback interface, gets no answer",
  async () => {
    const enforcer = await open({ kind: "reject", with: "icmp-port-unreachable" });
    await enforcer.apply(BLOCKS, now());
    for (const [from, to] of [
      [V4, ROUTER_V4],
      [V6, ROUTER_V6],
    ] as const) {
      countAnswers(from);
      const [before] = await enforcer.count([subject(from)]);
      const packet = {
        from: ipOf(from),
        to: ipOf(to),
        port: { protocol: "tcp", number: SSH },
      } as const;
      assert.deepEqual(await sendTestPacket(packet), { ok: true, value: undefined });
      await untilTrue(
        async () => (await packetsOf(enforcer, from)) > (before?.packets ?? 0),
        "it is stopped",
      );
      assert.equal(answers(), 0);
    }
    await enforcer.close();
  },
);

check("answers to a flood are limited, and all of its packets are counted", async () => {
  const enforcer = await open({ kind: "reject", with: "tcp-reset" });
  await enforcer.apply(BLOCKS, now());
  countAnswers(V4);
  const began = performance.now();
  const dropped = async (): Promise<boolean> => {
    await lab.burst({ from: V4, to: ROUTER_V4, port: SSH }, 3000);
    return (await packetsOf(enforcer, V4)) > answers() + 500;
  };
  await untilTrue(dropped, "some packets get no answer");
  const seconds = (performance.now() - began) / 1000;
  assert.ok(answers() > 0);
  assert.ok(answers() <= ANSWERS_PER_SECOND * (1 + seconds), `${answers()} in ${seconds} s`);
  await enforcer.close();
});

// The last one, because it leaves the client unable to reach the router.
check("a packet to all hosts of a link gets no answer", async () => {
  const enforcer = await open({ kind: "reject", with: "tcp-reset" });
  await enforcer.apply(BLOCKS, now());
  assert.equal(await ask(V4, ROUTER_V4, SSH), "ECONNREFUSED");
  countAnswers(V4);
  lab.broadcastToRouter();
  const before = await packetsOf(enforcer, V4);
  assert.equal(await lab.connect({ from: V4, to: ROUTER_V4, port: SSH }, 400), "dropped");
  assert.ok((await packetsOf(enforcer, V4)) > before);
  assert.equal(answers(), 0);
  await enforcer.close();
});

function check(what: string, run: () => Promise<void>): void {
  test(what, { timeout: 240_000 }, async () => {
    try {
      await run();
    } finally {
      execFileSync("nft", ["flush", "ruleset"]);
    }
  });
}

async function open(verdict: Verdict, library?: "libnftables" | "nft"): Promise<Nftables> {
  const options = { ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} };
  const opened = await openNftables({ ...options, verdict, library: library ?? "auto" });
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  assert.equal((await opened.value.prepare(now())).error, undefined);
  return opened.value;
}

function ask(from: string, to: string, port: number): Promise<string> {
  return lab.connect({ from, to, port }, PATIENCE_MS);
}

async function packetsOf(enforcer: Nftables, ip: string): Promise<number> {
  const counted = await enforcer.count([subject(ip)]);
  return counted.reduce((sum, { packets = 0 }) => sum + packets, 0);
}

async function assertDatagramAnswered(
  from: string,
  to: string,
  outcome: string | undefined,
): Promise<void> {
  countAnswers(from);
  if (outcome === undefined) await lab.connect({ from, to, port: DNS }, 400);
  else assert.equal(await ask(from, to, DNS), outcome);
  assert.ok(answers() > 0, `an answer to ${from} about ${to}`);
}

/** Counts the packets that this host sends to an address from now on. */
function countAnswers(ip: string): void {
  const rule = `${ip.includes(":") ? "ip6" : "ip"} daddr ${ip} counter name sent`;
  execFileSync("nft", [
    `add table inet observer; delete table inet observer; add table inet observer;
    add counter inet observer sent;
    add chain inet observer out { type filter hook output priority 0; };
    add rule inet observer out ${rule}`,
  ]);
}

function answers(): number {
  const counter = execFileSync("nft", ["list", "counter", "inet", "observer", "sent"], {
    encoding: "utf8",
  });
  return Number(/packets (\d+)/.exec(counter)?.[1]);
}

function listChains(): readonly string[] {
  const table = execFileSync("nft", ["-t", "list", "table", "inet", "bailiff"], {
    encoding: "utf8",
  });
  return table.split("\n").filter((line) => line.includes("chain"));
}

function listRules(): readonly string[] {
  const table = execFileSync("nft", ["-t", "-s", "list", "table", "inet", "bailiff"], {
    encoding: "utf8",
  });
  return table.split("\n").toSorted();
}

function ipOf(text: string): Ip {
  const ip = parseIp(text);
  assert.ok(ip !== undefined);
  return ip;
}

function now(): ReturnType<typeof instant> {
  return instant(Date.now());
}
