/** Reply of `campaigns`. Its JSON is stable: fields may be added, but no field changes its meaning. */

/** An attack from many addresses that each try little. */
export interface CampaignReply {
  readonly name: string;
  readonly jail: string;
  readonly began: string;
  readonly found: string;
  /** null: it has not ended. */
  readonly ended: string | null;
  /** What was unusual, in one sentence each. */
  readonly signs: readonly string[];
  /** Number of members, and of their failed attempts. */
  readonly sources: number;
  readonly tries: number;
  /** Members that are banned now because they belong to it. */
  readonly banned: readonly string[];
  /** Only for a campaign that is asked for by name: its accounts, the most tried first, and its members, newest first. */
  readonly targets: readonly { readonly account: string; readonly tries: number }[];
  readonly members: readonly CampaignMember[];
  /** Only for a campaign that is asked for by name: new members by hour, oldest first. */
  readonly growth: readonly { readonly hour: string; readonly members: number }[];
}

export interface CampaignMember {
  readonly subject: string;
  readonly first: string;
  readonly last: string;
  readonly tries: number;
  /** Why it is a member. */
  readonly reasons: readonly string[];
}
