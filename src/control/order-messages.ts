/** Defines replies of commands that change exemptions, bans, the configuration or the daemon, or send a message. */

/** Stable JSON of `unban`: a ban that was lifted, or an offense that waited for its ban and was pardoned. */
export interface LiftedBan {
  readonly subject: string;
  readonly jail: string;
  /** Set if no ban had been made yet, because the rule had reached its limit. */
  readonly waited?: true;
}

/** End and reason of what an order replaced. */
export interface Replaced {
  /** null: permanent. */
  readonly until: string | null;
  readonly reason: string;
}

export interface ReplacedEntry extends Replaced {
  readonly subject: string;
}

/** Stable JSON of `allow`. */
export interface AllowResult {
  /** As in the request. */
  readonly subject: string | readonly string[];
  /** Number of bans that the exemption ended. */
  readonly lifted: number;
  /** Entries that had another end or reason. Without a new reason, an entry keeps that of the one it replaces. */
  readonly replaced: readonly ReplacedEntry[];
}

/** Stable JSON of `disallow`. */
export interface DisallowResult {
  /** Whether any subject was on the list. */
  readonly removed: boolean;
  /** Subjects that were not on the list. */
  readonly missing: readonly string[];
}

/** Stable JSON of `notify test`. */
export interface NoticeTestReply {
  readonly channel: string;
  readonly kind: string;
  /** Whether the service accepted the message. */
  readonly delivered: boolean;
  /** Where it was sent, without secrets. */
  readonly to: string;
  /** What the service answered, or why it was not reached, without secrets. */
  readonly answer: string;
  readonly took_ms: number;
}

/** Stable JSON of `reload`. */
export interface ReloadReply {
  /** Keys whose new values take effect only after a restart. */
  readonly restart_needed: readonly string[];
}

/** Stable JSON of `stop`. */
export interface StopReply {
  readonly stopping: true;
}

/** Stable JSON of `version`. */
export interface VersionReply {
  readonly version: string;
}
