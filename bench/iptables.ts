/**
 * Measures bans through iptables: the time of the enforcer to add one, with ipset and as plain rules, beside nftables, and
 * a start with 100,000 recorded bans until all of them are in an ipset.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { logOf, startDaemon, stateOf } from "./bench-daemon.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import { prepareBook } from "./prepare-book.ts";
import type { Section } from "./section.ts";
import { median, percentile } from "./statistics.ts";

const BANS = 100_000;
const WITHIN_MS = 60_000;
/** Time between two readings of the number of elements, in milliseconds. */
const LOOK_EVERY_MS = 20;

export const measureIptables: Section = async ({ quick, folder, say }) => {
  const samples = quick ? 50 : 300;
  say(`iptables: ${samples} bans, one by one`);
  const sets = await timeBans("nft", true, samples);
  const legacy = await timeBans("legacy", true, samples);
  const rules = await timeBans("nft", false, samples);
  const nftables = await timeBans("nftables", false, samples);
  const starts: number[] = [];
  for (let n = 0; n < (quick ? 1 : 3); n++) {
    say(`iptables: ${BANS} bans, start ${n + 1}`);
    starts.push(await restoreOnce(join(folder, `iptables-${n}`)));
  }
  return [
    {
      name: "add one ban, nftables",
      unit: "ms",
      ours: median(nftables),
      target: { kind: "limit", most: 0.5 },
      details: { "95th percentile (ms)": percentile(nftables, 0.95), samples },
    },
    {
      name: "add one ban, iptables with ipset",
      unit: "ms",
      ours: median(sets),
      target: { kind: "limit", most: 5 },
      details: {
        "95th percentile (ms)": percentile(sets, 0.95),
        "iptables-legacy with ipset (ms)": median(legacy),
        "iptables without ipset (ms)": median(rules),
        samples,
      },
    },
    {
      name: `start -> ${BANS / 1000}k bans in an ipset`,
      unit: "s",
      ours: median(starts) / 1000,
      target: { kind: "limit", most: 3 },
      details: { starts: starts.length },
    },
  ];
};

async function timeBans(
  variant: "nft" | "legacy" | "nftables",
  ipset: boolean,
  samples: number,
): Promise<readonly number[]> {
  await using namespace = openNamespace("iptables");
  const program = join(import.meta.dirname, "time-bans.ts");
  const argv = [process.execPath, program, variant, String(ipset), String(samples)];
  return runIn(namespace, argv).trim().split(" ").map(Number);
}

/** Returns the milliseconds of a start until every ban is in the kernel, in a new namespace, as after a reboot. */
async function restoreOnce(folder: string): Promise<number> {
  mkdirSync(folder);
  writeFileSync(logOf(folder), "");
  await prepareBook(stateOf(folder), { bans: BANS, failures: 0 });
  await using namespace = openNamespace("ipset");
  await using daemon = startDaemon({ namespace, folder, enforcer: "iptables" });
  while (performance.now() - daemon.startedAt < WITHIN_MS) {
    if (elementsIn(namespace) === BANS) return performance.now() - daemon.startedAt;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`after ${WITHIN_MS} ms there are ${elementsIn(namespace)} elements`);
}

function elementsIn(namespace: Namespace): number {
  const listed = runIn(namespace, ["ipset", "list", "-t"]);
  const counts = [...listed.matchAll(/^Number of entries: (\d+)$/gm)].map(([, count]) => count);
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

function runIn(namespace: Namespace, argv: readonly string[]): string {
  const [program = "", ...args] = namespace.enter(...argv);
  return execFileSync(program, args, { encoding: "utf8" });
}
