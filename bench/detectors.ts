/**
 * Measures what the detectors of a jail cost: their memory after failures of a million sources, and their time for one
 * failure, without the window and the book.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { AttemptWeights } from "../src/detect/judgment/attempt-weights.ts";
import { SIGN_KINDS } from "../src/detect/judgment/campaign.ts";
import { CampaignDetector } from "../src/detect/judgment/campaigns.ts";
import type { ObservedAttempt } from "../src/detect/judgment/observed-attempt.ts";
import { createSlowDetector } from "../src/detect/judgment/slow.ts";
import { SubnetDetector } from "../src/detect/judgment/subnets.ts";
import { instant } from "../src/domain/instant.ts";
import { parseIp } from "../src/domain/ip.ts";
import { parseJailName } from "../src/domain/jail-name.ts";
import type { Section } from "./section.ts";

const SOURCES = 1_000_000;
const ROUNDS = 3;
const MAX_MB = 25;
const MAX_MS = 0.01;
const START = 1_800_000_000_000;
const NAMES = ["root", "admin", "oracle", "postgres", "test", "ubuntu", "git", "alice"];
const ACCOUNTS = 1000;

export const measureDetectors: Section = async ({ quick, say }) => {
  const sources = quick ? SOURCES / 10 : SOURCES;
  say(`detectors: ${ROUNDS} failures each of ${sources} sources`);
  const attempts = listAttempts(sources);
  const before = usedBytes();
  const detectors = createDetectors();
  const start = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++)
    for (const attempt of attempts) {
      detectors.weights.weigh(attempt);
      detectors.slow.attempt(attempt, () => []);
      detectors.subnets.attempt(attempt);
      detectors.campaigns.attempt(attempt);
    }
  const { user, system } = process.cpuUsage(start);
  const ms = (user + system) / 1000 / (ROUNDS * sources);
  const megabytes = (usedBytes() - before) / 1e6;
  // Used after the measurement, so that nothing is released before.
  const details = {
    sources: attempts.length,
    strangers: detectors.weights.siege.strangers,
    networks: detectors.subnets.state().length,
    campaigns: detectors.campaigns.campaigns().length,
  };
  return [
    {
      ...{ name: `detectors: memory of ${sources} sources`, unit: "MB", ours: megabytes },
      ...{ target: { kind: "limit", most: MAX_MB }, details },
    },
    {
      ...{ name: "detectors: time for one failure", unit: "ms", ours: ms },
      ...{ target: { kind: "limit", most: MAX_MS }, details },
    },
  ];
};

function createDetectors(): {
  readonly slow: ReturnType<typeof createSlowDetector>;
  readonly weights: AttemptWeights;
  readonly subnets: SubnetDetector;
  readonly campaigns: CampaignDetector;
} {
  const modes = { evidence: "act", siege: "act" } as const;
  const weights = new AttemptWeights({
    ...modes,
    maxretry: 5,
    honeypots: new Set(),
    isOpen: false,
  });
  for (let i = 0; i < ACCOUNTS; i++) weights.loggedIn("192.0.2.1", `user-number-${i}`, START);
  const subnets = new SubnetDetector({ ipv6Prefix: 64, nat64: [] });
  const campaigns = new CampaignDetector({ seed: 7, signsOf: () => SIGN_KINDS });
  return {
    weights,
    subnets,
    campaigns,
    slow: createSlowDetector({
      ...{ mode: "act", maxretry: 5, knowsUsers: true },
      pointsOf: (failure) => weights.pointsOf(failure),
    }),
  };
}

function listAttempts(sources: number): readonly ObservedAttempt[] {
  const jail = parseJailName("sshd");
  if (jail === undefined) throw new Error("sshd is a name of a jail");
  return Array.from({ length: sources }, (_, i) => {
    const ip = parseIp(`10.${i >>> 16}.${(i >>> 8) & 255}.${i & 255}`);
    if (ip === undefined) throw new Error("a number is no address");
    const user = NAMES[i % NAMES.length];
    const at = instant(START + i * 10);
    return { jail, ip, subject: ip, at, weight: 1, user, rule: "r", isUnknownUser: i % 2 === 0 };
  });
}

function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
