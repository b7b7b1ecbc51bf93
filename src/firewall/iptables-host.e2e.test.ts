/** Tests the iptables enforcer on hosts of all kinds: what it finds, takes over, refuses, explains and leaves behind. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { ForeignChange } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { add, remove, tcp } from "./enforcer.contract.ts";
import {
  IPTABLES_KINDS,
  openTestIptables,
  releaseEnforcer,
  removeRulesAndSets,
} from "./iptables.fixture.ts";
import type { Iptables, IptablesOptions } from "./iptables.ts";
import { judgeHold } from "./judge-hold.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

const DAY = 86_400_000;
/** Too many ports for a name, so the name has a digest. */
const MANY = tcp(25, 465, 587, 143, 993, 110, 995);

for (const { name, options } of IPTABLES_KINDS) {
  check(
    `${name}: closing leaves blocks in force, and the next run takes them over`,
    options,
    async (first) => {
      await first.apply(
        [add("192.0.2.1"), add("2001:db8::/64", MANY), add("192.0.2.9", tcp(22))],
        now(),
      );
      await first.close();
      const second = await openTestIptables(options);
      assert.partialDeepStrictEqual(await second.prepare(now()), {
        error: undefined,
        repaired: false,
      });
      assert.equal((await second.list()).length, 3);
      await second.apply([remove("2001:db8::/64", MANY)], now());
      assert.equal((await second.list()).length, 2);
      await second.close();
    },
  );

  check(
    `${name}: the number of rules does not depend on ports that were banned before`,
    options,
    async (enforcer) => {
      await enforcer.apply([add("192.0.2.1", MANY)], now());
      const before = rules();
      for (let n = 0; n < 3; n++) {
        await enforcer.apply([remove("192.0.2.1", MANY)], now());
        await enforcer.apply([add("192.0.2.1", MANY)], now());
      }
      assert.equal(rules(), before);
    },
  );

  check(
    `${name}: everything of it is removed, also what the other variant left`,
    options,
    async (enforcer) => {
      await enforcer.apply([add("192.0.2.1"), add("2001:db8::1", MANY)], now());
      const variant = options.variant === "nft" ? "legacy" : "nft";
      const other = await openTestIptables({ variant, ipset: true });
      await other.apply([add("192.0.2.3", tcp(80))], now());
      await other.close();
      assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
      assert.doesNotMatch(rules(), /bailiff/);
      assert.equal(run("ipset list -n"), "");
    },
  );
}

check("ends become timeouts of elements, and a longer ban is renewed", {}, async (enforcer) => {
  const at = now();
  const ends = [60_000, 24 * DAY, 25 * DAY, 900 * DAY].map((left) => instant(at + left));
  const blocks = ends.map((until, n) => add(`192.0.2.${n + 1}`, ALL_PORTS, until));
  assert.deepEqual(await enforcer.apply([...blocks, add("192.0.2.9")], at), []);
  const listed = new Map((await enforcer.list()).map((block) => [String(block.subject), block]));
  const left = (n: number): number => listed.get(`192.0.2.${n}`)?.left ?? Number.NaN;
  assert.ok(left(1) > 55_000 && left(1) <= 63_000, `${left(1)}`);
  assert.ok(left(2) > 23.9 * DAY && left(2) <= 24 * DAY + 3000);
  for (const n of [3, 4]) assert.ok(left(n) > 24.8 * DAY && left(n) <= 2_147_483_000);
  assert.equal(listed.get("192.0.2.9")?.left, undefined);
  for (const [n, until] of ends.entries()) {
    const block = listed.get(`192.0.2.${n + 1}`);
    assert.ok(block !== undefined);
    assert.equal(judgeHold(block, { until }, at, enforcer.abilities.maxHold), "held");
  }
  await enforcer.apply([add("192.0.2.9", ALL_PORTS, instant(at + 30_000)), add("192.0.2.1")], at);
  const again = await enforcer.list();
  assert.equal(again.find(({ subject }) => subject === "192.0.2.1")?.left, undefined);
  assert.ok((again.find(({ subject }) => subject === "192.0.2.9")?.left ?? 0) <= 33_000);
});

