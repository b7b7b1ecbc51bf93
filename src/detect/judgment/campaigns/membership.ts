/** Begins a campaign, and decides which sources belong to it. */
import { detachString } from "../../../domain/detach-string.ts";
import { type Instant, formatInstant, instant } from "../../../domain/instant.ts";
import {
  hasSign,
  MAX_MEMBERS,
  type Member,
  type Membership,
  type Sign,
  TIES,
  type Tie,
} from "../campaign.ts";
import { failuresNeeded, findTies, isSharedName, noteTies, type TiedTry } from "./find-ties.ts";
import { countOf, type JailWatch } from "./jail-watch.ts";
import type { Source } from "./source-table.ts";
import { TieCounts } from "./tie-counts.ts";
import {
  campaignName,
  countMember,
  countTarget,
  type TiedCampaign,
  triesUsers,
} from "./tied-campaign.ts";

export interface JudgedTry extends TiedTry {
  readonly at: Instant;
  readonly weight: number;
  readonly user: string | undefined;
}

export const MAX_NAMES = 512;
const MAX_ORDERS = 2048;
const MAX_NETWORKS = 2048;
const MAX_PACES = 32;
const MAX_SHOWN_NAME = 64;

export function beginCampaign(watch: JailWatch, sign: Sign, beganAt: Instant): TiedCampaign {
  const { jail } = watch;
  const day = formatInstant(beganAt).slice(0, 10);
  const count = watch.named.day === day ? watch.named.count : 0;
  watch.named = { day, count: count + 1 };
  return {
    ...{ name: campaignName(jail, day, count), jail, beganAt, foundAt: sign.at, signs: [sign] },
    ...{ lastAt: sign.at, endedAt: undefined, sources: 0, tries: 0, members: new Map() },
    names: watch.recentNames(MAX_NAMES),
    ...createTies(),
    ...{ targets: new Map(), otherTries: 0, growth: new Map() },
  };
}

export function createTies(): Pick<TiedCampaign, "orders" | "networks" | "paces"> {
  return {
    orders: new TieCounts(MAX_ORDERS),
    networks: new TieCounts(MAX_NETWORKS),
    paces: new TieCounts(MAX_PACES),
  };
}

/** Adds a source of the time before the campaign was found, if its tries show that it belongs to it. */
export function joinEarlier(
  campaign: TiedCampaign,
  source: Source,
  account: number | undefined,
): void {
  const ties: Tie[] = [];
  const isBusy = hasSign(campaign, "new-sources");
  if (isBusy && source.names.some((name) => isSharedName(campaign, name, source.second + 1, 1)))
    ties.push("shared-name");
  if (hasSign(campaign, "new-names") && countOf(source, "new-names") > 0) ties.push("new-name");
  const isStuffing = triesUsers(campaign) && countOf(source, "known-accounts") > 0;
  if (isStuffing || (account !== undefined && source.names.includes(account)))
    ties.push("known-account");
  if (ties.length > 0) addMember(campaign, source, ties, undefined);
}

/** Judges a failed try during the campaign; undefined: its source does not belong to it. */
export function joinCampaign(campaign: TiedCampaign, tried: JudgedTry): Membership | undefined {
  const { source, at, weight, user } = tried;
  const ties = findTies(campaign, tried);
  noteTies(campaign, tried);
  const known = campaign.members.get(source.subject);
  const isNew = source.firstAt >= campaign.beganAt && ties.length > 0;
  if (known === undefined && !isNew) return undefined;
  if (user !== undefined)
    countTarget(campaign, detachString(user.slice(0, MAX_SHOWN_NAME)), weight);
  campaign.lastAt = instant(Math.max(campaign.lastAt, at - (at % 1000)));
  const member = known ?? addMember(campaign, source, ties, user);
  if (known !== undefined) {
    campaign.tries += weight;
    known.tries += weight;
    known.firstAt = Math.min(known.firstAt, at);
    known.lastAt = Math.max(known.lastAt, at);
    known.ties = TIES.filter((tie) => known.ties.includes(tie) || ties.includes(tie));
  }
  // A user may fail for the own account after a typing error that looked like another one.
  const shown = tried.isUsers ? ties : member.ties;
  return { campaign, member, needed: failuresNeeded(shown, tried.isUnknownUser) };
}

function addMember(
  campaign: TiedCampaign,
  { subject, firstAt, lastAt, tries }: Source,
  ties: readonly Tie[],
  user: string | undefined,
): Member {
  const account = user === undefined ? undefined : detachString(user.slice(0, MAX_SHOWN_NAME));
  const member = { subject, firstAt, lastAt, tries, ties, account };
  campaign.sources++;
  campaign.tries += tries;
  countMember(campaign, firstAt);
  if (campaign.members.size < MAX_MEMBERS) campaign.members.set(subject, member);
  return member;
}
