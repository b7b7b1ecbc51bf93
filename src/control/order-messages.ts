/** Answers of commands that change exemptions, bans, the configuration or the daemon itself. */

/** Contract. A ban that was lifted. */
export interface LiftedBan {
  readonly subject: string;
  readonly jail: string;
}

/** Contract. */
export interface AllowResult {
  /** As it was asked. */
  readonly subject: string | readonly string[];
  /** How many bans ended because of it. */
  readonly lifted: number;
}

/** Contract. */
export interface DisallowResult {
  /** Whether any was on the list. */
  readonly removed: boolean;
  /** Those that were not. */
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
