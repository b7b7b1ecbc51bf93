/**
 * The same attack, seen by two kernels: a real sshd writes one log; fail2ban as Debian ships it reads it in one network
 * namespace, `bailiff run --fail2ban` reads it in another, by the same directory. Both ban the same addresses, as the
 * sets in each kernel show; both are restarted in the middle and keep their bans. Prints how much sooner ours bans.
 */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readFirewall } from "../../src/demo/read-firewall.ts";
import { RunningProgram } from "../../src/demo/running-program.ts";
import { findProgram } from "../../src/host/process/find-program.ts";
import { runProgram } from "../../src/host/process/run-program.ts";
import { openStage, type Stage, untilTrue } from "./stage.ts";

const INSTALLED = "/etc/fail2ban";
const THEIR_TABLE = "f2b-table";
const OUR_TABLE = "bailiff";
/** fail2ban reads a log every one or two seconds, and bans in its next cycle. */
const LIMIT_MS = 180_000;
/** Interval between two queries of a kernel. */
const PAUSE_MS = 20;

const FIRST = ["192.0.2.11", "192.0.2.12", "2001:db8:a001::1", "2001:db8:a002::1"];
const WHILE_DOWN = "192.0.2.21";
const SECOND = ["192.0.2.31", "2001:db8:a003::2"];
const ALL = [...FIRST, WHILE_DOWN, ...SECOND];
/** An address with two failures, of three needed. */
const PATIENT = "192.0.2.99";

test("a real attack, fail2ban and this program side by side", {
  timeout: 900_000,
}, async (context) => {
  await using stage = await openStage({ sshd: "real", config: "" });
  await using theirs = await openTheirPlace(stage);
  const race = { stage, theirs };
  await using watch = watchKernels({
    theirs: () => theirBans(theirs),
    ours: () => ourBans(stage),
  });
  await startBoth(race);

  await attack(stage, FIRST);
  await guess(stage, PATIENT, 2);
  await untilBothHold(race, FIRST);

  await stopBoth(race);
  assert.deepEqual(await ourBans(stage), FIRST.toSorted(), "ours hold without the daemon");
  assert.deepEqual(await theirBans(theirs), [], "theirs end with the program");
  await guess(stage, WHILE_DOWN, 3);
  await startBoth(race);
  await untilBothHold(race, [...FIRST, WHILE_DOWN]);

  await attack(stage, SECOND);
  await untilBothHold(race, ALL);
  const visit = await stage.lab.logIn();
  assert.equal(visit.kind, "let-in", JSON.stringify(visit));
  compare(watch.seen, context);
});

interface Race {
  readonly stage: Stage;
  readonly theirs: TheirPlace;
}

type Side = "theirs" | "ours";

/** When an address was first in a set. */
interface Sighting {
  readonly first: number;
  /** Number of later queries in which it was missing. */
  gone: number;
}

interface Watch extends AsyncDisposable {
  readonly seen: { readonly [side in Side]: ReadonlyMap<string, Sighting> };
}

