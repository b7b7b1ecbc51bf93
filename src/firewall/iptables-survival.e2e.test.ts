/**
 * Lets other programs damage the rules, and proves with packets that bans of the iptables enforcer come back: flushed
 * chains, restored saves, destroyed sets, rules before ours, and chains as Docker creates and re-creates them.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { instant } from "../domain/instant.ts";
import { type EnforcedBook, openEnforcedBook, textsOf } from "./enforced-book.fixture.ts";
import { EMPTY_FOR } from "./empty-sets.ts";
import { add, remove, tcp } from "./enforcer.contract.ts";
import { IPTABLES_KINDS, openTestIptables, releaseEnforcer } from "./iptables.fixture.ts";
import {
  type Exchange,
  INNER_V4,
  INNER_V6,
  openPacketLab,
  type PacketLab,
  ROUTER_V4,
  ROUTER_V6,
  SSH,
  untilTrue,
  WEB,
} from "./packet-lab.fixture.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

const [V4, V6] = ["192.0.2.10", "2001:db8:1::10"];
/** The port of the host that Docker publishes for the port WEB of its container. */
const PUBLISHED = 8080;

let lab: PacketLab;
before(async () => {
  lab = await openPacketLab();
});
after(() => lab.close());

for (const { name, options } of IPTABLES_KINDS) {
  const tool = (family: "4" | "6"): string =>
    `${family === "4" ? "iptables" : "ip6tables"}-${options.variant}`;
  const both = (args: string): void => {
    for (const family of ["4", "6"] as const) shell(`${tool(family)} -w 10 ${args}`);
  };

  const check = (what: string, run: (book: EnforcedBook) => Promise<void>): void => {
    test(`${name}: ${what}`, { timeout: 300_000 }, async () => {
      try {
        await using book = await openEnforcedBook(() => openTestIptables(options));
        await run(book);
      } finally {
        await releaseEnforcer(await openTestIptables(options));
        both("-P FORWARD ACCEPT");
        both("-F");
        both("-X");
        both("-t nat -F");
        both("-t nat -X");
      }
    });
  };

  // Without a book, whose repairs would bring back rules while the removal waits for the kernel to release the sets.
  test(`${name}: chains of the administrator stay and do not stop the removal`, {
    timeout: 300_000,
  }, async () => {
    const enforcer = await openTestIptables(options);
    await enforcer.prepare(instant(Date.now()));
    both("-N bailiff-exceptions");
    both("-I INPUT -j bailiff-exceptions");
    both("-A bailiff-exceptions -j bailiff-verdict");
    both("-N bailiff-old");
    assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
    await enforcer.close();
    for (const family of ["4", "6"] as const) {
      const rules = execFileSync(tool(family), ["-S"], { encoding: "utf8" });
      assert.deepEqual(rules.match(/^-[NA] .*bailiff.*$/gm), [
        ...["-N bailiff-exceptions", "-N bailiff-old"],
        "-A INPUT -j bailiff-exceptions",
      ]);
    }
  });

  test(`${name}: sets and rules of ports without bans are removed`, {
    timeout: 300_000,
  }, async () => {
    const enforcer = await openTestIptables(options);
    try {
      const listing = (): string =>
        shell(`${tool("4")} -S; ${tool("6")} -S; ipset list -n`).replaceAll(/ -c \d+ \d+/g, "");
      const at = (hours: number) => instant(Date.now() + hours * EMPTY_FOR);
      await enforcer.apply([add(V4, tcp(SSH))], at(0));
      const before = listing();
      await enforcer.apply([add(V6, tcp(SSH, WEB)), add(V4, tcp(PUBLISHED))], at(0));
      for (const hours of [0, 1]) await enforcer.prepare(at(hours));
      assert.notEqual(listing(), before, "they have blocks");
      await enforcer.apply([remove(V6, tcp(SSH, WEB)), remove(V4, tcp(PUBLISHED))], at(1));
      await enforcer.prepare(at(1));
      assert.notEqual(listing(), before, "the next block may come soon");
      assert.partialDeepStrictEqual(await enforcer.prepare(at(2)), {
        ...{ error: undefined, repaired: false },
      });
      assert.equal(listing(), before);
      assert.equal((await enforcer.prepare(at(2))).repaired, false);
      assert.deepEqual(await enforcer.apply([add(V6, tcp(SSH, WEB))], at(2)), []);
      assert.deepEqual(textsOf(await enforcer.list()).length, 2);
    } finally {
      await releaseEnforcer(enforcer);
    }
  });

  check("whatever other programs do to the rules, bans are in force again", async (book) => {
    const saves = new Map(
      (["4", "6"] as const).map((family) => [family, shell(`${tool(family)}-save -t filter`)]),
    );
    const exchanges: Exchange[] = [];
    for (const [from, to] of [
      [V4, ROUTER_V4],
      [V6, ROUTER_V6],
      [V4, INNER_V4],
      [V6, INNER_V6],
    ] as const)
      exchanges.push(await lab.openExchange({ from, to, port: SSH }));
    for (const address of [V4, V6]) await book.ban(address, tcp(SSH));
    await book.ban("203.0.113.0/24");
    await untilSilent(exchanges);

    const empty =
      "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n";
    const damages: Readonly<Record<string, () => void>> = {
      "iptables -F": () => both("-F"),
      "ipset destroy": () => {
        both("-F");
        both("-X");
        if (options.ipset) shell("ipset destroy");
      },
      "ipset flush": () => {
        if (options.ipset) shell("ipset flush");
        else
          for (const family of ["4", "6"] as const)
            shell(`${tool(family)} -F bailiff${family}-t22`);
      },
      "an empty save": () => {
        for (const family of ["4", "6"] as const) shell(`${tool(family)}-restore -w 10`, empty);
      },
      "a save from before the bans": () => {
        for (const [family, save] of saves) shell(`${tool(family)}-restore -w 10`, save);
      },
      "a rule before ours": () => {
        both("-I INPUT -j ACCEPT");
        both("-I FORWARD -j ACCEPT");
      },
    };
    for (const [what, damage] of Object.entries(damages)) {
      // Elements are counted a second after they were added.
      await wait(1500);
      // The enforcer may just be replacing what is to be damaged.
      await untilTrue(() => succeeds(damage), `${what} succeeds`);
      await untilSilent(exchanges, what);
    }
    assert.deepEqual(
      book.events.filter(({ event }) => event === "enforce-refused"),
      [],
    );
    for (const exchange of exchanges) await exchange.end();
  });

  check(
    "published ports of containers are covered, also after Docker re-creates its chains",
    async (book) => {
      const via = { from: V4, to: ROUTER_V4, port: PUBLISHED };
      startDocker(tool("4"));
      assert.equal(await lab.connect(via, 30_000), "connected");
      const exchange = await lab.openExchange(via);
      // By the port that clients dial, and by that of the container.
      for (const port of [PUBLISHED, WEB]) {
        await book.ban(V4, tcp(port));
        await book.reconcile();
        await untilSilent([exchange], `port ${port}`);
        restartDocker(tool("4"));
        await untilSilent([exchange], `port ${port} after a restart`);
        await book.unban(V4, tcp(port));
        assert.equal(await lab.connect(via, 30_000), "connected");
      }
      await book.ban(V4, tcp(SSH));
      assert.equal(await lab.connect(via, 30_000), "connected");
      await exchange.end();
    },
  );
}