check("sets that cannot hold our blocks are replaced", {}, async (enforcer) => {
  for (const wrong of [
    ...[
      "hash:ip timeout 0 counters",
      "hash:net maxelem 10 timeout 0 counters",
      "bitmap:port range 1-9",
    ],
    ...["hash:net timeout 0", "hash:net counters", "hash:net family inet6 timeout 0 counters"],
  ]) {
    run(`${removeRulesAndSets("nft", "bailiff4-all")}; ipset create bailiff4-all ${wrong}`);
    assert.partialDeepStrictEqual(
      await enforcer.prepare(now()),
      { error: undefined, repaired: true },
      wrong,
    );
    assert.deepEqual(await enforcer.apply([add("192.0.2.1")], now()), [], wrong);
  }
  run(`${removeRulesAndSets("nft", "bailiff4-all")}; ipset create bailiff4-all hash:ip`);
  run("iptables-nft -A INPUT -m set --match-set bailiff4-all src -j ACCEPT");
  const { error } = await enforcer.prepare(now());
  assert.match(error ?? "", /in use/);
  run("iptables-nft -F");
});

check("the removal waits for a set that the kernel releases late", {}, async (enforcer) => {
  await enforcer.apply([add("192.0.2.1")], now());
  run("iptables-nft -A INPUT -m set --match-set bailiff4-all src -j ACCEPT");
  const release = setTimeout(() => run("iptables-nft -F"), 12_000);
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
  clearTimeout(release);
  assert.equal(run("ipset list -n"), "");
});

check(
  "an element that ipset refuses is reported, and the rest takes effect",
  {},
  async (enforcer) => {
    const blocks = Array.from({ length: 30 }, (_, n) => add(`192.0.2.${n + 1}`));
    const all = add("0.0.0.0/0");
    assert.deepEqual(
      await enforcer.apply([...blocks.slice(0, 9), all, ...blocks.slice(9)], now()),
      [{ change: all, error: "this enforcer cannot block all addresses", retryable: false }],
    );
    assert.equal((await enforcer.list()).length, 30);
  },
);

check("plain rules hold a limited number of blocks", { ipset: false }, async (enforcer) => {
  const blocks = Array.from({ length: 502 }, (_, n) =>
    add(n % 2 === 0 ? `10.0.${n >> 8}.${n & 255}` : `2001:db8::${n.toString(16)}`),
  );
  const refusals = await enforcer.apply(blocks, now());
  assert.equal(refusals.length, 2);
  assert.match(refusals[0]?.error ?? "", /hold at most 500 bans/);
  assert.equal(refusals[0]?.retryable, true);
  await enforcer.apply([remove("10.0.0.0"), add("192.0.2.1")], now());
  assert.equal((await enforcer.list()).length, 500);
});

check(
  "changes of nf_tables rules are reported with their author, our own are not",
  {},
  async (enforcer) => {
    const stop = new AbortController();
    const hold = setInterval(() => {}, 1000);
    const notices = enforcer.watch(stop.signal)[Symbol.asyncIterator]();
    const first: Promise<IteratorResult<ForeignChange>> = notices.next();
    await enforcer.apply([add("192.0.2.1", tcp(22)), add("2001:db8::1", MANY)], now());
    try {
      const pid = run("echo $$; exec iptables-nft -F bailiff");
      assert.partialDeepStrictEqual((await first).value, {
        ...{ kind: "changed", by: { program: "iptables-nft", pid: Number(pid) } },
      });
    } finally {
      stop.abort();
    }
    assert.equal((await notices.next()).done, true);
    clearInterval(hold);
  },
);

for (const { name, options } of IPTABLES_KINDS)
  check(
    `${name}: a ban right after another program removed bans does not hide that`,
    options,
    async (enforcer) => {
      await enforcer.apply([add("192.0.2.1"), add("192.0.2.2")], now());
      // Elements of a set are counted a second after they were added.
      if (options.ipset) await new Promise((resolve) => setTimeout(resolve, 1500));
      run(
        options.ipset ? "ipset flush bailiff4-all" : `iptables-${options.variant} -F bailiff4-all`,
      );
      await enforcer.apply([add("192.0.2.3"), add("192.0.2.4"), add("192.0.2.5")], now());
      const stop = new AbortController();
      const hold = setInterval(() => {}, 1000);
      const notices = enforcer.watch(stop.signal)[Symbol.asyncIterator]();
      assert.partialDeepStrictEqual((await notices.next()).value, { kind: "changed" });
      stop.abort();
      assert.equal((await notices.next()).done, true);
      clearInterval(hold);
    },
  );

