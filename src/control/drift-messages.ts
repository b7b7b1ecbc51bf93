/** What `drift` and `add_rule` answer. Contract, like the other answers: fields may be added, none changes its meaning. */

/** The lines of one filter's programs. */
export interface DriftReply {
  readonly filter: string;
  readonly jails: readonly string[];
  /** Of today and yesterday, in UTC. */
  readonly lines: number;
  /** Part of them that no rule knows, 0 to 1; `usual` is that of the days before, null while too little is known of them. */
  readonly unrecognized: number;
  readonly usual: number | null;
  /** The last change of the program seen, in one sentence. */
  readonly change: string | null;
  /** Lines that were not looked at because there were too many at once, and shapes forgotten for want of room. */
  readonly skipped: number;
  readonly evicted: number;
  /** Where the operator's filters are, in order. */
  readonly directories: readonly string[];
  /** Most suspicious first. */
  readonly shapes: readonly DriftShapeReply[];
}

export interface DriftShapeReply {
  /** Stays the same as long as the shape is known. */
  readonly number: number;
  readonly shape: string;
  /** For programs: equal for equal shapes. */
  readonly key: string;
  readonly lines: number;
  /** About. */
  readonly addresses: number;
  readonly first: string;
  readonly last: string;
  readonly examples: readonly string[];
  /** Why it is suspicious; empty when it is not. */
  readonly reasons: readonly string[];
  /** Whether enough was seen to say that failures go uncounted. */
  readonly failures: boolean;
  readonly proposal: RuleReply | null;
  /** Why no rule is proposed. */
  readonly why_not: string | null;
  /** A rule by which the lines are known and mean nothing. */
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

/** Contract. A rule that was written to the operator's file for the filter and is in force. */
export interface AddedRuleReply {
  readonly path: string;
  /** Its id. */
  readonly rule: string;
  readonly is: "failure" | "neutral";
  readonly line: string;
  /** Those that use it. */
  readonly jails: readonly string[];
}
