/** A campaign with what its sources have in common. */
import { instant } from "../../../domain/instant.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import { type Campaign, hasSign } from "../campaign.ts";
import type { TieCounts } from "./tie-counts.ts";

export interface TiedCampaign extends Campaign {
  /** Number of sources by hash of the account, of the pair of accounts, and of the network. */
  readonly names: TieCounts;
  readonly orders: TieCounts;
  readonly networks: TieCounts;
  /** Number of intervals between tries of one source, by the power of two of their seconds; under -1 all. */
  readonly paces: TieCounts;
}

const MAX_TARGETS = 64;
/** More than a campaign lasts. */
const MAX_HOURS = 200;
const LETTERS = 26;

/** Names the campaign after `earlier` others of the same jail and day. */
export function campaignName(jail: JailName, day: string, earlier: number): string {
  const letter = String.fromCharCode(97 + (earlier % LETTERS));
  const round = Math.floor(earlier / LETTERS);
  return `${jail}-${day}-${letter}${round === 0 ? "" : round}`;
}

/** Returns whether its sources try many accounts of users. */
export function triesUsers(campaign: Campaign): boolean {
  return hasSign(campaign, "known-accounts") || hasSign(campaign, "mixed-accounts");
}

/** Adds a try to the counts for display. */
export function countTarget(campaign: TiedCampaign, user: string, weight: number): void {
  const { targets } = campaign;
  if (!targets.has(user) && targets.size >= MAX_TARGETS) forgetRarest(campaign);
  targets.set(user, (targets.get(user) ?? 0) + weight);
}

export function countMember({ growth }: TiedCampaign, at: number): void {
  const hour = Math.floor(at / 3_600_000);
  if (!growth.has(hour) && growth.size >= MAX_HOURS) growth.delete(Math.min(...growth.keys()));
  growth.set(hour, (growth.get(hour) ?? 0) + 1);
}

/** Moves the times of an open campaign with a step of the wall clock, in milliseconds. It keeps its name. */
export function shiftCampaign(campaign: TiedCampaign, step: number): void {
  campaign.beganAt = instant(campaign.beganAt + step);
  campaign.lastAt = instant(campaign.lastAt + step);
  for (const member of campaign.members.values()) {
    member.firstAt += step;
    member.lastAt += step;
  }
}

function forgetRarest(campaign: TiedCampaign): void {
  const { targets } = campaign;
  const least = Math.min(...targets.values());
  for (const [user, tries] of targets) {
    if (tries > least) continue;
    targets.delete(user);
    campaign.otherTries += tries;
  }
}