test("the variant that holds rules is found", { timeout: 120_000 }, async () => {
  for (const variant of ["legacy", "nft"] as const) {
    run(`iptables-${variant} -A INPUT -s 203.0.113.1 -j ACCEPT`);
    const enforcer = await openTestIptables({ variant: "auto" });
    assert.equal(enforcer.variant, variant);
    run(`iptables-${variant} -D INPUT -s 203.0.113.1 -j ACCEPT`);
    await releaseEnforcer(enforcer);
  }
});

/** What a host lacks → what opening reports. */
const LACKS: readonly (readonly [string, readonly string[], string, RegExp])[] = [
  [
    "permission",
    ["setpriv", "--reuid=65534", "--clear-groups"],
    "",
    /no permission.*CAP_NET_ADMIN/,
  ],
  [
    "ipset",
    hiding("ipset"),
    "",
    /ipset is not installed: install the package ipset.* ipset = false/,
  ],
  [
    "iptables",
    hiding("xtables-nft-multi"),
    "",
    /iptables-nft-save .* not installed: install the package/,
  ],
  ["legacy", hiding("xtables-legacy-multi"), 'variant: "legacy"', /iptables-legacy-save .*install/],
];

for (const [what, wrapper, overrides, expected] of LACKS)
  test(`without ${what}, opening reports what is missing`, { timeout: 120_000 }, () => {
    assert.match(openElsewhere(wrapper, overrides), expected);
  });

test("the capabilities of the service are enough", { timeout: 120_000 }, async () => {
  const capabilities = "--bounding-set=-all,+net_admin,+net_raw,+dac_read_search";
  for (const { options } of IPTABLES_KINDS) {
    const overrides = `...${JSON.stringify(options)}`;
    assert.equal(openElsewhere(["setpriv", capabilities], overrides), "opened\n");
    await releaseEnforcer(await openTestIptables(options));
  }
});

test("rules of nft that iptables cannot read are reported", { timeout: 120_000 }, async () => {
  run(
    "nft 'add table ip filter; add chain ip filter INPUT { type filter hook input priority 0; }'",
  );
  run("nft 'add rule ip filter INPUT meta mark set ip dscp map { 1 : 2 }'");
  await assert.rejects(openTestIptables({}), /iptables cannot read.*enforcer = "nftables"/);
  run("nft delete table ip filter");
});

/** Opens the enforcer in a process that the wrapper starts. Returns "opened", or why it cannot be. */
function openElsewhere(wrapper: readonly string[], overrides: string): string {
  const script = `
    const { openIptables } = await import(${JSON.stringify(import.meta.resolve("./iptables.ts"))});
    const { IPTABLES_OPTIONS } = await import(${JSON.stringify(import.meta.resolve("./iptables.fixture.ts"))});
    const opened = await openIptables({ ...IPTABLES_OPTIONS, ${overrides} });
    console.log(opened.ok ? "opened" : opened.error.reason + ": " + opened.error.fix);`;
  const [program, ...args] = [...wrapper, process.execPath, "--input-type=module", "-e", script];
  return execFileSync(program, args, { encoding: "utf8" });
}

/** A mount namespace in which a program of /usr/sbin is not executable. */
function hiding(program: string): readonly string[] {
  const script = `mount --bind /dev/null "$(readlink -f /usr/sbin/${program})"; exec "$@"`;
  return ["unshare", "--mount", "sh", "-c", script, "sh"];
}

function check(
  what: string,
  options: Partial<IptablesOptions>,
  body: (enforcer: Iptables) => Promise<void>,
): void {
  test(what, { timeout: 120_000 }, async () => {
    const enforcer = await openTestIptables(options);
    try {
      await body(enforcer);
    } finally {
      await releaseEnforcer(enforcer);
    }
  });
}

function rules(): string {
  const commands = ["iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy"];
  return commands.map((command) => run(`${command} -S`)).join("\n");
}

function run(command: string): string {
  return execFileSync("sh", ["-c", command], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function now(): ReturnType<typeof instant> {
  return instant(Date.now());
}
