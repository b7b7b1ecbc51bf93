/** Finds what ties a source to a campaign. Nothing of the current second counts, so the order of its lines is free. */
import { hashText, mixHash } from "../hash.ts";
import { hasSign, type Tie } from "../campaign.ts";
import { type TiedCampaign, triesUsers } from "./tied-campaign.ts";
import { closeNetwork } from "./login-memory.ts";
import type { Ip } from "../../../domain/ip.ts";
import type { Source } from "./source-table.ts";

/** Number of other members that must have an account, or an order of accounts, in common with a source. */
const SHARED_FROM = 3;
const NETWORK_FROM = 2;
/** A pace is one of a campaign if so large a part of at least MIN_GAPS intervals is about as long. */
const PACE_SHARE = 0.5;
const MIN_GAPS = 20;
const ALL_PACES = -1;

export interface TiedTry {
  readonly source: Source;
  readonly ip: Ip;
  /** Hash of the account; 0: the line has none. */
  readonly name: number;
  /** Hash that says that the account was tried with a domain; 0: it was not. Only a login is compared with it. */
  readonly domainName: number;
  readonly isNewName: boolean;
  /** The account was not tried before the day, and is no user's. */
  readonly isFresh: boolean;
  /** The account belongs to a user who logs in here. */
  readonly isKnown: boolean;
  /** It may be such an account, maybe of another jail, or with a typing error. */
  readonly isUsers: boolean;
  /** The line says that the account does not exist, and it is no user's. */
  readonly isUnknownUser: boolean;
}

/** Returns the ties; empty: the source is not a member. */
export function findTies(campaign: TiedCampaign, tried: TiedTry): readonly Tie[] {
  const { source, ip, name, isFresh, isKnown } = tried;
  const { second } = source;
  const ties: Tie[] = [];
  if (isShared(campaign, tried)) ties.push("shared-name");
  if (isOrdered(source) && campaign.orders.before(orderOf(source, name), second) >= SHARED_FROM)
    ties.push("same-order");
  if (isFresh && hasSign(campaign, "new-names")) ties.push("new-name");
  if (isKnown && (triesUsers(campaign) || hasSign(campaign, "one-account")))
    ties.push("known-account");
  // A network or a pace alone is shared with strangers.
  if (ties.length === 0) return ties;
  if (campaign.networks.before(networkOf(ip), second) >= NETWORK_FROM) ties.push("network");
  if (hasPace(campaign, source)) ties.push("pace");
  return ties;
}

/** Common names such as root show something only if there are many more sources than usual. */
function isShared(
  campaign: TiedCampaign,
  { source, name, isNewName, isFresh, isKnown }: TiedTry,
): boolean {
  if (!isFresh && !isKnown && !hasSign(campaign, "new-sources")) return false;
  // An account that the source tried before has been counted for the source itself.
  return isSharedName(campaign, name, source.second, isNewName ? 0 : 1);
}

/** Returns whether enough sources tried the account before this second, besides `own` of them. */
export function isSharedName(
  campaign: Pick<TiedCampaign, "names">,
  name: number,
  second: number,
  own = 1,
): boolean {
  return campaign.names.before(name, second) - own >= SHARED_FROM;
}

/** Adds what the try has to the things that further sources may have in common with it. */
export function noteTies(campaign: TiedCampaign, tried: TiedTry): void {
  const { source, ip, name, domainName, isNewName } = tried;
  const { second, names, gap } = source;
  if (isNewName) {
    campaign.names.add(name, second);
    if (domainName !== 0) campaign.names.add(domainName, second);
    if (isOrdered(source)) campaign.orders.add(orderOf(source, name), second);
  }
  if (names.length === 1 && isNewName) campaign.networks.add(networkOf(ip), second);
  if (gap === 0) return;
  campaign.paces.add(paceOf(gap), second);
  campaign.paces.add(ALL_PACES, second);
}

/**
 * Returns after how many own failures a member is an offender; undefined: only as any other source. One failure is
 * enough if no user could have made it, because the account does not exist. What others try is no evidence against a
 * newcomer whose account has not logged in here yet.
 */
export function failuresNeeded(ties: readonly Tie[], isUnknownUser: boolean): 1 | 2 | undefined {
  const isStrong = ties.includes("shared-name") || ties.includes("same-order");
  if (isStrong) return isUnknownUser ? 1 : 2;
  return ties.includes("new-name") ? 2 : undefined;
}

function isOrdered({ previous }: Source): boolean {
  return previous !== 0;
}

function orderOf({ previous }: Source, name: number): number {
  return mixHash(previous, name);
}

function networkOf(ip: Ip): number {
  return hashText(closeNetwork(ip), 0);
}

function hasPace({ paces }: TiedCampaign, { gap, second }: Source): boolean {
  if (gap === 0) return false;
  const all = paces.before(ALL_PACES, second);
  return all >= MIN_GAPS && paces.before(paceOf(gap), second) >= all * PACE_SHARE;
}

function paceOf(gap: number): number {
  return 31 - Math.clz32(gap);
}
