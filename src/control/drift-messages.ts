/** Replies of `drift` and `add_rule`. Their JSON is stable: fields may be added, but no field changes its meaning. */

/** Drift in the lines of one filter's programs. */
export interface DriftReply {
  readonly filter: string;
  readonly jails: readonly string[];
  /** false: the filter's expressions only say what a failure is, so that other lines are no drift. Missing: true. */
  readonly measured?: boolean;
  /** Number of lines today and yesterday, in UTC. */
  readonly lines: number;
  /** Share of lines that no rule recognizes, 0 to 1. `usual`: the share of the earlier days; null: too few lines. */
  readonly unrecognized: number;
  readonly usual: number | null;
  /** The last observed change of the program, in one sentence. */
  readonly change: string | null;
  /**
   * `skipped`: lines that were not examined because too many came together. `evicted`: shapes that were dropped because
   * the table was full.
   */
  readonly skipped: number;
  readonly evicted: number;
  /** Directories of the administrator's filters, in order. */
  readonly directories: readonly string[];
  /** Most suspicious first. */
  readonly shapes: readonly DriftShapeReply[];
  /** Number of shapes that are not in `shapes`, which has 50 at most. */
  readonly shapes_not_listed: number;
}

export interface DriftShapeReply {
  /** Stays the same while the shape is in the table. */
  readonly number: number;
  readonly shape: string;
  /** A stable key for scripts: equal for equal shapes. */
  readonly key: string;
  readonly lines: number;
  /** Estimated number of different addresses. */
  readonly addresses: number;
  readonly first: string;
  readonly last: string;
  readonly examples: readonly string[];
  /** Why the shape is suspicious; empty: it is not. */
  readonly reasons: readonly string[];
  /** Whether there is enough evidence that failures are not counted. */
  readonly failures: boolean;
  readonly proposal: RuleReply | null;
  /** Why no rule is proposed; null: one is. */
  readonly why_not: string | null;
  /** A rule that marks the lines as harmless. */
  readonly dismissal: RuleReply | null;
}

export interface RuleReply {
  readonly id: string;
  readonly is: "failure" | "neutral";
  readonly counts: "each" | "early" | "once";
  readonly line: string;
  readonly sample: {
    readonly line: string;
    readonly ip: string | null;
    readonly user: string | null;
  };
}

/** Stable JSON of `add_rule`: a rule that was written to the administrator's file and is in force. */
export interface AddedRuleReply {
  readonly path: string;
  /** Id of the rule. */
  readonly rule: string;
  readonly is: "failure" | "neutral";
  readonly line: string;
  /** Jails that use the filter. */
  readonly jails: readonly string[];
}
