/**
 * Measures what detectors find and stop, through the main path: in generated attacks on normal traffic, in generated
 * traffic without an attack, and in logs of the caller, against fail2ban's default policy.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  ATTACK_AT,
  backgroundOf,
  merge,
  normalTraffic,
  type Observed,
  slowSource,
  spray,
  wideCampaign,
} from "../test/judgment/generate-attempts.ts";
import { ALL_ACT, type Detection, measureDetection } from "../test/judgment/measure-detection.ts";
import { ROOT } from "./bench-daemon.ts";
import type { Figure } from "./figure.ts";
import type { Section } from "./section.ts";

const SEEDS = 20;
const QUICK_SEEDS = 1;
const DAYS = 30;
const HOUR_MS = 3_600_000;
/** Shown for an attack that was not found or not stopped. */
const NEVER = Number.POSITIVE_INFINITY;

export const measureCampaigns: Section = async ({ quick, folder, say, logs }) => {
  const seeds = quick ? QUICK_SEEDS : SEEDS;
  const overSeeds = async (
    name: string,
    generate: (seed: number) => readonly Observed[],
  ): Promise<readonly Detection[]> => {
    say(`${name}: ${seeds} seeds`);
    const found: Detection[] = [];
    for (let seed = 1; seed <= seeds; seed++) found.push(await measureDetection(generate(seed)));
    return found;
  };
  const wide = await overSeeds("campaign of 5,000 sources", (seed) =>
    merge(backgroundOf(seed), wideCampaign(seed + 100, ATTACK_AT)),
  );
  const sprays = await overSeeds("spray over 300 accounts", (seed) =>
    merge(backgroundOf(seed), spray(seed, ATTACK_AT)),
  );
  const slow = await overSeeds("slow source", (seed) => slowSource(seed, ATTACK_AT));
  const normal = await overSeeds(`${DAYS} days without an attack`, (seed) =>
    normalTraffic({ seed, days: DAYS, noise: 300 }),
  );
  return [
    ...attackFigures({ wide, sprays, slow }),
    ...normalFigures(normal),
    ...logs.flatMap((log) => logFigures(log, folder)),
  ];
};

/** The worst of all seeds counts. */
function attackFigures({
  wide,
  sprays,
  slow,
}: Readonly<Record<"wide" | "sprays" | "slow", readonly Detection[]>>): readonly Figure[] {
  const foundAfter = (all: readonly Detection[]): number =>
    Math.max(...all.map(({ triesUntilFound = NEVER }) => triesUntilFound));
  const through = wide.map(({ stopped, stoppable }) => 100 * (1 - stopped / stoppable));
  const hours = slow.map(({ firstBanAt = NEVER }) => (firstBanAt - ATTACK_AT) / HOUR_MS);
  const details = { seeds: wide.length };
  return [
    {
      ...{ name: "campaign of 5,000 x 2 tries: found after", unit: "tries", details },
      ...{ ours: foundAfter(wide), target: { kind: "limit", most: 300 } },
    },
    {
      ...{ name: "campaign of 5,000 x 2 tries: then let through", unit: "%", details },
      ...{ ours: Math.max(...through), target: { kind: "limit", most: 10 } },
    },
    {
      ...{ name: "spray, 300 accounts from 100 sources: found after", unit: "tries", details },
      ...{ ours: foundAfter(sprays), target: { kind: "limit", most: 30 } },
    },
    {
      ...{ name: "slow source, 2 tries an hour: banned after", unit: "hours", details },
      ...{ ours: Math.max(...hours), target: { kind: "limit", most: 24 } },
    },
  ];
}

function normalFigures(normal: readonly Detection[]): readonly Figure[] {
  const days = DAYS * normal.length;
  const campaigns = normal.reduce((sum, one) => sum + one.campaigns.length, 0);
  const wrong = normal.reduce((sum, one) => sum + one.wrongBans.length, 0);
  const byMaxretry = normal.reduce((sum, one) => sum + one.usersOverMaxretry.length, 0);
  return [
    {
      ...{ name: `${days} days without an attack: campaigns`, unit: "campaigns", ours: campaigns },
      target: { kind: "limit", most: 1 },
    },
    {
      ...{ name: `${days} days without an attack: users banned`, unit: "sources", ours: wrong },
      ...{ target: { kind: "limit", most: 0 }, details: { "by maxretry": byMaxretry } },
    },
  ];
}

interface ReplayedPolicy {
  readonly attempts: number;
  readonly through: number;
  readonly innocents: number;
}

function logFigures(log: string, folder: string): readonly Figure[] {
  const config = join(folder, "all-act.toml");
  writeFileSync(config, `[defaults]\n${ALL_ACT}\n\n[jails.sshd]\n`);
  const options = ["--config", config, "--filter", "sshd", "--against", "fail2ban", "--json"];
  const argv = [join(ROOT, "bailiff"), "replay", ...options, log];
  const output = execFileSync("/bin/sh", argv, { encoding: "utf8", stdio: ["ignore", "pipe", 2] });
  const policies = output
    .trim()
    .split("\n")
    .map((line): ReplayedPolicy => JSON.parse(line));
  const [ours, theirs] = policies;
  if (ours === undefined || theirs === undefined) throw new Error(`${log} was not replayed`);
  const peer = (value: number) => ({ name: "fail2ban's policy", value });
  const name = basename(log);
  return [
    {
      ...{ name: `${name}: attempts let through`, unit: "tries", ours: ours.through },
      ...{ peer: peer(theirs.through), target: { kind: "faster", times: 3 } },
      details: { attempts: ours.attempts },
    },
    {
      ...{ name: `${name}: banned sources with a login`, unit: "sources", ours: ours.innocents },
      ...{ peer: peer(theirs.innocents), target: { kind: "limit", most: 0 } },
    },
  ];
}
