/**
 * Lists times and amounts that the documentation promises or names, each with its source. In milliseconds unless
 * stated.
 */

/** Tolerance, added to every promised time. */
export const SLACK = 1_000;

/** A fault of a log is "named within a minute". CHANGELOG.md, Added, "It sees that it sees". */
export const SOURCE_NAMED_WITHIN = 60_000;

/**
 * Maximum time from a readable line to its ban. No page promises a time. An unread line must be reported within a
 * minute (CHANGELOG.md, "It sees that it sees"), so a jail that has not banned by then has not kept its promise.
 */
export const BAN_WITHIN = 60_000;

/** Interval of checks: "every half minute and when something changed". ARCHITECTURE.md, Proofs. */
export const CHECKED_WITHIN = 30_000;

/** Time to repair a flushed firewall: "a second or two with 100,000" bans. README.md, Why bailiff. */
export const REPAIRED_WITHIN = 2_000;

/**
 * Time after a start until bans are back in the kernel. docs/reference/figures.md, "start -> 100k bans in the kernel".
 */
export const RESTORED_WITHIN = 2_000;

/** The daemon compares the clocks "every half minute". docs/adr/0007-clock-steps-move-ends.md, Decision. */
export const CLOCK_COMPARED_WITHIN = 30_000;

/**
 * Time after which a constant difference of local stamps is known, "ten seconds"; a line must show that they passed.
 * docs/troubleshooting.md, The clock is set.
 */
export const SKEW_LEARNED_WITHIN = 10_000;

/** Difference between stamp and arrival from which a constant one counts, "more than a minute". docs/reference/events.md. */
export const LATE_LINE = 60_000;

/** Zones differ by quarters of an hour. docs/filters.md, Whose lines they are. */
export const ZONE_STEP = 900_000;

/** How far from its true time a corrected stamp may count: stamps have whole seconds. No page says how far. */
export const SKEW_PRECISION = 6_000;

/** Minimum difference of the clocks that counts as a step. docs/adr/0007-clock-steps-move-ends.md, Decision. */
export const CLOCK_TOLERANCE = 2_000;

/** Maximum age of the record's proof. docs/adr/0010-proofs-with-an-age.md, Decision. */
export const RECORD_PROOF_AGE = 120_000;
/** How long after there is room what was held back may be missing in the database. docs/troubleshooting.md, Full disk. */
export const RECORDED_WITHIN = 31_000;

/**
 * Repairs that degrade a jail: "Three times within ten minutes it becomes degraded". docs/troubleshooting.md, When
 * something breaks.
 */
export const REPAIRS = { count: 3, within: 600_000 };

/**
 * Lines of a bypass: "three or more over ten seconds, the first at least five seconds after the ban".
 * docs/troubleshooting.md.
 */
export const BYPASS = { lines: 3, over: 10_000, after: 5_000, quiet: 600_000 };

/**
 * Connections that reveal a silent log: "Three connections that ended more than ten seconds ago and at least two
 * seconds after the last line". ADR 0016.
 */
export const UNLOGGED = { connections: 3, endedBefore: 10_000, afterLine: 2_000 };

/** Number of lines of a changed message that must be reported as drift. docs/operating.md, New messages. */
export const DRIFT_LINES = 30;

/**
 * Default of `lockout_guard`, and its bounds: "at most one hour and 20 offenses, once a day". docs/operating.md,
 * Guards.
 */
export const GUARD = { time: 3_600_000, failures: 20, again: 86_400_000 };

/** Default of `key_login`. docs/reference/configuration.md, [defaults]. */
export const KEY_LOGIN = 86_400_000;

/**
 * Shared addresses: "three or more accounts have logged in from it within 30 days: three times maxretry".
 * docs/operating.md, Guards.
 */
export const SHARED: { accounts: number; within: number; factor: number } = {
  accounts: 3,
  within: 30 * 86_400_000,
  factor: 3,
};

/**
 * Factor of maxretry for failures "for one account that has logged in from there before: twice maxretry".
 * docs/operating.md, Guards.
 */
export const KNOWN_ACCOUNT_FACTOR = 2;

/** Slow guessing: "twice `maxretry` failures within 3 days are an offense". docs/detection.md, Slow guessing. */
export const SLOW: { factor: number; within: number } = { factor: 2, within: 3 * 86_400_000 };

/**
 * The breaker stops a rule after "5 addresses within an hour", if they belong to three accounts. docs/operating.md,
 * Guards; ADR 0012.
 */
export const BREAKER = { addresses: 5, accounts: 3, within: 3_600_000 };

/**
 * How long btmp is asked without a further record: given up "when five lines and ten minutes have passed".
 * docs/operating.md, Lines without a login.
 */
export const WITNESS = { lasts: 600_000 };

/** Default of `bans_per_minute`. docs/reference/configuration.md, [defaults]. */
export const BANS_PER_MINUTE = 1_000;

/**
 * Maximum jitter: "at most a tenth of the ban", and five minutes. docs/reference/configuration.md,
 * [defaults.increment].
 */
export const JITTER: { share: number; most: number } = { share: 0.1, most: 300_000 };

/**
 * Default of `audit_keep`: older bans "no longer make the next one longer". docs/reference/configuration.md, [daemon].
 */
export const HISTORY_KEPT: number = 365 * 86_400_000;

/** Reserved networks of self-tests, and the maximum length of their bans. docs/operating.md, Verify. */
export const CANARY: { networks: readonly string[]; time: number } = {
  networks: ["198.51.100.128/25", "2001:db8:ca::/48"],
  time: 60_000,
};

/**
 * Time until a jail recovers "automatically when the cause is gone": silence is tried again "at most once an hour".
 * docs/operating.md.
 */
export const RECOVERED_WITHIN = 3_600_000;
