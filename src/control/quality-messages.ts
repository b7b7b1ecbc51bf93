/** Reply of `quality`. Its JSON is stable: fields may be added, but no field changes its meaning. */

/** How often a rule or detector was wrong within 30 days. */
export interface QualityReply {
  readonly jail: string;
  /** Name of the detector, or id of the rule. */
  readonly name: string;
  readonly kind: "rule" | "detector";
  readonly bans: number;
  /** Number of different addresses and networks that it was wrong about. */
  readonly wrong: number;
  /** Bans lifted by hand within a day, bans after which a user logged in, offenses of an address with a logged-in user. */
  readonly unbanned: number;
  readonly logins: number;
  readonly guarded: number;
  /** Time of the newest one; null: none. */
  readonly last: string | null;
  /** Whether a detector that is set to act only reports, because it was wrong too often. */
  readonly demoted: boolean;
  /**
   * How often within 30 days a further one was forgotten, the one with the fewest wrong bans first, because 256 are kept;
   * the same in each. Detectors that only report are kept in any case.
   */
  readonly forgotten: number;
}