interface TheirPlace extends AsyncDisposable {
  readonly directory: string;
  readonly enter: readonly string[];
  readonly log: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A namespace for fail2ban alone, and a copy of its installed configuration that both read. */
async function openTheirPlace(stage: Stage): Promise<TheirPlace> {
  const ip = programAt("ip");
  const { folder } = stage.lab;
  const name = `bailiff-lab-${process.pid}-fail2ban`;
  const inIp = (...args: readonly string[]) =>
    runProgram({ argv: [ip, ...args], input: "", timeoutMilliseconds: 60_000 });
  const added = await inIp("netns", "add", name);
  assert.ok(added.ok, JSON.stringify(added));
  const directory = join(folder, "fail2ban");
  const log = join(folder, "fail2ban.log");
  const enter = [ip, "netns", "exec", name];
  writeDirectory(directory, { folder, authLog: stage.log, log });
  let server: RunningProgram | undefined;
  return {
    directory,
    enter,
    log,
    start: async () => {
      const argv = [...enter, programAt("fail2ban-server"), "-c", directory, "-f", "start"];
      server = new RunningProgram({ argv });
      await untilTrue(
        () => existsSync(log) && /Jail 'sshd' started[^]*$/.test(lastStart(log)),
        `fail2ban runs: ${server.lines.slice(-5).join("\n")}`,
        LIMIT_MS,
      );
    },
    stop: async () => {
      server?.kill("SIGTERM");
      await server?.ended;
    },
    [Symbol.asyncDispose]: async () => {
      await server?.[Symbol.asyncDispose]();
      await inIp("netns", "delete", name);
    },
  };
}

function lastStart(log: string): string {
  return readFileSync(log, "utf8").split("Starting Fail2ban").at(-1) ?? "";
}

function programAt(name: string): string {
  const path = findProgram(name);
  assert.ok(path !== undefined, `${name} is installed`);
  return path;
}

function writeDirectory(
  directory: string,
  { folder, authLog, log }: { folder: string; authLog: string; log: string },
): void {
  cpSync(INSTALLED, directory, { recursive: true });
  mkdirSync(join(folder, "run"));
  writeFileSync(
    join(directory, "fail2ban.local"),
    `[Definition]
logtarget = ${log}
socket = ${join(folder, "run/fail2ban.sock")}
pidfile = ${join(folder, "run/fail2ban.pid")}
dbfile = ${join(folder, "run/fail2ban.sqlite3")}
allowipv6 = yes
`,
  );
  writeFileSync(
    join(directory, "jail.local"),
    `[DEFAULT]
banaction = nftables-multiport
banaction_allports = nftables-allports
maxretry = 3
findtime = 10m
bantime = 1h
backend = auto
[sshd]
enabled = true
port = ssh,2222
logpath = ${authLog}
`,
  );
}

/** Queries the sets of both kernels repeatedly. */
function watchKernels(read: { readonly [side in Side]: () => Promise<readonly string[]> }): Watch {
  const seen = { theirs: new Map<string, Sighting>(), ours: new Map<string, Sighting>() };
  const stop = new AbortController();
  const look = async (side: Side): Promise<void> => {
    const held = new Set(await read[side]());
    const first = performance.now();
    for (const address of held)
      if (!seen[side].has(address)) seen[side].set(address, { first, gone: 0 });
    for (const [address, sighting] of seen[side]) if (!held.has(address)) sighting.gone++;
  };
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await look("theirs");
      await look("ours");
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const watching = watch();
  return {
    seen,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await watching;
    },
  };
}

async function startBoth({ stage, theirs }: Race): Promise<void> {
  await Promise.all([theirs.start(), stage.start({ args: ["--fail2ban", theirs.directory] })]);
}

async function stopBoth({ stage, theirs }: Race): Promise<void> {
  await Promise.all([theirs.stop(), stage.stop()]);
}

/** Attacks from all addresses at the same time, until the firewall of our host drops them. */
async function attack(stage: Stage, addresses: readonly string[]): Promise<void> {
  await Promise.all(addresses.map((address) => guess(stage, address, 3)));
}

async function guess(stage: Stage, from: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await stage.lab.guess({ from });
}

async function ourBans(stage: Stage): Promise<readonly string[]> {
  const held = await stage.lab.elements(OUR_TABLE);
  return banned(held.map(({ address }) => address));
}

async function theirBans({ enter }: TheirPlace): Promise<readonly string[]> {
  const held = await readFirewall([...enter, programAt("nft")], THEIR_TABLE);
  return banned(held.map(({ address }) => address));
}

function banned(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses)].toSorted();
}

async function untilBothHold({ stage, theirs }: Race, addresses: readonly string[]): Promise<void> {
  const wanted = addresses.toSorted().join(" ");
  const sides = { ours: () => ourBans(stage), theirs: () => theirBans(theirs) };
  for (const [side, read] of Object.entries(sides)) {
    let now = "";
    await untilTrue(
      async () => {
        now = (await read()).join(" ");
        return now === wanted;
      },
      `${side} bans ${wanted}`,
      LIMIT_MS,
    ).catch((error: unknown) => {
      const told = stage.daemon.lines.slice(-10).join("\n");
      throw new Error(`${side}: ${now}\n${told}\n${lastStart(theirs.log)}`, { cause: error });
    });
  }
}

function compare(
  { ours, theirs }: Watch["seen"],
  context: { diagnostic: (text: string) => void },
): void {
  for (const address of ALL) {
    const [our, their] = [ours.get(address), theirs.get(address)];
    assert.ok(our !== undefined && their !== undefined, `both kernels held ${address}`);
    const sooner = Math.round(their.first - our.first);
    context.diagnostic(`${address}: ours ${sooner} ms sooner`);
    assert.equal(our.gone, 0, `${address} was never let go`);
  }
  assert.deepEqual([...ours.keys()].toSorted(), [...theirs.keys()].toSorted());
}
