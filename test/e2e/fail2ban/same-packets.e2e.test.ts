/**
 * Compares with real packets what a real fail2ban and bailiff stop. For each way to ban, fail2ban bans two addresses;
 * then the same directory is imported, checked, and bailiff runs on the result. bailiff must stop all that fail2ban
 * stopped; what it stops beyond that is listed. Everything is in separate network and mount namespaces.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { untilTrue } from "../stage.ts";
import {
  startOwnFirewalld,
  type OwnFirewalld,
} from "../../../src/firewall/own-firewalld.fixture.ts";
import {
  DNS,
  INNER_V4,
  INNER_V6,
  openPacketLab,
  type PacketLab,
  ROUTER_V4,
  ROUTER_V6,
  SSH,
  WEB,
} from "../../../src/firewall/packet-lab.fixture.ts";

const MAIN = join(import.meta.dirname, "../../../src/cli/main.ts");
const [V4, V6] = ["192.0.2.10", "2001:db8:1::10"];
/** A port of the router that is published by a container's port WEB. */
const PUBLISHED = 8080;

const WAYS = {
  ssh: { from: V4, to: ROUTER_V4, port: SSH },
  web: { from: V4, to: ROUTER_V4, port: WEB },
  dns: { from: V4, to: ROUTER_V4, port: DNS },
  ssh6: { from: V6, to: ROUTER_V6, port: SSH },
  web6: { from: V6, to: ROUTER_V6, port: WEB },
  published: { from: V4, to: ROUTER_V4, port: PUBLISHED },
  "inner ssh": { from: V4, to: INNER_V4, port: SSH },
  "inner web": { from: V4, to: INNER_V4, port: WEB },
  "inner ssh6": { from: V6, to: INNER_V6, port: SSH },
} as const;
const ALL = Object.keys(WAYS);

interface Row {
  /** Lines of the jail. */
  readonly options: string;
  readonly enforcer: string;
  readonly theirs: readonly string[];
  /** What bailiff stops. */
  readonly ours: readonly string[];
}

const [PORT, CHAIN] = ["port = ssh", "chain = DOCKER-USER"];
const SSH_PORT = { theirs: ["ssh", "ssh6"], ours: ["ssh", "ssh6", "inner ssh", "inner ssh6"] };
const AUTO = 'enforcer = "auto"';

const ROWS: readonly Row[] = [
  ...[
    ...["iptables-multiport", "iptables-ipset-proto6", "nftables-multiport"],
    ...["firewallcmd-ipset", "firewallcmd-rich-rules"],
  ].map((name) => ({ options: `banaction = ${name}\n${PORT}`, enforcer: AUTO, ...SSH_PORT })),
  // Their rules name the protocol tcp, although their names promise all ports.
  ...["iptables-allports", "nftables-allports"].map((name) => ({
    ...{ options: `banaction = ${name}\n${PORT}`, enforcer: AUTO },
    ...{ theirs: ["ssh", "web", "ssh6", "web6"], ours: ALL },
  })),
  { options: "banaction = route", enforcer: 'enforcer = "route"', theirs: ALL, ours: ALL },
  {
    options: `banaction = iptables-multiport\n${CHAIN}\nport = http`,
    enforcer: 'enforcer = "iptables"',
    theirs: ["published", "inner web"],
    ours: ["web", "web6", "published", "inner web"],
  },
  {
    options: `banaction = iptables-allports\n${CHAIN}`,
    enforcer: AUTO,
    theirs: ["published", "inner ssh", "inner web", "inner ssh6"],
    ours: ALL,
  },
];

let firewalld: OwnFirewalld;
let lab: PacketLab;
let folder: string;

before(async () => {
  firewalld = await startOwnFirewalld();
  lab = await openPacketLab();
  folder = mkdtempSync(join(tmpdir(), `bailiff-same-packets-${process.pid}-`));
  for (const iptables of ["iptables", "ip6tables"]) {
    run(iptables, "-N", "DOCKER-USER");
    run(iptables, "-I", "FORWARD", "-j", "DOCKER-USER");
  }
  const publish = ["-p", "tcp", "--dport", String(PUBLISHED), "-j", "DNAT"];
  run("iptables", "-t", "nat", "-A", "PREROUTING", ...publish, "--to", `${INNER_V4}:${WEB}`);
});

