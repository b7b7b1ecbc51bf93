/**
 * Replies of `campaigns` and `acknowledge`. Their JSON is stable: fields may be added, but no field changes its meaning.
 */

/** Asks for one campaign with its members, or for all of the last 30 days without. */
export interface CampaignsQuery {
  readonly name?: string | undefined;
  /** Which part of the members is in the reply; default: all. */
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

/** A login with an account that was probably guessed. It is open until it is acknowledged, or for 30 days. */
export interface CompromiseReply {
  /** Time of the last such login. */
  readonly at: string;
  readonly jail: string;
  readonly ip: string;
  readonly user: string;
  readonly reason: string;
  /** The campaign that it follows; null: it follows guesses of others. */
  readonly campaign: string | null;
  /** Number of suspected compromises of the last 30 days that are in no reply, since 250 are kept; the same in each. */
  readonly alarms_not_kept: number;
}

/** An attack from many addresses that each try little. */
export interface CampaignReply {
  readonly name: string;
  readonly jail: string;
  readonly began: string;
  readonly found: string;
  /** Time of the newest try of a member. */
  readonly last: string;
  /** null: it has not ended. */
  readonly ended: string | null;
  /** What was unusual, in one sentence each. */
  readonly signs: readonly string[];
  /** Number of members, and of their failed attempts. */
  readonly sources: number;
  readonly tries: number;
  /** Number of members that are only counted: 10,000 of a campaign are kept. */
  readonly members_not_kept: number;
  /** Number of attempts for accounts that are not in `targets`, which has the 64 most tried ones. */
  readonly other_tries: number;
  /** Number of campaigns of the last 30 days that are in no reply, since 32 are kept; the same in each. */
  readonly campaigns_not_kept: number;
  /** Open suspected compromises that follow it, newest first. */
  readonly suspected_compromises: readonly CompromiseReply[];
  /** Members that are banned now because they belong to it. */
  readonly banned: readonly string[];
  /** Networks that the detector subnets banned and that contain members. */
  readonly banned_networks: readonly string[];
  /** Its accounts, the most tried first. */
  readonly targets: readonly { readonly account: string; readonly tries: number }[];
  /** Only for a campaign that is asked for by name: its members, or the requested part of them, newest first. */
  readonly members: readonly CampaignMember[];
  /** New members by hour, oldest first; hours without any are left out. */
  readonly growth: readonly { readonly hour: string; readonly members: number }[];
}

/** A campaign that a subject of `why` belongs to. */
export interface MembershipReply extends CampaignMember {
  readonly campaign: string;
  readonly jail: string;
}

export interface CampaignMember {
  readonly subject: string;
  readonly first: string;
  readonly last: string;
  readonly tries: number;
  /** Why it is a member. */
  readonly reasons: readonly string[];
}
