/** Reads the facts of the path from a real host: a network namespace of this test. */
import type { LookDepth } from "../jail-check.ts";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { before, test } from "node:test";
import { withAutoJails } from "../../config/auto-jails.ts";
import { parseConfig } from "../../config/parse-config.ts";
import { instant } from "../../domain/instant.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { portScope } from "../../domain/port-scope.ts";
import type { Proof } from "../../domain/proof.ts";
import { findProgram } from "../../host/process/find-program.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { enterOwnNetwork } from "../../host/kernel/own-network.fixture.ts";
import { runProgram } from "../../host/process/run-program.ts";
import { systemClock } from "../../host/system-clock.ts";
import { openBook } from "../../record/open-book.ts";
import { Allow } from "../../pipeline/allow/allow.ts";
import { loadFilterCompiler } from "../../jails/compile-any-filter.ts";
import { compileJails } from "../../jails/compile-jails.ts";
import { createFailureSightings } from "../../pipeline/failure-sightings.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import { loadFilters } from "../../jails/load-filters.ts";
import { createPathCheck } from "./check-path.ts";
import {
  createPathLook,
  type LineOrigin,
  type PathLook,
  type PathLookOptions,
} from "./look-at-path.ts";

before(async () => {
  enableLinearRegex();
  const entered = await enterOwnNetwork();
  assert.ok(entered.ok, entered.ok ? "" : entered.error);
  await run("ip", "link set lo up");
});

async function run(program: string, words: string, input = ""): Promise<void> {
  const argv = [findProgram(program) ?? program, ...words.split(" ")];
  const done = await runProgram({ argv, input, timeoutMilliseconds: 60_000 });
  assert.ok(done.ok, `${program} ${words}: ${done.ok ? "" : done.error}`);
}

/** Starts Node under another name, listening at `host`. */
async function listenAs(name: string, host: string, port: number): Promise<AsyncDisposable> {
  const program = `process.title = "${name}"; require("node:net").createServer().listen(${port}, "${host}", () => console.log("up"))`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

interface Scene {
  readonly look: PathLook;
  readonly check: JailCheck;
  readonly jail: WatchedJail;
}

async function openScene(table: string): Promise<Scene> {
  const clock = systemClock;
  const emit = (): void => undefined;
  const { filters } = await loadFilters([]);
  const compile = await loadFilterCompiler(filters.values());
  const config = await parseConfig([], {
    paths: { state: "/state", socket: "/socket" },
    ports: new Map(),
  });
  const name = parseJailName("sshd");
  assert.ok(config.ok && name !== undefined);
  const [compiled] = compileJails(
    withAutoJails(config.value, [name]).jails,
    { filters, compile },
    [],
  ).jails;
  assert.ok(compiled !== undefined);
  const book = openBook({ path: ":memory:", clock, emit });
  const allow = new Allow({ book, hostAddresses: () => [], resolveName: async () => [], emit });
  const sightings = createFailureSightings<LineOrigin>(() => undefined);
  const options: PathLookOptions = {
    ...{ sightings, allow, book, table, refusing: () => "none" },
    reach: () => ({ isInTable: true, reservations: [] }),
  };
  const look = createPathLook(options);
  const check = createPathCheck(options);
  const search = { source: undefined, looked: [] };
  return { look, check, jail: { live: { ...compiled, search }, source: undefined } };
}

/** After this time, even facts that are slow to read are read again. */
const RENEWED_MS = 601_000;

/** `later` in milliseconds from now. */
async function proofsOf(
  { look, jail }: Scene,
  later = 0,
  depth: LookDepth = "usual",
): Promise<readonly Proof[]> {
  const known = await look([jail], instant(systemClock.now() + later), depth);
  return known.get(jail.live.jail.name) ?? [];
}

function ruleset(families: readonly ("ip" | "ip6")[]): string {
  const sets = { ip: "v4_32 { type ipv4_addr; }", ip6: "v6_64 { type ipv6_addr; }" };
  const rules = { ip: "ip saddr @v4_32 drop", ip6: "ip6 saddr @v6_64 drop" };
  return `table inet half
delete table inet half
table inet half {
${families.map((family) => `  set ${sets[family]}`).join("\n")}
  chain guard {
    type filter hook prerouting priority -310; policy accept;
${families.map((family) => `    ${rules[family]}`).join("\n")}
  }
}
`;
}

test("a program that accepts IPv6 while only IPv4 is dropped is a fault", async () => {
  await run("nft", "-f -", ruleset(["ip"]));
  await using _ = await listenAs("sshd", "::", 22);
  const scene = await openScene("half");
  const [proof] = await proofsOf(scene);
  assert.ok(proof?.kind === "found", JSON.stringify(proof));
  assert.equal(proof.cause, "ipv6-open");
  assert.match(
    proof.evidence,
    /^sshd \(pid \d+\) takes IPv6 on port 22, but the firewall drops only IPv4$/,
  );
  await run("nft", "-f -", ruleset(["ip", "ip6"]));
  assert.deepEqual(
    (await proofsOf(scene, RENEWED_MS)).map(({ kind }) => kind),
    ["proven"],
  );
});

test("a program that accepts only IPv4 is protected when only IPv4 is dropped", async () => {
  await run("nft", "-f -", ruleset(["ip"]));
  await using _ = await listenAs("sshd", "0.0.0.0", 22);
  const [proof] = await proofsOf(await openScene("half"));
  assert.ok(proof?.kind === "proven", JSON.stringify(proof));
  assert.match(proof.evidence, /listens here on port 22 \(IPv4\)/);
});

test("another program on the port is named, and the end of a program is noticed", async () => {
  const scene = await openScene("half");
  {
    await using _ = await listenAs("porter", "0.0.0.0", 22);
    const [proof] = await proofsOf(scene);
    assert.match(proof?.evidence ?? "", /^porter \(pid \d+\) listens here on port 22/);
  }
  const [proof] = await proofsOf(scene);
  assert.equal(proof?.kind, "unproven");
});

test("a full look reads everything again; an earlier result keeps its time", async () => {
  const scene = await openScene("half");
  let first: readonly Proof[];
  {
    await using _ = await listenAs("porter", "0.0.0.0", 22);
    first = await proofsOf(scene);
  }
  // As many sockets as before, and none of the program: a usual check relies on that.
  await using _ = await listenAs("sshd", "0.0.0.0", 22);
  assert.deepEqual(await proofsOf(scene, 5000), first);
  const [proof] = await proofsOf(scene, 6000, "full");
  assert.match(proof?.evidence ?? "", /^sshd \(pid \d+\) listens here on port 22/);
});

test("results for other ports or another source do not count for the present ones", async () => {
  await using _ = await listenAs("sshd", "0.0.0.0", 22);
  const { check, jail } = await openScene("half");
  const now = systemClock.now();
  await check.look?.([jail], now, "usual");
  assert.equal(check.proofs(jail, now)[0]?.kind, "proven");
  const { live } = jail;
  const config = { ...live.jail.config, ports: portScope([{ protocol: "tcp", number: 2022 }]) };
  const moved = { source: { kind: "file", files: ["/var/log/other.log"] }, looked: [] } as const;
  for (const other of [
    { ...live, jail: { ...live.jail, config } },
    { ...live, search: moved },
  ]) {
    const [proof] = check.proofs({ ...jail, live: other }, now);
    assert.equal(proof?.kind, "unproven", JSON.stringify(proof));
  }
});
