/** Runs the campaign detector over generated events, and measures what it finds and what it would stop. */
import { CampaignDetector } from "../../src/detect/judgment/campaigns.ts";
import { SIGN_KINDS, type Campaign } from "../../src/detect/judgment/campaign.ts";
import type { CompromiseAlarm } from "../../src/detect/judgment/compromise-alarms.ts";
import type { Observed } from "./generate-attempts.ts";

export interface Detection {
  readonly campaigns: readonly Campaign[];
  /** Number of tries of the generated campaign until the first was found during it; undefined: not found. */
  readonly triesUntilFound: number | undefined;
  /**
   * Tries after that which a ban of earlier failures can stop: every try of a source but its first one. No source is
   * banned before it failed.
   */
  readonly stoppable: number;
  readonly stopped: number;
  /** Sources of users that would be banned. */
  readonly wrongBans: number;
  readonly alarms: readonly CompromiseAlarm[];
}

export function createDetector(): CampaignDetector {
  return new CampaignDetector({ seed: 1, signsOf: () => SIGN_KINDS });
}

/** A ban follows as soon as a member has as many failures as needed, and lasts. */
export function measureDetection(
  events: readonly Observed[],
  detector: CampaignDetector = createDetector(),
): Detection {
  const banned = new Set<string>();
  const failed = new Set<string>();
  const alarms: CompromiseAlarm[] = [];
  let [tries, stoppable, stopped, wrongBans] = [0, 0, 0, 0];
  let triesUntilFound: number | undefined;
  for (const event of events) {
    if (event.kind === "login") {
      const alarm = detector.login(event);
      if (alarm !== undefined) alarms.push(alarm);
      continue;
    }
    const { ip, from } = event;
    if (from === "campaign") tries++;
    if (from === "campaign" && triesUntilFound !== undefined && failed.has(ip)) {
      stoppable++;
      if (banned.has(ip)) stopped++;
    }
    if (banned.has(ip)) continue;
    failed.add(ip);
    const membership = detector.attempt(event);
    if (triesUntilFound === undefined && tries > 0 && isRunning(detector)) triesUntilFound = tries;
    const needed = membership?.needed ?? Infinity;
    if (membership === undefined || membership.member.tries < needed) continue;
    banned.add(ip);
    if (from === "user") wrongBans++;
  }
  return {
    campaigns: detector.campaigns(),
    triesUntilFound,
    stoppable,
    stopped,
    wrongBans,
    alarms,
  };
}

function isRunning(detector: CampaignDetector): boolean {
  return detector.campaigns().some(({ endedAt }) => endedAt === undefined);
}