after(async () => {
  await lab.close();
  await firewalld[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, [...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Returns the ways that are stopped. A way that is not expected to be has long to answer, also on a busy machine. */
async function stopped(expected: readonly string[]): Promise<readonly string[]> {
  const outcomes = await Promise.all(
    Object.entries(WAYS).map(async ([name, way]) => {
      const outcome = await lab.connect(way, expected.includes(name) ? 1000 : 30_000);
      return outcome === "connected" ? [] : [name];
    }),
  );
  return outcomes.flat();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

function makeDirectory(name: string, options: string): string {
  const directory = join(folder, name);
  cpSync("/etc/fail2ban", directory, { recursive: true });
  rmSync(join(directory, "jail.d"), { recursive: true, force: true });
  const log = join(folder, "door.log");
  writeFileSync(log, "");
  const defaults = `[DEFAULT]\nbackend = polling\nusedns = no\nfilter = sshd\nbantime = 1h\n`;
  const jail = `[door]\nenabled = true\nlogpath = ${log}\n${options}\n`;
  writeFileSync(join(directory, "jail.local"), defaults + jail);
  return directory;
}

/** Runs fail2ban until it stops as many ways as expected. */
async function assertFail2banStops(directory: string, theirs: readonly string[]): Promise<void> {
  const socket = join(directory, "real.sock");
  const words = ["-c", directory, "-s", socket, "-p", join(directory, "real.pid")];
  writeFileSync(
    join(directory, "fail2ban.local"),
    `[Definition]\ndbfile = ${join(directory, "real.sqlite3")}\nlogtarget = ${join(directory, "real.log")}\n`,
  );
  const server = spawn("/usr/bin/fail2ban-server", [...words, "-f", "start"], { stdio: "ignore" });
  const ask = (...args: readonly string[]): string =>
    run("/usr/bin/fail2ban-client", ...words, ...args);
  try {
    await untilTrue(() => {
      try {
        return ask("status").includes("door");
      } catch {
        return false;
      }
    }, "fail2ban has its jail");
    for (const ip of [V4, V6]) ask("set", "door", "banip", ip);
    const log = join(directory, "real.log");
    const banned = (ip: string): boolean => readFileSync(log, "utf8").includes(`Ban ${ip}`);
    await untilTrue(() => banned(V4) && banned(V6), "fail2ban bans");
    const isEnough = async (): Promise<boolean> => (await stopped(theirs)).length >= theirs.length;
    await untilTrue(isEnough, "its commands ran");
    assert.deepEqual(await stopped(theirs), theirs);
  } finally {
    await end(server);
  }
}

function bailiff(...args: readonly string[]): string {
  return run(process.execPath, MAIN, ...args);
}

async function withBailiff(directory: string, work: () => Promise<void>): Promise<void> {
  const config = join(directory, "import/bailiff.toml");
  const text = readFileSync(config, "utf8");
  const [state, socket] = [join(directory, "state"), join(directory, "bailiff.sock")];
  mkdirSync(state);
  writeFileSync(config, `[daemon]\nstate = "${state}"\nsocket = "${socket}"\n\n${text}`);
  const daemon = spawn(process.execPath, [MAIN, "--config", config, "run"], { stdio: "ignore" });
  try {
    await untilTrue(() => existsSync(socket), "bailiff runs");
    bailiff("--config", config, "ban", V4, V6, "--jail", "door");
    const bans: unknown = JSON.parse(bailiff("--config", config, "bans", "--json"));
    assert.partialDeepStrictEqual(bans, [{ state: "enforced" }, { state: "enforced" }]);
    await work();
  } finally {
    await end(daemon);
    bailiff("--config", config, "clear-firewall");
  }
}

for (const [index, { options, enforcer, theirs, ours }] of ROWS.entries())
  test(options.replaceAll("\n", ", "), { timeout: 300_000 }, async () => {
    const directory = makeDirectory(String(index), options);
    await assertFail2banStops(directory, theirs);
    await untilTrue(async () => (await stopped([])).length === 0, "fail2ban's rules are gone");
    const out = join(directory, "import");
    const told = bailiff("import", directory, "--out", out);
    assert.ok(told.includes(enforcer), told);
    assert.ok(readFileSync(join(out, "bailiff.toml"), "utf8").includes(enforcer));
    assert.match(bailiff("--config", join(out, "bailiff.toml"), "check"), /Configuration is valid/);
    await withBailiff(directory, async () => {
      assert.deepEqual(await stopped(ours), ours);
      assert.deepEqual(
        theirs.filter((way) => !ours.includes(way)),
        [],
      );
    });
  });
