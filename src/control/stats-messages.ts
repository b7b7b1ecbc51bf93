/** Reply of `stats`. Its JSON is stable: fields may be added, but no field changes its meaning. */

/** Counts of each step; null: unknown. unrecognized and dropped are counted by jail, and null in the series of a rule. */
export interface StatsCountsReply {
  /** Failed attempts; each jail that counts an attempt counts it. */
  readonly failures: readonly (number | null)[];
  /** Logins. */
  readonly successes: readonly (number | null)[];
  /** How often a subject reached `maxretry`, or a detector acted. */
  readonly offenses: readonly (number | null)[];
  readonly bans: readonly (number | null)[];
  /** Bans that ended, by themselves or by hand. */
  readonly unbans: readonly (number | null)[];
  /** Lines that no rule recognizes. */
  readonly unrecognized: readonly (number | null)[];
  /** Packets of banned subjects: a lower bound, because the counters of only some bans are read. */
  readonly dropped: readonly (number | null)[];
}

/** Sums of the counts of all steps; null: all are unknown. */
export interface StatsTotalsReply {
  readonly failures: number | null;
  readonly successes: number | null;
  readonly offenses: number | null;
  readonly bans: number | null;
  readonly unbans: number | null;
  readonly unrecognized: number | null;
  readonly dropped: number | null;
}

/** Counts of all jails, of one, or of one rule. null: unknown, which is not zero. */
export interface StatsSeriesReply {
  /** null: all jails. */
  readonly jail: string | null;
  /** null: all rules. */
  readonly rule: string | null;
  /** The share of each step in which failures would have been counted, from 0 to 1. */
  readonly covered: readonly number[];
  readonly counts: StatsCountsReply;
  readonly totals: StatsTotalsReply;
}

/** What the files of `[addresses]` say of an address. null: unknown, or not looked up. */
export interface AddressFactsReply {
  /** Two letters of ISO 3166. */
  readonly country: string | null;
  /** Number of the autonomous system of the address, and who runs it. */
  readonly asn: number | null;
  readonly organization: string | null;
}

/** The true number of failures is at most `failures`, and at least `failures - error`. */
export interface StatsTopReply {
  readonly key: string;
  readonly failures: number;
  readonly error: number;
  readonly facts: AddressFactsReply;
}

/** What a list does not show: so many further `keys` are recorded, and any other one has at most `floor` failures. */
export interface StatsTopRest {
  readonly keys: number;
  /** 0: there is no other one. */
  readonly floor: number;
}

/** A changed state of a jail. `cause`: as in `doctor`. */
export interface StateChangeReply {
  readonly at: string;
  readonly jail: string;
  readonly state: string;
  readonly cause: string | null;
}

/** Stable JSON of `stats`. */
export interface StatsReply {
  /** The beginning of the first step, a whole hour. */
  readonly from: string;
  /** The end of the last step, which may be in the future. */
  readonly to: string;
  readonly step_ms: number;
  readonly series: readonly StatsSeriesReply[];
  /** Whose failures were most frequent on the days of the period (in UTC), in all jails; networks are /24 and /48. */
  readonly top: {
    readonly address: readonly StatsTopReply[];
    readonly user: readonly StatsTopReply[];
    readonly network: readonly StatsTopReply[];
  };
  /** What the lists of `top` do not show. */
  readonly top_rest: {
    readonly address: StatsTopRest;
    readonly user: StatsTopRest;
    readonly network: StatsTopRest;
  };
  /** Why files of `[addresses]` cannot be used. */
  readonly address_problems: readonly string[];
  /** Changes of states of jails, oldest first. */
  readonly changes: readonly StateChangeReply[];
  /** The last change of each jail before `from`, also of jails that no longer run. */
  readonly states_before: readonly StateChangeReply[];
}
