/** Tests the nftables enforcer against a real kernel, in a separate network, through libnftables and through `nft`. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ForeignChange } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { add, remove, tcp, testEnforcerContract } from "./enforcer.contract.ts";
import { testEnforcerSequences } from "./enforcer-sequences.contract.ts";
import { EMPTY_FOR } from "./empty-sets.ts";
import { type Nftables, openNftables } from "./nftables.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

const LIBRARIES = ["libnftables", "nft"] as const;
type Library = (typeof LIBRARIES)[number];

for (const library of LIBRARIES) {
  testEnforcerContract(library, async (isAllowed) => {
    const enforcer = await open(library, { isAllowed });
    return { enforcer, release: () => release(enforcer) };
  });

  testEnforcerSequences({
    name: library,
    open: () => open(library, {}),
    clean: async () => release(await open(library, {})),
    damages: Object.fromEntries(
      [
        ...["flush ruleset", "flush table inet bailiff", "flush set inet bailiff v4_32"],
        ...["insert rule inet bailiff guard accept"],
        "add element inet bailiff v4_32 { 192.0.2.77 }",
      ].map((commands) => [commands, () => tryNft(commands)]),
    ),
  });

  check(
    library,
    "closing leaves blocks in the kernel, and the next run takes them over",
    async (first) => {
      await first.apply([add("192.0.2.1"), add("198.51.100.0/22", tcp(22, 80))], now());
      await first.close();
      const second = await open(library, {});
      assert.partialDeepStrictEqual(await second.prepare(now()), {
        error: undefined,
        repaired: false,
      });
      assert.equal((await second.list()).length, 2);
      await second.apply([remove("198.51.100.0/22", tcp(22, 80))], now());
      assert.equal((await second.list()).length, 1);
      await second.close();
    },
  );

  check(
    library,
    "each kind of damage to the structure is repaired, blocks untouched",
    async (enforcer) => {
      await enforcer.apply([add("192.0.2.1"), add("192.0.2.2", tcp(22))], now());
      const right = sortedLines(ruleset());
      for (const damage of [
        "insert rule inet bailiff guard accept",
        "add rule inet bailiff guard accept",
        "flush chain inet bailiff guard",
        "flush chain inet bailiff tcp_22",
        "insert rule inet bailiff tcp_22 accept",
        "add table inet bailiff { flags dormant; }",
        "add chain inet bailiff guard { policy drop; }",
        "flush chain inet bailiff guard; delete chain inet bailiff guard",
        "rename chain inet bailiff guard renamed",
        "rename chain inet bailiff tcp_22 renamed",
        "add chain inet bailiff other { type filter hook prerouting priority -400; policy accept; }; add rule inet bailiff other jump tcp_22",
        "insert rule inet bailiff guard ip saddr 192.0.2.1 accept",
        "delete rule inet bailiff guard handle @",
        "flush chain inet bailiff guard; delete chain inet bailiff guard; add chain inet bailiff guard { type filter hook input priority 5; }",
      ]) {
        nft(damage.replace("@", firstRule()));
        assert.partialDeepStrictEqual(
          await enforcer.prepare(now()),
          { error: undefined, repaired: true },
          damage,
        );
        assert.deepEqual(sortedLines(ruleset()), right, damage);
      }
    },
  );

  check(
    library,
    "a set that stays empty is removed with the chains of its ports",
    async (enforcer) => {
      await enforcer.apply([add("192.0.2.1", tcp(22)), add("192.0.2.2", tcp(22, 80))], now());
      const before = sortedLines(ruleset());
      const former = [add("192.0.2.3", tcp(80, 8080)), add("2001:db8::/56", tcp(22))];
      await enforcer.apply(former, now());
      const at = (hours: number) => instant(now() + hours * EMPTY_FOR);
      await enforcer.prepare(at(0));
      await enforcer.prepare(at(1));
      assert.match(ruleset(), /tcp_8080/, "the set has a block");
      await enforcer.apply(
        [remove("192.0.2.3", tcp(80, 8080)), remove("2001:db8::/56", tcp(22))],
        now(),
      );
      await enforcer.prepare(at(1));
      assert.match(ruleset(), /tcp_8080/, "the next block may come soon");
      assert.partialDeepStrictEqual(await enforcer.prepare(at(2)), {
        ...{ error: undefined, repaired: false },
      });
      assert.deepEqual(sortedLines(ruleset()), before);
      assert.equal((await enforcer.list()).length, 2);
      assert.equal((await enforcer.prepare(at(2))).repaired, false);
      assert.deepEqual(await enforcer.apply(former, now()), []);
      assert.equal((await enforcer.list()).length, 4);
    },
  );

  check(library, "an empty set that a rule of another program uses stays", async (enforcer) => {
    await enforcer.apply([add("192.0.2.1", tcp(22)), add("192.0.2.2", tcp(8080))], now());
    await enforcer.apply([remove("192.0.2.2", tcp(8080))], now());
    nft("add map inet bailiff other { type inet_service : verdict; }");
    nft("add element inet bailiff other { 5 : jump tcp_8080 }");
    for (const hours of [0, 1, 2])
      assert.partialDeepStrictEqual(await enforcer.prepare(instant(now() + hours * EMPTY_FOR)), {
        error: undefined,
      });
    assert.match(ruleset(), /chain tcp_8080/);
    assert.equal((await enforcer.list()).length, 1);
  });

  check(library, "a deleted table is re-created and accepts blocks again", async (enforcer) => {
    await enforcer.apply([add("192.0.2.1")], now());
    nft("flush ruleset");
    assert.deepEqual(await enforcer.list(), []);
    assert.deepEqual(await enforcer.apply([add("192.0.2.2")], now()), []);
    assert.equal((await enforcer.list()).length, 1);
    nft("flush ruleset");
    assert.equal((await enforcer.prepare(now())).repaired, true);
  });

  check(library, "a set of another kind under one of our names is replaced", async (enforcer) => {
    nft(
      "delete table inet bailiff; add table inet bailiff; add set inet bailiff v4_32 { type ether_addr; }",
    );
    assert.partialDeepStrictEqual(await enforcer.prepare(now()), {
      error: undefined,
      repaired: true,
    });
    assert.deepEqual(await enforcer.apply([add("192.0.2.1")], now()), []);
  });

  check(
    library,
    "what the kernel refuses is reported with its error, and the rest takes effect",
    async (enforcer) => {
      // A set with room for ten, as another program might leave it.
      nft(
        "delete table inet bailiff; add table inet bailiff; add set inet bailiff v4_32 { type ipv4_addr; flags timeout; counter; size 10; }",
      );
      const changes = Array.from({ length: 30 }, (_, i) => add(`192.0.2.${i + 1}`));
      const refusals = await enforcer.apply([...changes, add("2001:db8::1")], now());
      assert.equal(refusals.length, 20);
      assert.match(refusals[0]?.error ?? "", /^Could not process rule: [A-Z][\w ]+$/);
      assert.ok(refusals.every(({ retryable }) => retryable));
      assert.equal((await enforcer.list()).length, 11);
      // One search for each refused change would exceed the test's time limit.
      const many = Array.from({ length: 1500 }, (_, i) => add(`10.0.${i >> 8}.${i & 255}`));
      assert.equal((await enforcer.apply(many, now())).length, 1500);
    },
  );

  check(library, "too many ports are refused with the reason", async (enforcer) => {
    const scope = tcp(...Array.from({ length: 36 }, (_, i) => 10_000 + i));
    const [refusal] = await enforcer.apply([add("192.0.2.1", scope)], now());
    assert.match(refusal?.error ?? "", /at most 35 ports, this one has 36/);
    const fits = tcp(...Array.from({ length: 35 }, (_, i) => 10_000 + i));
    assert.deepEqual(await enforcer.apply([add("192.0.2.1", fits)], now()), []);
    assert.equal((await enforcer.list())[0]?.scope, fits);
  });

  check(
    library,
    "ends become kernel timeouts, and a new end replaces the old one",
    async (enforcer) => {
      const at = now();
      const until = (seconds: number) => instant(at + seconds * 1000);
      await enforcer.apply([add("192.0.2.1", ALL_PORTS, until(600)), add("192.0.2.2")], at);
      assert.match(elementsOf("v4_32"), /192\.0\.2\.1 [^,]*timeout 10m3s/);
      assert.doesNotMatch(elementsOf("v4_32"), /192\.0\.2\.2 [^,}]*timeout/);
      await enforcer.apply([add("192.0.2.1"), add("192.0.2.2", ALL_PORTS, until(60))], at);
      assert.doesNotMatch(elementsOf("v4_32"), /192\.0\.2\.1 [^,}]*timeout/);
      assert.match(elementsOf("v4_32"), /192\.0\.2\.2 [^,]*timeout 1m3s/);
      await enforcer.apply([add("192.0.2.2", ALL_PORTS, until(30))], at);
      assert.match(elementsOf("v4_32"), /192\.0\.2\.2 [^,]*timeout 33s/);
    },
  );

  check(
    library,
    "the number of rules does not depend on the number of blocks",
    async (enforcer) => {
      const changes = Array.from({ length: 500 }, (_, i) =>
        add(`192.0.${i >> 8}.${i & 255}`, tcp(22)),
      );
      await enforcer.apply(changes.slice(0, 1), now());
      const before = ruleCount();
      await enforcer.apply(changes, now());
      assert.equal(ruleCount(), before);
    },
  );

  check(
    library,
    "changes by other programs are reported with their author, our own are not",
    async (enforcer) => {
      await enforcer.apply([add("192.0.2.1"), add("192.0.2.2", tcp(22))], now());
      await watching(enforcer, library, async (next) => {
        await enforcer.apply(
          [add("192.0.2.3"), remove("192.0.2.3"), add("192.0.2.4", tcp(2222))],
          now(),
        );
        nft("add table ip other; add chain ip other x; delete table ip other");
        for (const change of [
          "delete element inet bailiff v4_32 { 192.0.2.1 }",
          "add element inet bailiff v4_32 { 192.0.2.77 }",
          "flush set inet bailiff v4_32_t22",
          "flush chain inet bailiff guard",
          "insert rule inet bailiff guard accept",
          "flush ruleset",
        ]) {
          const pid = nft(change);
          assert.partialDeepStrictEqual(
            await next(),
            { kind: "changed", by: { program: "nft", pid: Number(pid) } },
            change,
          );
          await enforcer.prepare(now());
          await enforcer.apply([add("192.0.2.1"), add("192.0.2.2", tcp(22))], now());
        }
      });
    },
  );
}

test("nft: a monitor that ends is restarted and reported", { timeout: 120_000 }, async () => {
  const reasons: string[] = [];
  const enforcer = await open("nft", {
    emit: (event) => void (event.event === "firewall-monitor-lost" && reasons.push(event.reason)),
  });
  try {
    await enforcer.prepare(now());
    await watching(enforcer, "nft", async (next) => {
      const children = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], {
        encoding: "utf8",
      });
      const monitor = /(\d+) \S*nft monitor/.exec(children)?.[1];
      assert.ok(monitor !== undefined, children);
      process.kill(Number(monitor), "SIGKILL");
      assert.deepEqual(await next(), { kind: "monitor-lost", by: undefined });
      assert.deepEqual(await next(), { kind: "monitor-restored", by: undefined });
      nft("flush set inet bailiff v4_32; add element inet bailiff v4_32 { 192.0.2.1 }");
      assert.equal((await next()).kind, "changed");
    });
    assert.match(reasons[0] ?? "", /nft monitor was ended by SIGKILL/);
  } finally {
    await release(enforcer);
  }
});

test("in a container, where the kernel knows this process by another id, its changes are recognized", {
  timeout: 120_000,
}, () => {
  const script = `const { openNftables } = await import(${JSON.stringify(import.meta.resolve("./nftables.ts"))});
    const { execFileSync } = await import("node:child_process");
    setInterval(() => {}, 1000);
    for (const library of ["libnftables", "nft"]) {
      const { value } = await openNftables({ ipv6Prefixes: [64], isAllowed: () => false, emit: () => {}, library });
      const stop = new AbortController();
      const notices = value.watch(stop.signal);
      if (library === "nft") await notices.next();
      await value.prepare(0);
      for (let i = 1; i < 9; i++) await value.apply([{ kind: "add", subject: "192.0.2." + i, scope: "tcp/" + i, until: "forever" }], 0);
      execFileSync(process.argv[1], ["flush", "chain", "inet", "bailiff", "guard"]);
      console.log(JSON.stringify((await notices.next()).value));
      stop.abort();
      await value.removeAll();
    }
    process.exit();`;
  // A program of another name, so that it is not mistaken for our `nft`.
  const folder = mkdtempSync(join(tmpdir(), "bailiff-enforce-"));
  try {
    const stranger = join(folder, "stranger");
    symlinkSync("/usr/sbin/nft", stranger);
    const node = [process.execPath, "--input-type=module", "-e", script, stranger];
    const said = execFileSync("unshare", ["--pid", "--fork", "--mount-proc", ...node], {
      encoding: "utf8",
    });
    assert.equal(said.trim().split("\n").length, 2);
    for (const line of said.trim().split("\n"))
      assert.match(line, /"by":\{"program":"stranger","pid":\d+/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("without permission, opening reports what is missing", { timeout: 120_000 }, () => {
  const script = `const { openNftables } = await import(${JSON.stringify(import.meta.resolve("./nftables.ts"))});
    for (const library of ["libnftables", "nft"]) {
      const opened = await openNftables({ ipv6Prefixes: [64], isAllowed: () => false, emit: () => {}, library });
      console.log(opened.ok ? "opened" : opened.error.reason + ": " + opened.error.fix);
    }`;
  const node = [process.execPath, "--input-type=module", "-e", script];
  const said = execFileSync("setpriv", ["--reuid=65534", "--clear-groups", ...node], {
    encoding: "utf8",
  });
  for (const line of said.trim().split("\n"))
    assert.match(line, /no permission to change the firewall.*CAP_NET_ADMIN/);
  assert.equal(said.trim().split("\n").length, 2);
});

test("an invalid table name is refused", async () => {
  const opened = await openNftables({
    table: "a; flush ruleset",
    ipv6Prefixes: [],
    isAllowed: () => false,
    emit: () => {},
  });
  assert.equal(opened.ok, false);
});

type Overrides = Partial<Parameters<typeof openNftables>[0]>;

async function open(library: Library, overrides: Overrides): Promise<Nftables> {
  const opened = await openNftables({
    ipv6Prefixes: [64],
    isAllowed: () => false,
    emit: () => {},
    library,
    ...overrides,
  });
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  assert.equal(opened.value.through, library);
  return opened.value;
}

async function release(enforcer: Nftables): Promise<void> {
  await enforcer.removeAll();
  await enforcer.close();
  if (ruleset() !== "") execFileSync("nft", ["flush", "ruleset"]);
}

function check(library: Library, what: string, run: (enforcer: Nftables) => Promise<void>): void {
  test(`${library}: ${what}`, { timeout: 120_000 }, async () => {
    const enforcer = await open(library, {});
    try {
      assert.equal((await enforcer.prepare(now())).error, undefined);
      await run(enforcer);
    } finally {
      await release(enforcer);
    }
  });
}

/** Watches once it is proven to work; `next` waits for one notice. */
async function watching(
  enforcer: Nftables,
  library: Library,
  run: (next: () => Promise<ForeignChange>) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  // Watching alone keeps no program running.
  const hold = setInterval(() => {}, 1000);
  const notices = enforcer.watch(stop.signal)[Symbol.asyncIterator]();
  const next = async (): Promise<ForeignChange> => {
    const notice = await notices.next();
    assert.ok(notice.done !== true);
    return notice.value;
  };
  try {
    if (library === "nft") assert.equal((await next()).kind, "monitor-restored");
    await run(next);
  } finally {
    stop.abort();
    assert.equal((await notices.next()).done, true);
    clearInterval(hold);
  }
}

/** The process id by which the kernel knew the program. */
function nft(commands: string): string {
  return execFileSync("sh", ["-c", "echo $$; exec nft -f - <<END\n$0\nEND", commands], {
    encoding: "utf8",
  }).trim();
}

function tryNft(commands: string): void {
  try {
    nft(commands);
  } catch {
    // What earlier damage has removed cannot be changed.
  }
}

/** The handle of the first rule of our chain. */
function firstRule(): string {
  const chain = execFileSync("nft", ["-a", "list", "chain", "inet", "bailiff", "guard"], {
    encoding: "utf8",
  });
  return /drop # handle (\d+)/.exec(chain)?.[1] ?? "";
}

function ruleset(): string {
  return execFileSync("nft", ["-s", "list", "ruleset"], { encoding: "utf8" });
}

/** A re-created chain comes last in a listing; marks come and go. */
function sortedLines(text: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => !line.includes("0x"))
    .sort();
}

function elementsOf(set: string): string {
  return execFileSync("nft", ["list", "set", "inet", "bailiff", set], { encoding: "utf8" });
}

function ruleCount(): number {
  return ruleset()
    .split("\n")
    .filter((line) => /drop$|vmap/.test(line)).length;
}

function now() {
  return instant(Date.now());
}
