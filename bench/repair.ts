/**
 * Measures the time to repair bans that another program removed. Uses the kernel's notifications. Cases: flushes of the
 * whole ruleset and removals of single elements, with many bans.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { logOf, startDaemon, stateOf } from "./bench-daemon.ts";
import type { Figure } from "./figure.ts";
import { countElements } from "./follow-monitor.ts";
import { followProgram } from "./lines-of.ts";
import { openNamespace } from "./namespace.ts";
import { prepareBook } from "./prepare-book.ts";
import type { Section } from "./section.ts";
import { median, percentile } from "./statistics.ts";

const NFT = "/usr/sbin/nft";
const WITHIN_MS = 120_000;

interface Repairs {
  /** Milliseconds of each repair, by kind of damage. */
  readonly flushes: readonly number[];
  readonly removals: readonly number[];
}

export const measureRepair: Section = async ({ quick, folder, say }) => {
  const samples = quick ? 20 : 100;
  say(`repair: ${samples} flushes and ${samples} removals with 1,000 bans`);
  const few = await damage({ folder: join(folder, "repair-few"), bans: 1000, samples });
  const fewer = quick ? 5 : 20;
  say(`repair: ${fewer} flushes and ${fewer} removals with 20,000 bans`);
  const many = await damage({ folder: join(folder, "repair-many"), bans: 20_000, samples: fewer });
  const large: number[] = [];
  for (const bans of quick ? [100_000] : [100_000, 220_000]) {
    say(`repair: a flush with ${bans} bans`);
    const place = join(folder, `repair-${bans}`);
    large.push(...(await damage({ folder: place, bans, samples: 1 })).flushes);
  }
  const [hundred = Number.NaN, more] = large;
  const details = {
    "flushes with 20k bans, median (ms)": median(many.flushes),
    "flushes with 20k bans, slowest (ms)": Math.max(...many.flushes),
    "removals with 20k bans, median (ms)": median(many.removals),
    "removals with 20k bans, slowest (ms)": Math.max(...many.removals),
  };
  return [
    ...rows("foreign flush, 1k bans -> repaired", few.flushes, details),
    ...rows("foreign removal of an element, 1k bans -> repaired", few.removals, {}),
    {
      name: "foreign flush, 100k bans -> repaired",
      unit: "s",
      ours: hundred / 1000,
      target: { kind: "limit", most: 2 },
      ...(more === undefined ? {} : { details: { "with 220k bans (s)": more / 1000 } }),
    },
  ];
};

function rows(
  what: string,
  times: readonly number[],
  more: Readonly<Record<string, number>>,
): readonly Figure[] {
  const details = {
    samples: times.length,
    "90th percentile (ms)": percentile(times, 0.9),
    ...more,
  };
  return [
    {
      name: `${what}, median`,
      unit: "ms",
      ours: median(times),
      target: { kind: "limit", most: 50 },
      details,
    },
    {
      name: `${what}, slowest`,
      unit: "ms",
      ours: Math.max(...times),
      target: { kind: "limit", most: 1000 },
    },
  ];
}

async function damage({
  folder,
  bans,
  samples,
}: {
  readonly folder: string;
  readonly bans: number;
  readonly samples: number;
}): Promise<Repairs> {
  mkdirSync(folder);
  writeFileSync(logOf(folder), "");
  await prepareBook(stateOf(folder), { bans, failures: 0 });
  await using namespace = openNamespace("repair");
  await using counter = await countElements(namespace, bans);
  await using _daemon = startDaemon({ namespace, folder });
  await counter.reached(WITHIN_MS);
  await using timer = followProgram({
    argv: namespace.enter(
      process.execPath,
      join(import.meta.dirname, "time-repairs.ts"),
      "bailiff",
      String(bans),
    ),
    stream: "stdout",
  });
  await timer.first((text) => text === "listening", WITHIN_MS);
  await sleep(2000);
  const one = async (...commands: readonly string[]): Promise<number> => {
    // A random pause: samples must not be synchronized with a timer, and not delayed by the limit on repairs.
    await sleep(500 + Math.floor(Math.random() * 200));
    const repaired = timer.first((text) => text.startsWith("repaired "), WITHIN_MS);
    const [program = "", ...args] = namespace.enter(NFT, ...commands);
    execFileSync(program, args);
    return Number((await repaired).text.split(" ")[1]);
  };
  const flushes: number[] = [];
  const removals: number[] = [];
  for (let n = 0; n < samples; n++) {
    flushes.push(await one("flush", "ruleset"));
    const ip = `10.0.${(n >> 8) & 255}.${n & 255}`;
    removals.push(await one("delete", "element", "inet", "bailiff", "v4_32", `{ ${ip} }`));
  }
  return { flushes, removals };
}
