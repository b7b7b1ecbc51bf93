/**
 * Sends packets from banned addresses without a pause, while reloads change the enforcer of a running daemon. None may
 * be answered, before, during or after a change. Everything is in separate network and mount namespaces, with a real
 * firewalld.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { type OwnFirewalld, startOwnFirewalld } from "../../src/firewall/own-firewalld.fixture.ts";
import {
  type Attempt,
  DNS,
  INNER_V4,
  INNER_V6,
  openPacketLab,
  type PacketLab,
  ROUTER_V4,
  ROUTER_V6,
  SSH,
  WEB,
} from "../../src/firewall/packet-lab.fixture.ts";
import { untilTrue } from "./stage.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
const [V4, V6] = ["192.0.2.10", "2001:db8:1::10"];
const WAYS: readonly Attempt[] = [
  { from: V4, to: ROUTER_V4, port: SSH },
  { from: V4, to: ROUTER_V4, port: DNS },
  { from: V4, to: INNER_V4, port: WEB },
  { from: V6, to: ROUTER_V6, port: SSH },
  { from: V6, to: ROUTER_V6, port: DNS },
  { from: V6, to: INNER_V6, port: WEB },
];
const BOTH_ENFORCED = ["enforced", "enforced"];
const CHANGES = ["iptables", "firewalld", "nftables", "firewalld", "iptables", "nftables"];

let firewalld: OwnFirewalld;
let lab: PacketLab;
let folder: string;
let config: string;
let daemon: ChildProcess;
const lines: string[] = [];

before(async () => {
  firewalld = await startOwnFirewalld();
  lab = await openPacketLab();
  folder = mkdtempSync(join(tmpdir(), `bailiff-switch-${process.pid}-`));
  config = join(folder, "bailiff.toml");
  configure("nftables");
  daemon = spawn(process.execPath, [MAIN, "--config", config, "run"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let rest = "";
  daemon.stderr?.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  await untilTrue(() => has("daemon-started"), "the daemon starts");
});

after(async () => {
  const ended = once(daemon, "exit");
  daemon.kill("SIGTERM");
  await ended;
  bailiff("clear-firewall");
  await lab.close();
  await firewalld[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function configure(enforcer: string): void {
  const [state, socket] = [join(folder, "state"), join(folder, "bailiff.sock")];
  writeFileSync(
    config,
    `[daemon]\nstate = "${state}"\nsocket = "${socket}"\nlog_format = "json"
[defaults]\nenforcer = "${enforcer}"
[jails.door]\nsource = "none"\n`,
  );
}

function bailiff(...args: readonly string[]): string {
  const argv = [MAIN, "--config", config, ...args];
  return execFileSync(process.execPath, argv, { encoding: "utf8" });
}

/** Counts events of this name, with these fields. */
function count(event: string, fields = ""): number {
  return lines.filter((line) => line.includes(`"event":"${event}"`) && line.includes(fields))
    .length;
}

function states(): readonly string[] {
  const bans: readonly { readonly state: string }[] = JSON.parse(bailiff("bans", "--json"));
  return bans.map(({ state }) => state);
}

function has(event: string): boolean {
  return count(event) > 0;
}

test("no packet of a banned address is answered while reloads change the enforcer", {
  timeout: 900_000,
}, async (context) => {
  for (const way of WAYS) assert.equal(await lab.connect(way, 30_000), "connected");
  bailiff("ban", V4, V6, "--for", "1h");
  const flood = await lab.openFlood(WAYS);
  let former = "nftables";
  let tries = 0;
  for (const enforcer of CHANGES) {
    const cleared = count("enforcer-cleared", `"enforcer":"${former}"`);
    configure(enforcer);
    bailiff("reload");
    const isCleared = (): boolean => count("enforcer-cleared", `"enforcer":"${former}"`) > cleared;
    await untilTrue(isCleared, `${former} is cleared`);
    await untilTrue(() => isDeepStrictEqual(states(), BOTH_ENFORCED), `${enforcer} has both bans`);
    const counts = await flood.counts();
    context.diagnostic(
      `${former} to ${enforcer}: ${counts.tries - tries} tries, ${counts.answered} answered`,
    );
    assert.equal(counts.answered, 0, `${former} to ${enforcer}`);
    ({ tries } = counts);
    former = enforcer;
  }
  // The same packets are answered once the bans are lifted, so the test would see a gap.
  bailiff("unban", V4, V6);
  await untilTrue(async () => (await flood.counts()).answered > 0, "answers arrive");
  await flood.end();
});
