/**
 * Measures a daemon under attack: how fast it counts and bans while everybody fails, how long `status` takes during that,
 * and its processor time at a steady hundred failing lines a second beside fail2ban, which reads the same lines.
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectControl, type ControlClient } from "../src/control/client.ts";
import { failingLine, logOf, MAXRETRY, startDaemon } from "./bench-daemon.ts";
import { logOfFail2ban, prepareFail2ban, startServer } from "./fail2ban-bans.ts";
import type { Figure } from "./figure.ts";
import { countElements } from "./follow-monitor.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import { processorTimeOf } from "./program-memory.ts";
import type { Section, Setting } from "./section.ts";
import { percentile } from "./statistics.ts";

const ADDRESSES = 120_000;
/** Addresses whose attempts come between each other. */
const BLOCK = 1000;
const WITHIN_MS = 600_000;
const PAUSE_MS = 50;
const BATCH = 20;
const BATCH_MS = 200;
/** Attempts of each address at a hundred lines a second, so that 120 s have some 700 bans. */
const ATTEMPTS = 17;

export const measureLive: Section = async (setting) => [
  ...(await measureFlood(setting)),
  await measureSteady(setting),
];

async function measureFlood({ quick, folder: parent, say }: Setting): Promise<readonly Figure[]> {
  const addresses = quick ? ADDRESSES / 60 : ADDRESSES;
  const lines = addresses * MAXRETRY;
  say(`live: ${lines} failures of ${addresses} addresses`);
  const folder = join(parent, "live");
  mkdirSync(folder);
  writeFileSync(logOf(folder), "");
  await using namespace = openNamespace("live");
  await using daemon = startDaemon({ namespace, folder, defaults: "bans_per_minute = 0" });
  await daemon.event("jail-ok", WITHIN_MS);
  await using counter = await countElements(namespace, addresses);
  await using client = await connectControl(join(folder, "bailiff.sock"));
  const attack = listAttack(addresses);
  const before = processorTimeOf(daemon.program.pid);
  const began = performance.now();
  appendFileSync(logOf(folder), attack);
  const [{ last }, { countedAt, waits }] = await Promise.all([
    counter.reached(WITHIN_MS),
    askUntil(client, lines),
  ]);
  const details = {
    lines,
    "bans per second": Math.round(addresses / ((last - began) / 1000)),
    "lines per second": Math.round(lines / ((countedAt - began) / 1000)),
    "processor time (s)": processorTimeOf(daemon.program.pid) - before,
  };
  return [
    {
      name: "live daemon, 1000 failing lines counted",
      ...{ unit: "ms", ours: (countedAt - began) / (lines / 1000), details },
      target: { kind: "limit", most: 1000 / 60 },
    },
    {
      name: "live daemon, 1000 bans in the kernel",
      ...{ unit: "ms", ours: (last - began) / (addresses / 1000), details },
      target: { kind: "limit", most: 100 },
    },
    {
      name: "status during that flood, 99th percentile",
      ...{ unit: "ms", ours: percentile(waits, 0.99), details: { samples: waits.length } },
      target: { kind: "limit", most: 300 },
    },
  ];
}

function listAttack(addresses: number): string {
  const lines: string[] = [];
  for (let block = 0; block < addresses; block += BLOCK)
    for (let attempt = 0; attempt < MAXRETRY; attempt++)
      for (let n = block; n < Math.min(addresses, block + BLOCK); n++)
        lines.push(failingLine(addressOf(n), 1 + (n % 30_000)));
  return lines.join("");
}

function addressOf(n: number): string {
  return `10.${n >>> 16}.${(n >>> 8) & 255}.${n & 255}`;
}

/** Asks for the status again and again until so many failures are counted. Returns when, and how long each took. */
async function askUntil(
  client: ControlClient,
  failures: number,
): Promise<{ readonly countedAt: number; readonly waits: readonly number[] }> {
  const waits: number[] = [];
  const deadline = performance.now() + WITHIN_MS;
  for (let counted = 0; counted < failures; await sleep(PAUSE_MS)) {
    const asked = performance.now();
    if (asked > deadline) throw new Error(`${counted} of ${failures} failures were counted`);
    const { jails } = await client.request("status", {});
    waits.push(performance.now() - asked);
    counted = jails[0]?.failures ?? 0;
  }
  return { countedAt: performance.now(), waits };
}

async function measureSteady({ quick, folder: parent, say }: Setting): Promise<Figure> {
  const batches = quick ? 75 : 600;
  say(`live: ${(batches * BATCH_MS) / 1000} s of 100 failing lines a second, beside fail2ban`);
  const folder = join(parent, "steady");
  mkdirSync(folder);
  writeFileSync(logOf(folder), "");
  await using ourPlace = openNamespace("steady");
  await using theirPlace = openNamespace("fail2ban-steady");
  const etc = prepareFail2ban(join(folder, "fail2ban"), "nftables");
  await using daemon = startDaemon({ namespace: ourPlace, folder });
  await daemon.event("jail-ok", WITHIN_MS);
  await using server = await startServer(theirPlace, etc);
  const pids = { ours: daemon.program.pid, theirs: server.pid };
  const before = { ours: processorTimeOf(pids.ours), theirs: processorTimeOf(pids.theirs) };
  const logs = [logOf(folder), logOfFail2ban(etc)];
  const bans = await writeSteadily(batches, logs, [ourPlace, theirPlace]);
  return {
    name: `processor time, ${(batches * BATCH_MS) / 1000} s of 100 failing lines a second`,
    ...{ unit: "s", ours: processorTimeOf(pids.ours) - before.ours },
    peer: { name: "fail2ban", value: processorTimeOf(pids.theirs) - before.theirs },
    target: { kind: "faster", times: 10 },
    details: { bans },
  };
}

/** Writes batches of lines to both logs, and waits until both have banned. Returns the number of bans of each. */
async function writeSteadily(
  batches: number,
  logs: readonly string[],
  namespaces: readonly Namespace[],
): Promise<number> {
  const bans = BATCH * Math.floor((batches - MAXRETRY) / ATTEMPTS + 1);
  const counters = await Promise.all(namespaces.map((one) => countElements(one, bans)));
  const all = counters.map((one) => one.reached(WITHIN_MS));
  const began = performance.now();
  for (let batch = 0; batch < batches; batch++) {
    const first = Math.floor(batch / ATTEMPTS) * BATCH;
    const lines = Array.from({ length: BATCH }, (_, n) =>
      failingLine(addressOf(first + n), 1 + ((batch * BATCH + n) % 30_000)),
    ).join("");
    for (const log of logs) appendFileSync(log, lines);
    await sleep(Math.max(0, began + (batch + 1) * BATCH_MS - performance.now()));
  }
  await Promise.all(all);
  for (const counter of counters) await counter[Symbol.asyncDispose]();
  return bans;
}