test("other settings take effect without a gap, and leave nothing of the former ones", {
  timeout: 240_000,
}, async () => {
  const exchange = await lab.openExchange({ from: V4, to: ROUTER_V4, port: SSH });
  const forwarded = await lab.openExchange({ from: V6, to: INNER_V6, port: WEB });
  const first = await openTestIptables({});
  const blocks = [add(V4, tcp(SSH)), add(V6), add("203.0.113.1", tcp(25, 465, 587, 143, 993, 995))];
  assert.deepEqual(await first.apply(blocks, instant(Date.now())), []);
  await first.close();
  await untilSilent([exchange, forwarded]);
  const replies = [await exchange.replies(), await forwarded.replies()];
  const kinds = IPTABLES_KINDS.map(({ options }) => options);
  for (const options of [
    ...kinds,
    ...kinds.toReversed(),
    ...kinds.slice(2),
    ...kinds.slice(0, 2),
  ]) {
    const what = JSON.stringify(options);
    const next = await openTestIptables(options);
    assert.deepEqual(textsOf(await next.list()), textsOf(blocks), what);
    const other = options.variant === "nft" ? "legacy" : "nft";
    for (const command of [`iptables-${other}`, `ip6tables-${other}`])
      assert.doesNotMatch(shell(`${command} -S`), /bailiff/, what);
    assert.equal(shell("ipset list -n") === "", !options.ipset, what);
    await next.close();
  }
  assert.deepEqual([await exchange.replies(), await forwarded.replies()], replies);
  await releaseEnforcer(await openTestIptables({}));
  for (const one of [exchange, forwarded]) await one.end();
});

/** Waits until no exchange gets answers for half a second. */
async function untilSilent(exchanges: readonly Exchange[], what = "bans"): Promise<void> {
  const count = (): Promise<readonly number[]> =>
    Promise.all(exchanges.map((exchange) => exchange.replies()));
  let last = await count();
  let since = performance.now();
  await untilTrue(async () => {
    const now = await count();
    if (now.some((replies, i) => replies !== last[i])) {
      last = now;
      since = performance.now();
    }
    return performance.now() - since > 500;
  }, what);
}

/** Creates chains and rules as Docker does for a bridge with one published port. */
function startDocker(iptables: string): void {
  for (const args of [
    ...["-P FORWARD DROP", "-N DOCKER", "-N DOCKER-FORWARD", "-N DOCKER-USER"],
    ...["-A DOCKER-USER -j RETURN", "-I FORWARD -j DOCKER-FORWARD", "-I FORWARD -j DOCKER-USER"],
    "-A DOCKER-FORWARD -o inner0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A DOCKER-FORWARD -o inner0 -j DOCKER",
    "-A DOCKER-FORWARD -i inner0 ! -o inner0 -j ACCEPT",
    `-A DOCKER -d ${INNER_V4}/32 ! -i inner0 -o inner0 -p tcp -m tcp --dport ${WEB} -j ACCEPT`,
    ...["-t nat -N DOCKER", "-t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER"],
    `-t nat -A DOCKER ! -i inner0 -p tcp -m tcp --dport ${PUBLISHED} -j DNAT --to-destination ${INNER_V4}:${WEB}`,
  ])
    shell(`${iptables} -w 10 ${args}`);
}

/** Removes Docker's chains, and creates them again before all other rules. */
function restartDocker(iptables: string): void {
  for (const args of [
    ...["-D FORWARD -j DOCKER-USER", "-D FORWARD -j DOCKER-FORWARD"],
    ...["DOCKER-USER", "DOCKER-FORWARD", "DOCKER"].map((chain) => `-F ${chain}`),
    ...["DOCKER-USER", "DOCKER-FORWARD", "DOCKER"].map((chain) => `-X ${chain}`),
    "-t nat -D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
    ...["-t nat -F DOCKER", "-t nat -X DOCKER"],
  ])
    shell(`${iptables} -w 10 ${args}`);
  startDocker(iptables);
}

function succeeds(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function shell(command: string, input = ""): string {
  return execFileSync("sh", ["-c", command], { encoding: "utf8", input });
}
