/** Replies of commands that change exemptions, bans, the configuration or the daemon itself. */

/** Contract. A ban that was lifted. */
export interface LiftedBan {
  readonly subject: string;
  readonly jail: string;
}

/** Contract. */
export interface AllowResult {
  /** As in the request. */
  readonly subject: string | readonly string[];
  /** Number of bans that the exemption ended. */
  readonly lifted: number;
}

/** Contract. */
export interface DisallowResult {
  /** Whether any subject was on the list. */
  readonly removed: boolean;
  /** Subjects that were not on the list. */
  readonly missing: readonly string[];
}

/** Contract. */
export interface ReloadReply {
  /** Keys whose new values take effect at the next start. */
  readonly restart_needed: readonly string[];
}

/** Contract. */
export interface StopReply {
  readonly stopping: true;
}

/** Contract. */
export interface VersionReply {
  readonly version: string;
}
